//! Start, health, command line, variables and shutdown.

use std::{net::TcpListener, process::Stdio};

use crate::process::{Waterfall, command, fails, wait};

#[tokio::test]
async fn it_announces_where_it_listens_and_is_ready() {
    let waterfall = Waterfall::start();
    assert_eq!(waterfall.ready.part, "waterfall");
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(waterfall.get(path).await.status(), 204);
    }
}

#[tokio::test]
async fn sigterm_and_sigint_stop_it_while_a_page_watches() {
    for signal in ["-TERM", "-INT"] {
        let mut waterfall = Waterfall::start();
        let _watching = waterfall.get("/api/stream").await;
        waterfall.signal(signal);
        assert!(waterfall.wait().success());
    }
}

#[tokio::test]
async fn healthcheck_checks_the_running_process() {
    let waterfall = Waterfall::start();
    let address = waterfall.ready.http.trim_start_matches("http://").to_owned();
    let check = |address: &str| {
        let mut child =
            command(&[("WATERFALL_ADDR", address)]).arg("healthcheck").stderr(Stdio::null()).spawn().unwrap();
        wait(&mut child).code()
    };
    assert_eq!(check(&address), Some(0));
    drop(waterfall);
    assert_eq!(check(&address), Some(1));
}

#[test]
fn arguments_are_parsed() {
    let run = |argument: &str| command(&[]).arg(argument).output().unwrap();
    let help = run("--help");
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success());
    for variable in ["WATERFALL_ADDR=127.0.0.1:16686", "WATERFALL_READ_TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT"]
    {
        assert!(text.contains(variable), "{variable} in {text}");
    }
    assert!(String::from_utf8(run("--version").stdout).unwrap().starts_with("waterfall "));
    for argument in ["--port", "serve"] {
        let unknown = run(argument);
        assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(2), 0));
        let text = String::from_utf8(unknown.stderr).unwrap();
        assert!(text.starts_with("waterfall: ") && text.contains(argument), "{text}");
        assert!(text.ends_with("\nTry 'waterfall --help' for more information.\n"), "{text}");
    }
}

#[test]
fn a_port_in_use_is_one_line_that_names_the_variable() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for variable in ["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"] {
        let (status, stderr) = fails(&[(variable, &address)]);
        assert_eq!(status.code(), Some(1));
        let start = format!(
            "waterfall: cannot listen on {address} ({variable}); set {variable} to another host:port: "
        );
        assert!(stderr.starts_with(&start) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn an_invalid_variable_is_named_with_its_value() {
    for (variable, value) in [
        ("WATERFALL_ADDR", "nowhere"),
        ("WATERFALL_MEMORY_LIMIT", "a lot"),
        ("WATERFALL_MEMORY_LIMIT", "1MiB"),
        ("WATERFALL_BODY_LIMIT", "99999999999999999999"),
    ] {
        let (status, stderr) = fails(&[(variable, value)]);
        assert_eq!(status.code(), Some(1));
        assert!(stderr.starts_with(&format!("waterfall: {variable} must be ")), "{stderr}");
        assert!(stderr.contains(value) && stderr.lines().count() == 1, "{stderr}");
    }
}
