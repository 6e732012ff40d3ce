//! Problem details (RFC 9457): the JSON body of an error response.

use std::borrow::Cow;

use http::StatusCode;
use serde::{Deserialize, Serialize};

/// The media type of a problem's JSON form (RFC 9457, section 3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Problem details (RFC 9457). Programs compare `code`; people read `title` and `detail`.
///
/// A problem never contains an internal message (of a database or another service): those go to the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:cruddur:problem:` followed by the code.
    #[serde(rename = "type")]
    type_uri: String,
    /// The same for every problem of this code.
    title: Cow<'static, str>,
    #[serde(with = "status_number")]
    #[cfg_attr(feature = "openapi", schema(value_type = u16, minimum = 400, maximum = 599))]
    status: StatusCode,
    /// Stable: `users_unavailable`, `invalid_input`, ...
    code: Cow<'static, str>,
    /// What was wrong with this request, in plain text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    detail: Option<String>,
    /// Every invalid field of the input.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    errors: Vec<Violation>,
    /// The trace id of this request: 32 lower-case hex characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    trace_id: Option<String>,
}

/// One invalid field of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Violation {
    /// Stable: `message_blank`, `ttl_blank`, ...
    pub code: Cow<'static, str>,
    /// The JSON member, query parameter or header that is invalid.
    pub field: Cow<'static, str>,
    /// What a valid value looks like.
    pub detail: Cow<'static, str>,
}

impl Violation {
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        field: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code: code.into(), field: field.into(), detail: detail.into() }
    }
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            type_uri: format!("urn:cruddur:problem:{code}"),
            title: Cow::Borrowed(title),
            status,
            code: Cow::Borrowed(code),
            detail: None,
            errors: Vec::new(),
            trace_id: None,
        }
    }

    /// 422: the request was parsed, but some of its fields are invalid.
    pub fn invalid(errors: Vec<Violation>) -> Self {
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", "The input is invalid")
        }
    }

    /// 500, without the cause: the log has it, under the trace id.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Internal server error")
    }

    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn with_trace_id(mut self, trace_id: Option<String>) -> Self {
        self.trace_id = trace_id;
        self
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    pub fn errors(&self) -> &[Violation] {
        &self.errors
    }

    pub fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.title)?;
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        Ok(())
    }
}

mod status_number {
    use http::StatusCode;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(status.as_u16())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
        StatusCode::from_u16(u16::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_the_members_of_rfc_9457() {
        let problem = Problem::new(StatusCode::NOT_FOUND, "user_not_found", "User not found")
            .with_detail("no user has the handle worf2");
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            serde_json::json!({
                "type": "urn:cruddur:problem:user_not_found",
                "title": "User not found",
                "status": 404,
                "code": "user_not_found",
                "detail": "no user has the handle worf2",
            })
        );
    }

    #[test]
    fn json_round_trip_keeps_every_member() {
        let problem =
            Problem::invalid(vec![Violation::new("ttl_blank", "ttl", "it must be one of 1-day, 7-days")])
                .with_trace_id(Some("4bf92f3577b34da6a3ce929d0e0e4736".into()));
        let json = serde_json::to_string(&problem).unwrap();
        assert_eq!(serde_json::from_str::<Problem>(&json).unwrap(), problem);
    }

    #[test]
    fn invalid_status_code_is_rejected() {
        let json = r#"{"type":"about:blank","title":"x","status":7,"code":"x"}"#;
        assert!(serde_json::from_str::<Problem>(json).is_err());
    }
}
