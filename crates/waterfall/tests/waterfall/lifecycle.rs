//! Start, health, command line, variables and shutdown.

use std::{net::TcpListener, process::Stdio};

use crate::{
    encoding::{GRPC, JSON},
    process::{Waterfall, command, fails, wait},
    wire::{EXPORT, Http2, frame},
};

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

/// Programs differ in what they take `localhost` for: Node tries the IPv6 one first where the system names it first.
#[tokio::test]
async fn localhost_is_both_loopback_addresses_for_each_listener() {
    let addresses = ["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"];
    let waterfall = Waterfall::with(&addresses.map(|name| (name, "localhost:0")));
    let port = |url: &str| url.rsplit(':').next().unwrap().to_owned();
    let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
    for host in ["127.0.0.1", "[::1]"].into_iter().filter(|host| has_ipv6 || *host == "127.0.0.1") {
        let page = format!("http://{host}:{}", port(&waterfall.ready.http));
        assert_eq!(reqwest::get(format!("{page}/health/ready")).await.unwrap().status(), 204);
        let otlp = format!("http://{host}:{}/v1/traces", port(&waterfall.ready.otlp_http));
        let sent = waterfall.client.post(otlp).header(JSON.0, JSON.1).body("{}").send().await.unwrap();
        assert_eq!(sent.status(), 200);
        let grpc = format!("http://{host}:{}", port(&waterfall.ready.otlp_grpc));
        let http2 = Http2::open(&grpc).await;
        assert_eq!(http2.call(EXPORT, &[GRPC], frame(0, 0, b"")).await.code(), "0");
    }
    let log = waterfall.log();
    let line = log.lines().find(|line| line.contains("listening")).unwrap();
    assert!(line.contains("127.0.0.1:") && (!has_ipv6 || line.contains("[::1]:")), "{line}");
}

#[tokio::test]
async fn head_is_answered_where_get_is() {
    let waterfall = Waterfall::start();
    for (path, status) in
        [("/health/live", 204), ("/health/ready", 204), ("/", 200), ("/doctor", 200), ("/api/ui/status", 200)]
    {
        let url = format!("{}{path}", waterfall.ready.http);
        let response = waterfall.client.head(url).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert!(response.bytes().await.unwrap().is_empty());
    }
}

#[test]
fn arguments_are_parsed() {
    let run = |argument: &str| command(&[]).arg(argument).output().unwrap();
    let help = run("--help");
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success());
    for variable in ["WATERFALL_ADDR=localhost:16686", "WATERFALL_READ_TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT"]
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
        ("WATERFALL_MEMORY_LIMIT", "lots"),
        ("WATERFALL_MEMORY_LIMIT", "1MiB"),
        ("WATERFALL_BODY_LIMIT", "99999999999999999999"),
    ] {
        let (status, stderr) = fails(&[(variable, value)]);
        assert_eq!(status.code(), Some(1));
        assert!(stderr.starts_with(&format!("waterfall: {variable} must be ")), "{stderr}");
        assert!(stderr.contains(value) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn a_key_that_is_set_to_the_wrong_variable_is_not_repeated() {
    for variable in [
        "WATERFALL_ADDR",
        "WATERFALL_OTLP_HTTP_ADDR",
        "WATERFALL_OTLP_GRPC_ADDR",
        "WATERFALL_MEMORY_LIMIT",
        "WATERFALL_BODY_LIMIT",
        "WATERFALL_DISK_LIMIT",
        "WATERFALL_KEEP",
        "WATERFALL_HOSTS",
        "WATERFALL_ORIGINS",
        "WATERFALL_EXAMPLE_URL",
        "WATERFALL_DOCTOR_CONFIG",
        "WATERFALL_DOCTOR_WARNINGS",
        "WATERFALL_READ_TOKEN",
        "WATERFALL_INGEST_TOKEN",
        "HONEYCOMB_TEAM",
    ] {
        let (status, stderr) = fails(&[(variable, "hcaik_S3CRET0123:+")]);
        assert_eq!(status.code(), Some(1));
        assert!(stderr.starts_with(&format!("waterfall: {variable} must be ")), "{stderr}");
        assert!(!stderr.contains("S3CRET"), "{stderr}");
    }
}

#[tokio::test]
async fn a_misspelt_variable_is_logged_with_the_one_that_was_meant() {
    let waterfall = Waterfall::with(&[("WATERFALL_MEMORY_LIMITS", "1GiB")]);
    let log = waterfall.log();
    let warning = "WATERFALL_MEMORY_LIMITS is not known: did you mean WATERFALL_MEMORY_LIMIT?";
    assert!(log.contains(warning), "{log}");
}

#[tokio::test]
async fn an_invalid_log_level_that_may_be_a_key_is_not_repeated() {
    let waterfall = Waterfall::with(&[("RUST_LOG", "warn,hcaik_S3CRET0123=x")]);
    let log = waterfall.log();
    assert!(log.contains("RUST_LOG must be a level") && !log.contains("S3CRET"), "{log}");
}
