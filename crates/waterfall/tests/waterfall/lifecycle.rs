//! Start, readiness, settings and stop.

use std::{net::TcpListener, process::Stdio};

use crate::process::{Waterfall, command, fails, wait};

#[tokio::test]
async fn it_says_where_it_listens_and_is_ready() {
    let waterfall = Waterfall::start();
    assert_eq!(waterfall.ready.part, "waterfall");
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(waterfall.get(path).await.status(), 204);
    }
}

#[tokio::test]
async fn both_signals_stop_it_cleanly_while_a_page_watches() {
    for signal in ["-TERM", "-INT"] {
        let mut waterfall = Waterfall::start();
        let _watching = waterfall.get("/api/stream").await;
        waterfall.signal(signal);
        assert!(waterfall.wait().success());
    }
}

#[tokio::test]
async fn the_health_check_asks_the_running_one() {
    let waterfall = Waterfall::start();
    let address = waterfall.ready.http.trim_start_matches("http://").to_owned();
    let ask = |address: &str| {
        let mut child =
            command(&[("WATERFALL_ADDR", address)]).arg("healthcheck").stderr(Stdio::null()).spawn().unwrap();
        wait(&mut child).code()
    };
    assert_eq!(ask(&address), Some(0));
    drop(waterfall);
    assert_eq!(ask(&address), Some(1));
}

#[test]
fn it_says_what_it_is_and_what_it_does_not_know() {
    let run = |argument: &str| command(&[]).arg(argument).output().unwrap();
    let help = run("--help");
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success());
    for variable in ["WATERFALL_ADDR=127.0.0.1:16686", "WATERFALL_READ_TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT"]
    {
        assert!(text.contains(variable), "{variable} in {text}");
    }
    assert!(String::from_utf8(run("--version").stdout).unwrap().starts_with("waterfall "));
    let unknown = run("--serve");
    let text = String::from_utf8(unknown.stderr).unwrap();
    assert_eq!((unknown.status.code(), text.lines().count()), (Some(2), 1));
    assert!(text.contains("see waterfall --help"), "{text}");
}

#[test]
fn a_port_in_use_is_one_line_that_says_what_to_change() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for variable in ["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"] {
        let (status, said) = fails(&[(variable, &address)]);
        assert_eq!(status.code(), Some(1));
        let start = format!(
            "waterfall: cannot listen on {address} ({variable}); set {variable} to another host:port: "
        );
        assert!(said.starts_with(&start) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn a_setting_that_makes_no_sense_is_named() {
    for (variable, value) in [
        ("WATERFALL_ADDR", "nowhere"),
        ("WATERFALL_MEMORY_LIMIT", "a lot"),
        ("WATERFALL_MEMORY_LIMIT", "1MiB"),
        ("WATERFALL_BODY_LIMIT", "99999999999999999999"),
    ] {
        let (status, said) = fails(&[(variable, value)]);
        assert_eq!(status.code(), Some(1));
        assert!(said.starts_with(&format!("waterfall: {variable} must be ")), "{said}");
        assert!(said.contains(value) && said.lines().count() == 1, "{said}");
    }
}
