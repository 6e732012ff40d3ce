//! Destinations through an HTTP proxy: to which port, and what is said of a proxy that refuses.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::background_server::serve;
use crate::check::check;
use crate::closed_port::ClosedPort;
use crate::sink::Sink;

/// A proxy that tunnels to `to` whatever host it is asked for, or refuses with `refusal`. Returns its address and the first
/// lines of the requests.
async fn proxy(to: String, refusal: Option<&'static str>) -> (String, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let noted = Arc::clone(&asked);
    let address = serve(move |listener: TcpListener| async move {
        loop {
            let (mut client, _) = listener.accept().await.expect("a connection");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.expect("a head"));
            }
            let head = String::from_utf8(head).expect("text");
            noted.lock().expect("no panic").push(head.lines().next().unwrap_or_default().to_owned());
            let answer = refusal.unwrap_or("HTTP/1.1 200 OK\r\n\r\n");
            client.write_all(answer.as_bytes()).await.expect("an answer");
            if refusal.is_none() {
                let mut server = TcpStream::connect(&to).await.expect("the server");
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
            }
        }
    });
    (address.await.to_string(), asked)
}

#[tokio::test]
async fn http_without_a_port_goes_to_port_80_of_its_host() {
    let sink = Sink::start();
    let (address, asked) = proxy(sink.url.trim_start_matches("http://").to_owned(), None).await;
    let answer = check(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otlp.example.com"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=0123"),
        ("HTTP_PROXY", &format!("http://{address}")),
    ])
    .await;
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(asked.lock().expect("no panic")[..], ["CONNECT otlp.example.com:80 HTTP/1.1"]);
    assert_eq!(sink.header("/v1/traces", "x-key").as_deref(), Some("0123"));
}

#[tokio::test]
async fn a_proxy_that_refuses_or_does_not_listen_says_what_to_change() {
    let through = |proxy: String| async move {
        let proxy = format!("http://{proxy}");
        check(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otlp.example.com"), ("HTTPS_PROXY", &proxy)]).await
    };
    for (refusal, expected) in [
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "the proxy refuses to connect to this host"),
        (
            "HTTP/1.1 407 .\r\ncontent-length: 0\r\n\r\n",
            "write user and password into HTTPS_PROXY or HTTP_PROXY",
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
            "the proxy refuses to connect to this host",
        ),
    ] {
        let answer = through(proxy(String::new(), Some(refusal)).await.0).await.expect_err("a refusal");
        assert!(
            answer.contains(expected) && answer.contains(&format!("answered {}", &refusal[9..12])),
            "{answer}"
        );
    }
    let closed = ClosedPort::new();
    let answer = through(closed.address().to_string()).await.expect_err("no connection");
    assert!(
        answer.contains("nothing listens there: start it, or change HTTPS_PROXY or HTTP_PROXY"),
        "{answer}"
    );
}
