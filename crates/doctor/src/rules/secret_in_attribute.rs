//! Credentials in attributes. The value is never shown.
//!
//! Only what has the form of a credential counts: numbers that look like cards are most often ids.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Severity},
    rule::{Claims, Draft, Rule, examples, hop, plural},
    window::{At, Window, secrets::is_secret},
};

pub(super) const RULE: Rule = Rule {
    code: "secret-in-attribute",
    severity: Severity::Warning,
    title: "an attribute has a credential",
    requires: "a value in the form of a bearer token, a JSON Web Token, a private key, an access key, or a URL with a password",
    disproof: "The value is an example or was revoked.",
    remedy: "Remove the attribute in the service, or in the collector's redaction processor; and revoke the credential.",
    rust: "With this workspace's telemetry, URLs are redacted; do not put headers into span fields.",
    find,
};

fn find(window: &Window<'_>, _: &mut Claims) -> Vec<Draft> {
    let mut services = BTreeMap::<usize, Vec<(At, String)>>::new();
    for at in window.all().filter(|at| window.facts(*at).has_secret) {
        let secrets = window.span(at).attributes().filter(|attribute| is_secret(&attribute.value));
        let found = secrets.map(|attribute| (at, attribute.key.to_string()));
        services.entry(window.service(at)).or_default().extend(found);
    }
    let draft = |(service, found): (usize, Vec<(At, String)>)| {
        let summary = format!(
            "{} of spans of {} {} the form of a credential.",
            plural(found.len(), "attribute"),
            window.services[service],
            if found.len() == 1 { "has" } else { "have" },
        );
        let (spans, keys): (Vec<At>, Vec<String>) = found.into_iter().unzip();
        let place = hop(window, service, service, None);
        Draft::new(Confidence::Likely, place, spans).with("keys", examples(keys)).saying(summary)
    };
    services.into_iter().map(draft).collect()
}
