//! `cruddur doctor`: exit status, findings as text and as JSON.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::system::cruddur;

/// Times in milliseconds after the first.
fn span(trace: u8, id: u8, parent: Option<u8>, kind: u8, name: &str, from: u64, to: u64) -> Value {
    let time = |millis: u64| (1_790_000_000_000_000_000 + millis * 1_000_000 + 1).to_string();
    json!({
        "traceId": format!("{trace:032x}"),
        "spanId": format!("{trace:08x}{id:08x}"),
        "parentSpanId": parent.map_or_else(String::new, |parent| format!("{trace:08x}{parent:08x}")),
        "kind": kind,
        "name": name,
        "flags": 0x101,
        "startTimeUnixNano": time(from),
        "endTimeUnixNano": time(to),
    })
}

fn request(service: &str, spans: &[Value]) -> Value {
    json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": service } }] },
        "scopeSpans": [{ "spans": spans }],
    }] })
}

/// Three requests of `shop`, each with a parent that is missing inside the process; and one that is whole.
fn never_ended() -> String {
    let broken = (1..4).map(|trace| {
        let start = u64::from(trace) * 100;
        let server = span(trace, 1, None, 2, "GET /price", start, start + 50);
        let child = span(trace, 3, Some(2), 1, "ask stock\u{1b}[31m", start + 10, start + 20);
        request("shop", &[server, child])
    });
    let whole = request("shop", &[span(9, 1, None, 2, "GET /item", 0, 5)]);
    broken.chain([whole]).map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
}

/// Three requests of `shop`, each with two things to remark: an exception on a span without an error, and a call that failed by its
/// status code alone.
fn two_notes() -> String {
    let requests = (1..4).map(|trace| {
        let start = u64::from(trace) * 100;
        let server = span(trace, 1, None, 2, "GET /price", start, start + 50);
        let mut work = span(trace, 2, Some(1), 1, "look up", start + 5, start + 10);
        work["events"] = json!([{ "name": "exception", "timeUnixNano": work["startTimeUnixNano"] }]);
        let mut call = span(trace, 3, Some(1), 3, "GET", start + 20, start + 30);
        call["attributes"] = json!([{ "key": "http.response.status_code", "value": { "intValue": "404" } }]);
        request("shop", &[server, work, call]).to_string()
    });
    requests.collect::<Vec<_>>().join("\n")
}

fn file(directory: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn doctor_says_what_is_broken_where_and_what_to_change() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory, "traces.jsonl", &never_ended());
    let exit = cruddur().arg("doctor").arg("--file").arg(path.display().to_string()).run().await;
    assert_eq!(exit.status.code(), Some(1), "{}", exit.log);
    for part in
        ["error[span-never-ended]", "inside shop", "likely", "evidence", "change", "in Rust", "disproved by"]
    {
        assert!(exit.output.contains(part), "{part} in\n{}", exit.output);
    }
    assert!(!exit.output.contains('\u{1b}'), "names of spans are untrusted:\n{}", exit.output);
}

