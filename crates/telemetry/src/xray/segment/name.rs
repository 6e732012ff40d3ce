//! Names of segments and keys of annotations, in the characters that X-Ray allows.

use super::attributes::Attributes;
use crate::otlp::truncated;

/// Characters of a name.
const LONGEST_NAME: usize = 200;
/// Characters of an annotation's key.
const LONGEST_KEY: usize = 500;
/// The name of a span whose name has no allowed character.
const UNNAMED: &str = "span";

/// The name without the characters that X-Ray refuses: allowed are letters, digits, spaces and `_.:/%&#=+\-@`.
pub(super) fn segment_name(name: &str) -> String {
    let is_allowed = |c: &char| c.is_alphanumeric() || " _.:/%&#=+\\-@".contains(*c);
    let name: String = name.chars().filter(is_allowed).take(LONGEST_NAME).collect();
    if name.trim().is_empty() { UNNAMED.to_owned() } else { name }
}

/// The key of an annotation: letters and digits of ASCII and `_`, which replaces any other character.
pub(super) fn annotation_key(key: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    truncated(key, LONGEST_KEY).chars().map(allowed).collect()
}

/// What a client, producer or consumer span talks to, in this order: the service as the application names it, a service
/// of AWS, `database@host`, a service of RPC, a message destination, a host. `None` when nothing names it.
pub(super) fn remote(attributes: Attributes<'_>) -> Option<String> {
    let named = attributes.first_text(&["aws.remote.service", "service.peer.name", "peer.service"]);
    if let Some(name) = named.or_else(|| attributes.text("aws.service")) {
        return Some(name.to_owned());
    }
    let host = attributes.first_text(&["server.address", "net.peer.name"]);
    if let Some(database) = attributes.first_text(&["db.namespace", "db.name"]) {
        return Some(host.map_or_else(|| database.to_owned(), |host| format!("{database}@{host}")));
    }
    let other = attributes.first_text(&["rpc.service", "messaging.destination.name"]);
    other.or(host).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_only_what_xray_allows() {
        assert_eq!(segment_name("GET /users/{handle}?a=<b>"), "GET /users/handlea=b");
        assert_eq!(segment_name("Größe 1_.:/%&#=+\\-@"), "Größe 1_.:/%&#=+\\-@");
        assert_eq!(segment_name("{}\n"), "span");
        assert_eq!(segment_name(" "), "span");
        assert_eq!(segment_name(&"é".repeat(300)).chars().count(), 200);
    }

    #[test]
    fn a_key_has_ascii_letters_digits_and_underscores() {
        assert_eq!(annotation_key("app.result-länge 2"), "app_result_l_nge_2");
        assert_eq!(annotation_key(&"k".repeat(600)).len(), 500);
    }
}
