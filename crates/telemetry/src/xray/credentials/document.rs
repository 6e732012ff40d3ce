//! The JSON that holds temporary credentials, of containers and of instances.

use serde_json::Value;

use super::{Loaded, Source};
use crate::env::{AccessKeys, Token};
use crate::xray::timestamp;

/// Reads `AccessKeyId`, `SecretAccessKey`, `Token` and `Expiration`. The error says what is missing, without a value.
pub(super) fn read(body: &[u8], from: Source) -> Result<Loaded, String> {
    let document: Value = serde_json::from_slice(body).map_err(|_| "its answer is not JSON".to_owned())?;
    let code = document["Code"].as_str().unwrap_or("Success");
    if code != "Success" {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        return Err(format!("it has no credentials ({code})"));
    }
    let field = |name: &str| document[name].as_str().filter(|text| !text.is_empty());
    let token = |name: &str| {
        let missing = || format!("its answer has no valid {name}");
        field(name).and_then(Token::parse).ok_or_else(missing)
    };
    let session = field("Token").map(|_| token("Token")).transpose()?;
    let expires = match field("Expiration") {
        Some(text) => Some(timestamp::parse(text).ok_or("its answer has an invalid Expiration")?),
        None => None,
    };
    let keys = AccessKeys { id: token("AccessKeyId")?, secret: token("SecretAccessKey")?, session };
    Ok(Loaded { keys, expires, from })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_answer_is_read_without_a_panic(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            proptest::prop_assert!(read(&body, Source::Container).is_err());
        }
    }

    #[test]
    fn incomplete_documents_are_errors_that_repeat_no_value() {
        for (body, expected) in [
            ("<html>", "not JSON"),
            ("{}", "no valid AccessKeyId"),
            (r#"{"AccessKeyId":"S3CRET"}"#, "no valid SecretAccessKey"),
            (r#"{"AccessKeyId":"S3CRET","SecretAccessKey":7}"#, "no valid SecretAccessKey"),
            (r#"{"AccessKeyId":"S3CRET","SecretAccessKey":"S3CRET","Token":"S3CRET\n"}"#, "no valid Token"),
            (
                r#"{"AccessKeyId":"S3CRET","SecretAccessKey":"S3CRET","Expiration":"soon"}"#,
                "invalid Expiration",
            ),
            (
                r#"{"Code":"AssumeRoleUnauthorizedAccess","AccessKeyId":"S3CRET"}"#,
                "(AssumeRoleUnauthorizedAccess)",
            ),
        ] {
            let error = read(body.as_bytes(), Source::Container).expect_err(body);
            assert!(error.contains(expected) && !error.contains("S3CRET"), "{error}");
        }
    }
}
