//! What answers of X-Ray's OTLP endpoint mean, and what to change
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Response, StatusCode};

use super::credentials::Source;
use crate::env::Region;
use crate::export::answer::message;
use crate::export::clock::ClockDifference;

/// AWS refuses signatures of clocks that differ by more.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// What to change, where more is known than the status says.
pub(super) fn advice(
    response: &Response<Bytes>,
    now: SystemTime,
    region: &Region,
    credentials: &Source,
) -> Option<String> {
    let reason = Reason::of(response);
    match response.status() {
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Some(refused(response, now, &reason, region, credentials)),
        StatusCode::BAD_REQUEST if reason.has(&["trace segment destination", "cloudwatch logs"]) => Some(
            "turn on Transaction Search in CloudWatch (aws xray update-trace-segment-destination --destination \
             CloudWatchLogs)"
                .to_owned(),
        ),
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE
            if reason.has(&["too large", "exceed", "limit", "size"]) =>
        {
            Some("lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE, or send fewer and shorter attributes".to_owned())
        }
        _ => None,
    }
}

fn refused(
    response: &Response<Bytes>,
    now: SystemTime,
    reason: &Reason,
    region: &Region,
    credentials: &Source,
) -> String {
    let clock = ClockDifference::of(response, now).filter(|clock| clock.by >= CLOCK_TOLERANCE);
    if let Some(ClockDifference { by, direction }) = clock {
        let minutes = (by.as_secs() + 30) / 60;
        return format!(
            "the clock of this machine is {minutes} minutes {direction}: set it, as a signature is valid for 5 minutes"
        );
    }
    if reason.has(&["expiredtoken", "token included in the request is expired"]) {
        return format!("the session token {credentials} has ended: renew it");
    }
    if reason.has(&["signature expired", "signature not yet current", "requestexpired"]) {
        return "the clock of this machine is more than 5 minutes off: set it".to_owned();
    }
    if reason.has(&["unrecognizedclient", "invalidclienttokenid", "token included in the request is invalid"])
    {
        return format!("AWS does not know the access key or session token {credentials}: check both");
    }
    if reason.has(&["scoped to a valid region", "scoped to correct service"]) {
        return format!("the signature is for {}: check AWS_REGION", region.0);
    }
    if reason.has(&["signature we calculated does not match", "signaturedoesnotmatch", "invalidsignature"]) {
        return format!(
            "the secret {credentials} does not belong to its access key: check AWS_SECRET_ACCESS_KEY"
        );
    }
    if reason.has(&["accessdenied", "not authorized"]) {
        return format!(
            "the credentials {credentials} lack the permission xray:PutSpans: attach the policy AWSXrayWriteOnlyAccess"
        );
    }
    format!("check the credentials {credentials}, and AWS_REGION, which is {}", region.0)
}

/// AWS's name of an error and its message, in lower case.
struct Reason(String);

impl Reason {
    fn of(response: &Response<Bytes>) -> Self {
        let kind = response.headers().get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
        let message = message(response).unwrap_or_default();
        Self(format!("{} {message}", kind.unwrap_or_default()).to_ascii_lowercase())
    }

    fn has(&self, any: &[&str]) -> bool {
        any.iter().any(|text| self.0.contains(text))
    }
}

#[cfg(test)]
mod tests {
    use http::header::{CONTENT_TYPE, DATE};

    use super::*;

    fn advise(status: u16, headers: &[(&str, &str)], message: &str) -> Option<String> {
        let mut response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let body = serde_json::json!({ "message": message }).to_string();
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let response = response.body(Bytes::from(body)).expect("a response");
        let region = Region("eu-central-1".to_owned());
        advice(&response, now, &region, &Source::Profile("shop".to_owned()))
    }

    #[test]
    fn each_refusal_says_what_to_change() {
        for (kind, message, expected) in [
            (
                "InvalidSignatureException",
                "Signature expired: 19941106T084937Z is now earlier than ..",
                "the clock of this machine is more than 5 minutes off",
            ),
            (
                "ExpiredTokenException",
                "The security token included in the request is expired",
                "the session token of the profile shop has ended",
            ),
            (
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                "AWS does not know the access key or session token of the profile shop",
            ),
            (
                "InvalidSignatureException",
                "Credential should be scoped to a valid region.",
                "the signature is for eu-central-1",
            ),
            (
                "",
                "The request signature we calculated does not match the signature you provided.",
                "check AWS_SECRET_ACCESS_KEY",
            ),
            (
                "AccessDeniedException",
                "User: arn:aws:iam::1:user/a is not authorized to perform: xray:PutSpans",
                "the credentials of the profile shop lack the permission xray:PutSpans",
            ),
            ("", "", "check the credentials of the profile shop"),
        ] {
            let advice = advise(403, &[("x-amzn-errortype", kind)], message).expect("advice");
            assert!(advice.contains(expected), "{kind} {message}: {advice}");
        }
    }

    #[test]
    fn a_wrong_clock_is_named_with_its_minutes_before_any_other_cause() {
        for (date, expected) in [
            ("Sun, 06 Nov 1994 08:42:40 GMT", "7 minutes ahead"),
            ("Sun, 06 Nov 1994 09:49:37 GMT", "60 minutes behind"),
            ("Sun, 06 Nov 1994 08:45:00 GMT", "check AWS_SECRET_ACCESS_KEY"),
        ] {
            let headers = [(DATE.as_str(), date), ("x-amzn-errortype", "SignatureDoesNotMatch")];
            let advice = advise(403, &headers, "").expect("advice");
            assert!(advice.contains(expected), "{date}: {advice}");
        }
    }

    #[test]
    fn what_is_missing_or_too_large_says_so() {
        let missing = "The OTLP API is supported with CloudWatch Logs as a Trace Segment Destination.";
        assert!(advise(400, &[], missing).is_some_and(|advice| advice.contains("Transaction Search")));
        let large = "Request size exceeds the limit";
        assert!(
            advise(400, &[], large).is_some_and(|advice| advice.contains("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"))
        );
        assert_eq!(advise(400, &[], "no"), None);
        assert_eq!(advise(503, &[], ""), None);
    }
}