#[tokio::test]
async fn doctor_prints_findings_as_json() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory, "traces.jsonl", &never_ended());
    let exit =
        cruddur().arg("doctor").arg("--file").arg(path.display().to_string()).arg("--json").run().await;
    let report: Value = serde_json::from_str(&exit.output).unwrap();
    let finding = &report["findings"][0];
    assert_eq!((&report["broken"], &report["traces"]), (&json!(true), &json!(4)));
    assert_eq!(finding["code"], "span-never-ended");
    assert_eq!(finding["occurrences"]["affected"], 3);
    assert_eq!(finding["hop"], json!({ "from": "shop", "to": "shop", "route": null }));
    assert_eq!(finding["spans"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn doctor_exits_by_what_it_found() {
    let directory = TempDir::new().unwrap();
    let broken = file(&directory, "broken.jsonl", &never_ended());
    let whole = request("shop", &[span(9, 1, None, 2, "GET /item", 0, 5)]).to_string();
    let healthy = file(&directory, "healthy.json", &whole);
    let empty = file(&directory, "empty.json", "{\"resourceSpans\":[]}");
    let missing = directory.path().join("missing");
    for (path, arguments, status) in [
        (&broken, &[][..], 1),
        (&broken, &["--allow", "span-never-ended"], 0),
        (&healthy, &[], 0),
        (&broken, &["--allow", "no-such-code"], 2),
        (&empty, &[], 2),
        (&missing, &[], 2),
    ] {
        let mut command = cruddur().arg("doctor").arg("--file").arg(path.display().to_string());
        for argument in arguments.iter().copied() {
            command = command.arg(argument);
        }
        let exit = command.run().await;
        assert_eq!(exit.status.code(), Some(status), "{path:?} {arguments:?}: {}", exit.log);
        assert_eq!(exit.log.is_empty(), status != 2, "{}", exit.log);
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_on_the_command_line_is_named() {
    for (arguments, named) in [
        (&["doctor"][..], "--file <FILE>|--url <URL>"),
        (&["doctor", "--url", "localhost:8080/api"], "--url must be a URL such as http://"),
        (
            &["trace", "http://localhost:16686/doctor"],
            "the address of a trace's page or a traceresponse header",
        ),
        (&["token", "worf", "--ttl", "0"], "0 is not in 1.."),
    ] {
        let command = arguments.iter().fold(cruddur(), |command, argument| command.arg(*argument));
        let exit = command.run().await;
        assert!(!exit.status.success() && exit.log.contains(named), "{arguments:?}: {}", exit.log);
    }
}

#[tokio::test]
async fn a_note_is_hidden_neither_by_one_that_is_left_out_nor_if_it_is_denied() {
    let directory = TempDir::new().unwrap();
    let path = file(&directory, "notes.jsonl", &two_notes()).display().to_string();
    let suppress = "[[suppress]]\ncode = \"error-swallowed\"\n";
    let config = file(&directory, "known.toml", suppress).display().to_string();
    let (swallowed, not_error) = ("error-swallowed", "status-not-error");
    for (arguments, status, codes) in [
        (&[][..], 0, &[swallowed][..]),
        (&["--allow", swallowed], 0, &[not_error]),
        (&["--config", &config], 0, &[not_error]),
        (&["--deny", not_error], 1, &[swallowed, not_error]),
    ] {
        let mut command = cruddur().arg("doctor").arg("--file").arg(path.clone()).arg("--json");
        for argument in arguments.iter().copied() {
            command = command.arg(argument);
        }
        let exit = command.run().await;
        let report: Value = serde_json::from_str(&exit.output).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let found: Vec<&str> = findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
        assert_eq!((exit.status.code(), &*found), (Some(status), codes), "{arguments:?}");
    }
}

#[tokio::test]
async fn junit_says_failed_skipped_or_passed_for_each_rule() {
    let directory = TempDir::new().unwrap();
    let broken = file(&directory, "broken.jsonl", &never_ended()).display().to_string();
    let suppress = "[[suppress]]\ncode = \"span-never-ended\"\nreason = \"a <known> fault\"\n";
    let config = file(&directory, "known.toml", suppress).display().to_string();
    let other = file(&directory, "other.toml", "[[suppress]]\nservice = \"other\"\n").display().to_string();
    let junit = directory.path().join("doctor.xml").display().to_string();
    let case = "<testcase classname=\"doctor\" name=\"span-never-ended\">";
    for (arguments, outcome, counts) in [
        (["--config", &other], "<failure message=", "failures=\"1\" skipped=\"0\""),
        (
            ["--config", &config],
            "<skipped message=\"1 suppressed by doctor.toml: a &lt;known&gt; fault\"/></testcase>",
            "failures=\"0\" skipped=\"1\"",
        ),
        (
            ["--allow", "span-never-ended"],
            "<skipped message=\"left out by --allow span-never-ended\"/></testcase>",
            "failures=\"0\" skipped=\"1\"",
        ),
    ] {
        let command = cruddur().arg("doctor").arg("--file").arg(&broken).arg("--junit").arg(&junit);
        let exit = arguments.iter().fold(command, |command, argument| command.arg(*argument)).run().await;
        let xml = std::fs::read_to_string(&junit).unwrap_or_else(|error| panic!("{error}: {}", exit.log));
        assert!(xml.contains(&format!("{case}{outcome}")) && xml.contains(counts), "{xml}");
        assert!(xml.contains("name=\"clock-skew\"/>"), "{xml}");
    }
}

#[tokio::test]
async fn suppressed_findings_are_left_out_and_counted() {
    let directory = TempDir::new().unwrap();
    let broken = file(&directory, "broken.jsonl", &never_ended()).display().to_string();
    for (config, status, says) in [
        ("[[suppress]]\ncode = \"span-never-ended\"\nservice = \"shop\"\n", 0, "1 suppressed by doctor.toml"),
        ("[[suppress]]\nservice = \"other\"\n", 1, "span-never-ended"),
        ("[[suppress]]\nreason = \"all\"\n", 2, "it would suppress everything"),
        ("[[suppress]]\ncode = \"no-such-code\"\n", 2, "unknown code"),
        ("[[suppress]]\ncodes = \"x\"\n", 2, "not valid TOML"),
    ] {
        let config = file(&directory, "doctor.toml", config).display().to_string();
        let command = cruddur().arg("doctor").arg("--file").arg(&broken).arg("--config").arg(config);
        let exit = command.run().await;
        assert_eq!(exit.status.code(), Some(status), "{}{}", exit.output, exit.log);
        assert!(
            format!("{}{}", exit.output, exit.log).contains(says),
            "{says} in {}{}",
            exit.output,
            exit.log
        );
    }
}
