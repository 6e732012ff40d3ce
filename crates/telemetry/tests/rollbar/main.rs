//! Panics are reported to Rollbar with their place: those of handlers once and with their request, those of other
//! threads, too. A process of its own, because the panic hook is the process's.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, get, web};
use serde_json::Value;
use telemetry::Service;
use telemetry::server::Tracing;

/// Limit of a wait, long enough for a slow machine.
const DEADLINE: Duration = Duration::from_secs(20);

#[get("/users/{id}")]
async fn panics() -> HttpResponse {
    tokio::task::yield_now().await;
    panic!("no user 7 in 42 rows")
}

async fn receive(item: web::Bytes, items: web::Data<Sender<Value>>) -> HttpResponse {
    items.send(serde_json::from_slice(&item).expect("JSON")).expect("a receiver");
    HttpResponse::Ok().json(serde_json::json!({"err": 0}))
}

/// Serves the application and Rollbar's stand-in, at an IPv6 address: its brackets are part of `ROLLBAR_ENDPOINT`. Returns the URL, and the items that arrive.
fn serve() -> (String, Receiver<Value>) {
    let (items, received) = channel();
    let (ready, address) = channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new()
                    .service(web::scope("/app").wrap(Tracing::new()).service(panics))
                    .app_data(web::Data::new(items.clone()))
                    .route("/item", web::post().to(receive))
            });
            let server = server.workers(1).disable_signals().bind("[::1]:0").expect("a free port");
            ready.send(server.addrs()[0]).expect("a receiver");
            server.run().await.expect("the server runs");
        });
    });
    (format!("http://{}", address.recv().expect("an address")), received)
}

fn start(url: &str) -> telemetry::Telemetry {
    let variables: BTreeMap<&str, String> = [
        // Spans are recorded, and exported to nobody.
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9".to_owned()),
        ("OTEL_METRICS_EXPORTER", "none".to_owned()),
        ("OTEL_LOGS_EXPORTER", "none".to_owned()),
        ("ROLLBAR_ACCESS_TOKEN", "0123".to_owned()),
        ("ROLLBAR_ENDPOINT", format!("{url}/item")),
    ]
    .into();
    let service = Service { name: "panicking", version: "1.2.3" };
    telemetry::init_from(service, &|name| variables.get(name).cloned()).expect("telemetry starts")
}

#[test]
fn panics_of_handlers_and_of_threads_are_reported_once_with_their_place() {
    let (url, items) = serve();
    let _telemetry = start(&url);
    assert!(telemetry::reports_to_rollbar());

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let status = runtime
        .block_on(async { reqwest::get(format!("{url}/app/users/7")).await.expect("a response").status() });
    assert_eq!(status, 500);
    let item = items.recv_timeout(DEADLINE).expect("an item")["data"].take();
    assert_eq!(item["level"], "critical");
    let trace = &item["body"]["trace"];
    assert_eq!(
        (&trace["exception"]["class"], &trace["exception"]["message"]),
        (&"panic".into(), &"no user 7 in 42 rows".into())
    );
    assert!(
        trace["frames"][0]["filename"].as_str().is_some_and(|file| file.ends_with("tests/rollbar/main.rs")),
        "{item}"
    );
    assert!(trace["frames"][0]["lineno"].is_number(), "{item}");
    assert_eq!(item["context"], "GET /app/users/{id}");
    assert_eq!(item["attributes"][0]["value"].as_str().map(str::len), Some(32));

    let _ = std::thread::spawn(|| panic!("in a thread")).join();
    let item = items.recv_timeout(DEADLINE).expect("an item")["data"].take();
    assert_eq!(item["body"]["trace"]["exception"]["message"], "in a thread");
    assert_eq!(item["attributes"], serde_json::json!([]));
    assert_eq!(
        items.recv_timeout(Duration::from_millis(200)).ok(),
        None,
        "the handler's panic was reported twice"
    );
}
