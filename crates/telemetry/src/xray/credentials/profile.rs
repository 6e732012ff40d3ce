//! The shared credentials file: sections of `key = value` lines
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::CredentialError;
use crate::env::{AccessKeys, CredentialSources, Token, shown_path, variables};

/// A file of credentials has a few lines.
const MAX_SIZE: u64 = 1 << 20;

/// The keys of a profile. `None` when neither a file nor a profile is named and there are none.
pub(super) fn load(sources: &CredentialSources) -> Result<Option<AccessKeys>, CredentialError> {
    let profile = sources.profile.as_str();
    let is_named = sources.file.is_some() || profile != variables::AWS_PROFILE.default;
    let Some(path) = sources.file.as_deref().or(sources.default_file.as_deref()) else {
        return if is_named { Err(no_profile(profile, Path::new("~"))) } else { Ok(None) };
    };
    let text = match read(path) {
        Ok(text) => text,
        Err(CredentialError::File { source, .. })
            if source.kind() == io::ErrorKind::NotFound && !is_named =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    match Section::find(&text, profile) {
        Some(section) => section.keys().map(Some).ok_or_else(|| CredentialError::NoKeys(profile.to_owned())),
        None if is_named => Err(no_profile(profile, path)),
        None => Ok(None),
    }
}

fn no_profile(profile: &str, path: &Path) -> CredentialError {
    CredentialError::NoProfile { profile: profile.to_owned(), path: shown_path(path) }
}

fn read(path: &Path) -> Result<String, CredentialError> {
    let mut text = String::new();
    let file = File::open(path).and_then(|file| file.take(MAX_SIZE + 1).read_to_string(&mut text));
    file.map_err(|source| CredentialError::File { path: shown_path(path), source })?;
    let is_too_large = u64::try_from(text.len()).is_ok_and(|length| length > MAX_SIZE);
    if is_too_large { Err(CredentialError::FileTooLarge(shown_path(path))) } else { Ok(text) }
}

/// The values of one section that are keys.
#[derive(Debug, Default)]
struct Section<'a> {
    id: Option<&'a str>,
    secret: Option<&'a str>,
    session: Option<&'a str>,
}

impl<'a> Section<'a> {
    /// The section `[profile]`. Repeated ones are merged, as AWS's own SDKs do.
    fn find(text: &'a str, profile: &str) -> Option<Self> {
        let mut found: Option<Self> = None;
        let mut is_within = false;
        for line in text.lines() {
            if line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(head) = line.trim_start().strip_prefix('[') {
                let name = head.split(']').next().unwrap_or_default().trim();
                is_within = name == profile || name.strip_prefix("profile ").map(str::trim) == Some(profile);
                if is_within {
                    found.get_or_insert_default();
                }
            } else if let (true, Some(section), Some((key, value))) =
                (is_within, &mut found, line.split_once('='))
            {
                section.set(key.trim(), value.trim());
            }
        }
        found
    }

    fn set(&mut self, key: &str, value: &'a str) {
        let field = match key.to_ascii_lowercase().as_str() {
            "aws_access_key_id" => &mut self.id,
            "aws_secret_access_key" => &mut self.secret,
            "aws_session_token" => &mut self.session,
            _ => return,
        };
        *field = Some(value).filter(|value| !value.is_empty());
    }

    fn keys(&self) -> Option<AccessKeys> {
        let session = match self.session {
            Some(session) => Some(Token::parse(session)?),
            None => None,
        };
        Some(AccessKeys { id: Token::parse(self.id?)?, secret: Token::parse(self.secret?)?, session })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# keys
[default]
aws_access_key_id=AKID
aws_secret_access_key = se=cret
region = eu-central-1
  [ profile shop ] ; the shop
AWS_ACCESS_KEY_ID = AKSHOP
aws_secret_access_key = secret
aws_session_token = session
[sso]
sso_start_url = https://example.awsapps.com
; aws_access_key_id = AKID
aws_access_key_id
[half]
aws_access_key_id = AKID
";

    fn keys(profile: &str) -> Option<(String, String, Option<String>)> {
        let keys = Section::find(FILE, profile).expect("a section").keys()?;
        Some((keys.id.0, keys.secret.0, keys.session.map(|token| token.0)))
    }

    #[test]
    fn the_keys_of_a_profile_are_those_of_its_section() {
        let own = |text: &str| text.to_owned();
        assert_eq!(keys("default"), Some((own("AKID"), own("se=cret"), None)));
        assert_eq!(keys("shop"), Some((own("AKSHOP"), own("secret"), Some(own("session")))));
        for without in ["sso", "half"] {
            assert_eq!(keys(without), None, "{without}");
        }
        assert!(Section::find(FILE, "other").is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_file_is_read_without_a_panic(text in "([\\[\\]=#; \n]|aws_access_key_id|default|profile |é)*") {
            let _keys = Section::find(&text, "default").and_then(|section| section.keys());
        }
    }

    #[test]
    fn a_profile_that_is_named_must_exist_and_have_keys() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("credentials");
        let of = |profile: &str, file: Option<&Path>, default_file: Option<&Path>| {
            load(&CredentialSources {
                environment: None,
                profile: profile.to_owned(),
                file: file.map(Path::to_owned),
                default_file: default_file.map(Path::to_owned),
                container: None,
                has_web_identity: false,
                metadata: None,
            })
        };
        let error = |profile: &str| of(profile, Some(&path), None).expect_err(profile);
        assert!(matches!(of("default", None, Some(&path)), Ok(None)), "the default file need not exist");
        assert!(matches!(error("default"), CredentialError::File { .. }));
        std::fs::write(&path, FILE).expect("a file");
        assert!(matches!(error("other"), CredentialError::NoProfile { .. }));
        assert!(error("other").to_string().starts_with("there is no profile other in "));
        let key = error("S3CRETS3CRETS3CRETS3CRETS3CRETS3CRETS3CR").to_string();
        assert!(key.starts_with("there is no profile of the name in AWS_PROFILE in "), "{key}");
        let key = of("default", Some(Path::new("hcaik_S3CRET0123")), None).expect_err("no file");
        assert!(key.to_string().contains("(a name that may be a key)"), "{key}");
        assert!(!format!("{key:?}").contains("S3CRET"), "{key:?}");
        assert!(matches!(error("sso"), CredentialError::NoKeys(_)));
        assert!(of("default", Some(&path), None).is_ok_and(|keys| keys.is_some()));
        assert!(of("shop", None, Some(&path)).is_ok_and(|keys| keys.is_some()));
        std::fs::write(&path, "#".repeat(1 << 21)).expect("a file");
        assert!(matches!(error("default"), CredentialError::FileTooLarge(_)));
    }
}
