//! A process whose standard error nobody reads, and one that repeats a message.

use std::io::Read;
use std::time::{Duration, Instant};

use crate::relay::{Relay, recording_server};

/// More than a pipe of 64 KiB holds.
const CALLS: usize = 400;

#[tokio::test]
async fn a_full_pipe_delays_neither_requests_nor_the_end_of_the_process() {
    // Nothing takes spans: the end of the process is logged, too.
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "200"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "200"),
    ];
    let mut relay = Relay::start(&variables);
    let (to, _requests) = recording_server().await;
    let long = format!("{to}?{}", "a".repeat(1_000));
    let started = Instant::now();
    for _ in 0..CALLS {
        assert_eq!(relay.call(&[], &long).await.status(), 200);
    }
    let took = started.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    let mut stderr = relay.stop_unread(Duration::from_secs(10));
    let mut printed = String::new();
    stderr.read_to_string(&mut printed).expect("text");
    let written = printed.lines().filter(|line| line.contains("relaying")).count();
    assert!(written < CALLS, "{written} lines fit");
}

#[tokio::test]
async fn dropped_lines_are_counted_once_somebody_reads_again() {
    let mut relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "none")]);
    let (to, _requests) = recording_server().await;
    let long = format!("{to}?{}", "a".repeat(1_000));
    for _ in 0..CALLS {
        assert_eq!(relay.call(&[], &long).await.status(), 200);
    }
    let reader = relay.read_stderr();
    let printed = loop {
        assert_eq!(relay.call(&[], &to).await.status(), 200);
        let printed = reader.text();
        if printed.contains("log lines were dropped") {
            break printed;
        }
    };
    let notice = printed.lines().find(|line| line.contains("log lines were dropped")).expect("a notice");
    let dropped: usize = notice.split(' ').next().and_then(|text| text.parse().ok()).expect("a number");
    let before = printed.lines().take_while(|line| *line != notice);
    let written = before.filter(|line| line.contains("relaying")).count();
    // The last line may have been cut.
    assert!((CALLS - 1..=CALLS + 1).contains(&(written + dropped)), "{written} written, {notice}");
}

#[tokio::test]
async fn a_repeated_error_is_printed_ten_times_a_second_with_the_number_of_the_others() {
    let relay = Relay::start(&[("OTEL_TRACES_EXPORTER", "none")]);
    let started = Instant::now();
    for _ in 0..100 {
        // Nothing listens there, and the handler fails.
        assert_eq!(relay.call(&[], "http://127.0.0.1:9/").await.status(), 502);
    }
    let seconds = usize::try_from(started.elapsed().as_secs()).expect("a number");
    let (_, _, printed) = relay.stop();
    let errors = printed.lines().filter(|line| line.contains("the request failed")).count();
    let suppressed: usize = printed
        .lines()
        .filter_map(|line| {
            line.split_once(" more lines of the statement at ")?.0.rsplit(' ').next()?.parse::<usize>().ok()
        })
        .sum();
    assert!((10..=10 * (seconds + 1)).contains(&errors), "{errors} in {seconds} s: {printed}");
    assert_eq!(errors + suppressed, 100, "{printed}");
    assert_eq!(
        printed.lines().filter(|line| line.contains("relaying")).count(),
        100,
        "information is not limited"
    );
}
