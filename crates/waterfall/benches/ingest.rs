//! Ingest throughput: spans per second and core of the real binary, over OTLP/HTTP in protobuf, with ten attributes
//! each.
//!
//! ```text
//! cargo bench -p waterfall --bench ingest -- [--seconds 5] [--batch 512] [--senders 1] [--disk DIR] [--mixed]
//!                                            [--budget 500000] [--memory-budget 352]
//! ```
//!
//! `--mixed` measures memory: it sends traces of one to thousands of spans, in requests of one span to 10 MB, and logs.
//! `--budget` is the lowest acceptable number of spans per second, `--memory-budget` the highest peak memory in MiB.
//!
//! The receiver is a separate process. The result is spans / (user + system seconds) of that process. The CPU time
//! of the sender is printed beside it and is not part of the result.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;

const SPANS_PER_TRACE: u64 = 8;
/// Requests of `--mixed`: spans in each request, and spans in each trace.
const MIXED_TRACES: [(u64, u64); 8] =
    [(1, 1), (4096, 8), (7, 7), (512, 8), (4096, 1), (64, 8), (2000, 2000), (24_000, 12_000)];
/// Requests of `--mixed`: log records in each request.
const MIXED_LOGS: [u64; 2] = [1, 2000];
/// `USER_HZ` of every Linux that Rust supports.
const TICKS_PER_SECOND: f64 = 100.0;

struct Options {
    seconds: u64,
    batch: u64,
    senders: u64,
    disk: Option<String>,
    mixed: bool,
    budget: u64,
    memory_budget: u64,
}

/// A request with placeholders for counters.
#[derive(Clone)]
struct Template {
    path: &'static str,
    records: u64,
    body: Vec<u8>,
    /// Offsets of the first eight bytes of every trace id. A counter replaces them, so that each batch is new.
    counter_offsets: Vec<usize>,
}

fn main() -> ExitCode {
    let options = options();
    let mut receiver = start(&options);
    let address = address(&mut receiver);
    let templates: Vec<_> = if options.mixed {
        let requests = MIXED_TRACES.into_iter().map(|(spans, per_trace)| traces(spans, per_trace));
        requests.chain(MIXED_LOGS.map(logs)).collect()
    } else {
        vec![traces(options.batch, SPANS_PER_TRACE)]
    };
    for Template { path, records, body, .. } in &templates {
        println!("{path}: {records} in {} bytes, {} each", body.len(), body.len() as u64 / records);
    }
    // Warm-up of connections, allocator and store.
    send(&address, &templates, 0, Instant::now() + Duration::from_secs(1));
    let result = measure(&options, &receiver, &address, &templates);
    let _ = receiver.kill();
    let _ = receiver.wait();
    result.print();
    result.check(&options)
}

struct Measurement {
    spans: u64,
    elapsed: f64,
    receiver_cpu: f64,
    sender_cpu: f64,
    peak_mib: u64,
}

