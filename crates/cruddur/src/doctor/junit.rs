//! Findings as JUnit XML, which most CI systems show: one test case a rule, and one for each expected service. A rule whose
//! findings are left out is skipped.

use std::fmt::Write as _;

use doctor::{Finding, RULES};

use super::{Selected, probe::Expected};

/// One test suite.
pub(super) fn report(selected: &Selected<'_>, expected: &[Expected]) -> String {
    let mut cases = String::new();
    for one in expected {
        let name = format!("{} takes part", one.service);
        let outcome = if one.is_missing() { failure(&one.text(), "") } else { String::new() };
        case(&mut cases, &name, &outcome);
    }
    for rule in RULES {
        let findings: Vec<&Finding> =
            selected.report.findings.iter().filter(|finding| finding.code == rule.code).collect();
        let broken = findings.iter().copied().find(|finding| selected.is_broken_by(finding));
        let outcome = match (broken, selected.why_skipped(rule.code)) {
            (Some(broken), _) => {
                let summaries: Vec<&str> = findings.iter().map(|finding| finding.summary.as_str()).collect();
                failure(&broken.summary, &format!("{}\nChange: {}", summaries.join("\n"), rule.remedy))
            }
            (None, Some(why)) => format!("<skipped message=\"{}\"/>", escape(&why)),
            (None, None) => String::new(),
        };
        case(&mut cases, rule.code, &outcome);
    }
    let tests = expected.len() + RULES.len();
    let (failures, skipped) = (cases.matches("<failure").count(), cases.matches("<skipped").count());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites><testsuite name=\"cruddur doctor\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{skipped}\">\n\
         {cases}</testsuite></testsuites>\n"
    )
}

/// A test case. It has passed if there is no outcome.
fn case(out: &mut String, name: &str, outcome: &str) {
    let name = escape(name);
    let _ = if outcome.is_empty() {
        writeln!(out, "  <testcase classname=\"doctor\" name=\"{name}\"/>")
    } else {
        writeln!(out, "  <testcase classname=\"doctor\" name=\"{name}\">{outcome}</testcase>")
    };
}

fn failure(message: &str, details: &str) -> String {
    format!("<failure message=\"{}\">{}</failure>", escape(message), escape(details))
}

/// Names of spans are untrusted, and XML allows few control characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            character if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}');
            }
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_xml() {
        assert_eq!(escape("a<b> & \"c\"\u{1b}\n"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}&#10;");
    }
}
