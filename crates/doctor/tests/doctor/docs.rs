//! `docs/doctor.md` lists the rules, and what they find in the recordings, as they are.
//!
//! `cargo test -p doctor docs -- --nocapture` prints the tables; `DOCTOR_DOCS=write cargo test -p doctor docs` writes them.

use std::fmt::Write as _;
use std::path::PathBuf;

use doctor::RULES;

use crate::{healthy, recall};

#[test]
fn documentation_lists_every_rule_and_every_recording() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/doctor.md");
    let before = std::fs::read_to_string(&path).unwrap();
    let tables = [("rules", rules()), ("healthy", healthy::table()), ("recall", recall::table())];
    let after = tables.iter().fold(before, |text, (name, table)| replace(&text, name, table));
    println!("{}\n{}", tables[1].1, tables[2].1);
    if std::env::var_os("DOCTOR_DOCS").is_some() {
        std::fs::write(&path, &after).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        after,
        "run DOCTOR_DOCS=write cargo test -p doctor docs"
    );
}

#[test]
fn codes_are_unique_and_every_rule_says_what_would_disprove_it() {
    let mut codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), RULES.len());
    for rule in RULES {
        assert!(![rule.title, rule.requires, rule.disproof, rule.remedy].contains(&""), "{}", rule.code);
    }
}

fn rules() -> String {
    let mut text = String::new();
    for rule in RULES {
        writeln!(text, "### `{}`\n\n{}: {}.\n", rule.code, capitalized(rule.severity.as_str()), rule.title)
            .unwrap();
        writeln!(text, "- Requires: {}.", rule.requires).unwrap();
        writeln!(text, "- Disproved by: {}", rule.disproof).unwrap();
        writeln!(text, "- Change: {}", rule.remedy).unwrap();
        if !rule.rust.is_empty() {
            writeln!(text, "- In Rust: {}", rule.rust).unwrap();
        }
        text.push('\n');
    }
    text
}

fn capitalized(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

/// The text with what is between the two markers replaced.
fn replace(text: &str, name: &str, content: &str) -> String {
    let [begin, end] = [format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->")];
    let (head, rest) = text.split_once(&begin).unwrap();
    let (_, tail) = rest.split_once(&end).unwrap();
    format!("{head}{begin}\n{}\n{end}{tail}", content.trim_end().to_owned() + "\n")
}