fn measure(options: &Options, receiver: &Child, address: &str, templates: &[Template]) -> Measurement {
    let (receiver_before, sender_before) = (cpu_seconds(receiver.id()), cpu_seconds(std::process::id()));
    let started = Instant::now();
    let until = started + Duration::from_secs(options.seconds);
    let threads: Vec<_> = (1..=options.senders)
        .map(|sender| {
            let (address, templates) = (address.to_owned(), templates.to_vec());
            thread::spawn(move || send(&address, &templates, sender, until))
        })
        .collect();
    let spans = threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum();
    Measurement {
        spans,
        elapsed: started.elapsed().as_secs_f64(),
        receiver_cpu: cpu_seconds(receiver.id()) - receiver_before,
        sender_cpu: cpu_seconds(std::process::id()) - sender_before,
        peak_mib: peak_mib(receiver.id()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "rounded for display")]
impl Measurement {
    fn spans_per_core(&self) -> f64 {
        self.spans as f64 / self.receiver_cpu
    }

    fn print(&self) {
        let Self { spans, elapsed, receiver_cpu, sender_cpu, peak_mib } = self;
        let (per_core, per_second) = (self.spans_per_core(), *spans as f64 / elapsed);
        println!(
            "{per_core:.0} spans/s per core of the receiver ({receiver_cpu:.2} s of CPU time for {spans} spans)"
        );
        println!(
            "{per_second:.0} spans/s of elapsed time; the sender used {sender_cpu:.2} s of CPU time on the same machine"
        );
        println!("{peak_mib} MiB resident memory of the receiver at its peak");
    }

    fn check(&self, options: &Options) -> ExitCode {
        let mut outcome = ExitCode::SUCCESS;
        if self.spans_per_core() < options.budget as f64 {
            println!("OVER BUDGET: at least {} spans/s per core are required", options.budget);
            outcome = ExitCode::FAILURE;
        }
        if self.peak_mib > options.memory_budget {
            println!("OVER BUDGET: at most {} MiB of resident memory are allowed", options.memory_budget);
            outcome = ExitCode::FAILURE;
        }
        outcome
    }
}

fn options() -> Options {
    let mut options = Options {
        seconds: 5,
        batch: 512,
        senders: 1,
        disk: None,
        mixed: false,
        budget: 0,
        memory_budget: u64::MAX,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => options.seconds = number(arguments.next()),
            "--batch" => options.batch = number(arguments.next()),
            "--senders" => options.senders = number(arguments.next()),
            "--disk" => options.disk = arguments.next(),
            "--mixed" => options.mixed = true,
            "--budget" => options.budget = number(arguments.next()),
            "--memory-budget" => options.memory_budget = number(arguments.next()),
            _ => {} // `--bench`, which cargo adds
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

/// Placeholder for a counter.
const PLACEHOLDER: [u8; 8] = *b"\xfeTRACE#\xfe";

fn traces(spans: u64, spans_per_trace: u64) -> Template {
    let all = (0..spans).map(|n| span(n, spans_per_trace)).collect();
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource()),
            scope_spans: vec![ScopeSpans { scope: Some(scope()), spans: all, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    template("/v1/traces", spans, request.encode_to_vec())
}

fn logs(records: u64) -> Template {
    let all = (0..records).map(record).collect();
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(resource()),
            scope_logs: vec![ScopeLogs { scope: Some(scope()), log_records: all, ..ScopeLogs::default() }],
            ..ResourceLogs::default()
        }],
    };
    template("/v1/logs", records, request.encode_to_vec())
}

fn template(path: &'static str, records: u64, body: Vec<u8>) -> Template {
    let windows = body.windows(PLACEHOLDER.len()).enumerate();
    let counter_offsets =
        windows.filter(|(_, window)| *window == PLACEHOLDER).map(|(offset, _)| offset).collect();
    Template { path, records, body, counter_offsets }
}

fn resource() -> Resource {
    Resource {
        attributes: vec![
            text("service.name", "bench"),
            text("service.version", "1.0.0"),
            text("host.name", "bench-1"),
        ],
        ..Resource::default()
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope { name: "bench".into(), ..Default::default() }
}

fn trace_id(trace: u64) -> Vec<u8> {
    [PLACEHOLDER, trace.to_be_bytes()].concat()
}

fn record(n: u64) -> LogRecord {
    LogRecord {
        trace_id: trace_id(n / SPANS_PER_TRACE),
        time_unix_nano: 1_700_000_000_000_000_000 + n * 1_000_000,
        severity_number: 9,
        body: Some(AnyValue { value: Some(Value::StringValue(format!("user {n} was found in the table"))) }),
        attributes: vec![text("code.module.name", "users::handlers"), int("user.number", n.cast_signed())],
        ..LogRecord::default()
    }
}

fn span(n: u64, spans_per_trace: u64) -> Span {
    let (trace, step) = (n / spans_per_trace, n % spans_per_trace);
    let start = 1_700_000_000_000_000_000 + n * 1_000_000;
    let id = |n: u64| (0x1234_5678_0000_0000 + n).to_be_bytes().to_vec();
    Span {
        trace_id: trace_id(trace),
        span_id: id(n + 1),
        parent_span_id: if step == 0 { vec![] } else { id(n) },
        name: format!("GET /users/{{handle}}/{}", step % SPANS_PER_TRACE),
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

/// Sends batches, each after the response to the previous one, and returns the number of spans.
fn send(address: &str, templates: &[Template], sender: u64, until: Instant) -> u64 {
    let mut stream = TcpStream::connect(address).expect("the receiver listens");
    stream.set_nodelay(true).expect("a socket");
    let mut response = [0; 1024];
    let mut spans = 0;
    let mut templates = templates.to_vec();
    for (number, turn) in (1_u64..).zip((0..templates.len()).cycle()) {
        if Instant::now() >= until {
            break;
        }
        let template = &mut templates[turn];
        let number = (sender << 40 | number).to_be_bytes();
        for &offset in &template.counter_offsets {
            template.body[offset..offset + number.len()].copy_from_slice(&number);
        }
        let length = template.body.len();
        write!(
            stream,
            "POST {} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-protobuf\r\n\
             content-length: {length}\r\n\r\n",
            template.path
        )
        .expect("sent");
        stream.write_all(&template.body).expect("sent");
        let len = stream.read(&mut response).expect("a response");
        assert!(
            response[..len].starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&response[..len])
        );
        spans += template.records;
    }
    spans
}

fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("Linux");
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a number");
    // utime and stime; the fields start after the command name, at the third.
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

fn peak_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("Linux");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a number").div_ceil(1024)
}
