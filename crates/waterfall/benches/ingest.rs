//! How many spans a second one core receives: the real binary, OTLP over HTTP in protobuf, spans of ten attributes.
//!
//! `cargo bench -p waterfall --bench ingest [-- --seconds 5 --batch 512 --senders 1 --disk DIR --mixed --budget 500000]`
//!
//! `--mixed` sends batches of 1 to 4096 spans instead, for the memory that such a mixture takes; with `--budget` it fails
//! below so many spans a second.
//!
//! The receiver is a process of its own, and what counts is the processor time of that process: spans / (user +
//! system seconds). The sender's time is told beside it and is not in the figure.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;

const SPANS_PER_TRACE: u64 = 8;
/// `USER_HZ` of every Linux that Rust runs on.
const TICKS: f64 = 100.0;

struct Options {
    seconds: u64,
    batch: u64,
    senders: u64,
    disk: Option<String>,
    mixed: bool,
    budget: u64,
}

/// A request with counters to fill in.
#[derive(Clone)]
struct Template {
    spans: u64,
    body: Vec<u8>,
    /// Where the counters lie that make each batch new: the first eight bytes of every trace id.
    places: Vec<usize>,
}

fn main() -> ExitCode {
    let options = options();
    let mut receiver = start(&options);
    let address = address(&mut receiver);
    let batches = if options.mixed { vec![1, 4096, 7, 512, 64, 2000] } else { vec![options.batch] };
    let templates: Vec<_> = batches.into_iter().map(template).collect();
    for template in &templates {
        let (spans, bytes) = (template.spans, template.body.len() as u64);
        println!("body of {spans} spans: {bytes} bytes, {} a span", bytes / spans);
    }

    // Warm: connections, allocator, the store filled once.
    let warm = Instant::now() + Duration::from_secs(1);
    send(&address, &templates, 0, warm);

    let (before, sender_before, begun) =
        (cpu_seconds(receiver.id()), cpu_seconds(std::process::id()), Instant::now());
    let until = begun + Duration::from_secs(options.seconds);
    let threads: Vec<_> = (1..=options.senders)
        .map(|sender| {
            let (address, templates) = (address.clone(), templates.clone());
            thread::spawn(move || send(&address, &templates, sender, until))
        })
        .collect();
    let spans: u64 = threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum();
    let wall = begun.elapsed().as_secs_f64();
    let cpu = cpu_seconds(receiver.id()) - before;
    let sender_cpu = cpu_seconds(std::process::id()) - sender_before;

    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let (spans, budget) = (spans as f64, options.budget as f64);
    println!(
        "{:.0} spans/s per core of the receiver ({:.2} s of processor for {spans:.0} spans)",
        spans / cpu,
        cpu
    );
    println!(
        "{:.0} spans/s by the clock, with the sender's {sender_cpu:.2} s on the same machine",
        spans / wall
    );
    println!("receiver's resident memory at its peak: {}", resident(receiver.id()));
    let _ = receiver.kill();
    let _ = receiver.wait();
    if spans / cpu < budget {
        println!("OVER BUDGET: {budget:.0} spans/s per core are asked for");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn options() -> Options {
    let mut options = Options { seconds: 5, batch: 512, senders: 1, disk: None, mixed: false, budget: 0 };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => options.seconds = number(arguments.next()),
            "--batch" => options.batch = number(arguments.next()),
            "--senders" => options.senders = number(arguments.next()),
            "--disk" => options.disk = arguments.next(),
            "--mixed" => options.mixed = true,
            "--budget" => options.budget = number(arguments.next()),
            _ => {} // cargo's own `--bench`
        }
    }
    options
}

fn number(argument: Option<String>) -> u64 {
    argument.and_then(|text| text.parse().ok()).expect("a number")
}

fn start(options: &Options) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waterfall"));
    for name in ["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"] {
        command.env(name, "127.0.0.1:0");
    }
    if let Some(disk) = &options.disk {
        command.env("WATERFALL_DATA", disk);
    }
    command.stdout(Stdio::piped()).spawn().expect("the receiver starts")
}

fn address(receiver: &mut Child) -> String {
    let mut line = String::new();
    let stdout = receiver.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    ready["otlp_http"].as_str().expect("an address").trim_start_matches("http://").to_owned()
}

fn template(spans: u64) -> Template {
    const MARK: [u8; 8] = *b"\xfeTRACE#\xfe";
    let all = (0..spans).map(|n| span(MARK, n)).collect();
    let resource = Resource {
        attributes: vec![
            text("service.name", "bench"),
            text("service.version", "1.0.0"),
            text("host.name", "bench-1"),
        ],
        ..Resource::default()
    };
    let scope = Some(InstrumentationScope { name: "bench".into(), ..Default::default() });
    let body = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![ScopeSpans { scope, spans: all, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec();
    let places =
        body.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK).map(|(place, _)| place);
    let places = places.collect();
    Template { spans, body, places }
}

fn span(mark: [u8; 8], n: u64) -> Span {
    let (trace, step) = (n / SPANS_PER_TRACE, n % SPANS_PER_TRACE);
    let mut trace_id = mark.to_vec();
    trace_id.extend(trace.to_be_bytes());
    let start = 1_700_000_000_000_000_000 + n * 1_000_000;
    let id = |n: u64| (0x1234_5678_0000_0000 + n).to_be_bytes().to_vec();
    Span {
        trace_id,
        span_id: id(n + 1),
        parent_span_id: if step == 0 { vec![] } else { id(n) },
        name: format!("GET /users/{{handle}}/{step}"),
        kind: 2,
        flags: 0x101,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 5_000_000,
        attributes: vec![
            text("http.request.method", "GET"),
            text("http.route", "/users/{handle}"),
            int("http.response.status_code", if step == 3 { 404 } else { 200 }),
            text("url.path", &format!("/users/andrew{}", n % 97)),
            text("url.scheme", "http"),
            text("server.address", "127.0.0.1"),
            int("server.port", 8082),
            text("client.address", "127.0.0.1"),
            text("user_agent.original", "bench/1.0"),
            text("network.protocol.version", "1.1"),
        ],
        ..Span::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::StringValue(value.into())) }),
        ..KeyValue::default()
    }
}

fn int(key: &str, value: i64) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::IntValue(value)) }),
        ..KeyValue::default()
    }
}

/// Sends batches one after the other, each answered before the next, and returns how many spans were taken.
fn send(address: &str, templates: &[Template], sender: u64, until: Instant) -> u64 {
    let mut stream = TcpStream::connect(address).expect("the receiver listens");
    stream.set_nodelay(true).expect("a socket");
    let mut answer = [0; 1024];
    let mut spans = 0;
    let mut templates = templates.to_vec();
    for (number, turn) in (1_u64..).zip((0..templates.len()).cycle()) {
        if Instant::now() >= until {
            break;
        }
        let template = &mut templates[turn];
        let number = (sender << 40 | number).to_be_bytes();
        for &place in &template.places {
            template.body[place..place + number.len()].copy_from_slice(&number);
        }
        let length = template.body.len();
        write!(
            stream,
            "POST /v1/traces HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-protobuf\r\ncontent-length: {length}\r\n\r\n"
        )
        .expect("sent");
        stream.write_all(&template.body).expect("sent");
        let len = stream.read(&mut answer).expect("answered");
        assert!(answer[..len].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..len]));
        spans += template.spans;
    }
    spans
}

fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("Linux");
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / TICKS
}

fn resident(pid: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux");
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned()
}
