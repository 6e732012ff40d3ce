//! Tests of buffered and streamed bodies, without HTTP.

use std::{
    io::{self, Write},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use tokio::sync::{Semaphore, mpsc};

use super::{
    BodyError, BodyWriter, ResponseBody, StreamLimits,
    body::{Chunk, chunk_stream},
    limits::{CHUNK_SIZE, MAX_BUFFERED, QUEUED_CHUNKS},
    write_body,
};
use crate::api::read_budget::BudgetError;

fn limits(streams: usize) -> StreamLimits {
    StreamLimits {
        streams: Arc::new(Semaphore::new(streams)),
        stream_wait: Duration::from_millis(50),
        ..StreamLimits::new(4 * MAX_BUFFERED)
    }
}

async fn write_bytes(limits: &StreamLimits, count: usize) -> Result<ResponseBody, BodyError> {
    write_body(limits, move |mut writer| writer.write_all(&vec![b'x'; count])).await
}

#[track_caller]
fn streamed(body: Result<ResponseBody, BodyError>) -> mpsc::Receiver<Chunk> {
    match body {
        Ok(ResponseBody::Streamed(chunks)) => chunks,
        other => panic!("not streamed: {other:?}"),
    }
}

#[actix_web::test]
async fn a_small_body_is_buffered_and_needs_no_stream() {
    let limits = limits(0);
    let small = write_bytes(&limits, MAX_BUFFERED).await;
    assert!(matches!(small, Ok(ResponseBody::Buffered(body)) if body.len() == MAX_BUFFERED));
    assert!(matches!(write_bytes(&limits, MAX_BUFFERED + 1).await, Err(BodyError::Busy)));
    let reserved = write_body(&limits, |writer| writer.reserve(MAX_BUFFERED + 1)).await;
    assert!(matches!(reserved, Err(BodyError::Busy)));
    let failed = write_body(&limits, |_| Err(io::ErrorKind::NotFound.into())).await;
    assert!(failed.unwrap_err().is_not_found());
}

#[actix_web::test]
async fn a_large_body_is_streamed_in_chunks_and_releases_its_stream() {
    let limits = limits(1);
    let large = 3 * MAX_BUFFERED + 5;
    let first = streamed(write_bytes(&limits, large).await);
    assert!(matches!(write_bytes(&limits, large).await, Err(BodyError::Busy)));
    let read = async |chunks| {
        let chunks: Vec<_> = chunk_stream(chunks).map(Result::unwrap).collect().await;
        assert!(chunks.iter().skip(1).all(|chunk| chunk.len() <= CHUNK_SIZE));
        chunks.concat().len()
    };
    assert_eq!(read(first).await, large);
    let next = streamed(write_bytes(&limits, large).await);
    assert_eq!(read(next).await, large);
}

#[actix_web::test]
async fn a_trace_above_the_read_budget_is_refused_and_reserves_nothing() {
    let limits = limits(1);
    let refused = write_body(&limits, |writer| writer.reserve(5 * MAX_BUFFERED)).await;
    assert!(matches!(refused, Err(BodyError::Budget(BudgetError::TooLarge { .. }))));
    for _ in 0..3 {
        // Each trace reuses the budget of the previous one.
        let write = |writer: &BodyWriter| (1..=4).try_for_each(|times| writer.reserve(times * MAX_BUFFERED));
        let chunks: Vec<_> = chunk_stream(streamed(write_body(&limits, write).await)).collect().await;
        assert!(chunks.iter().all(Result::is_ok));
    }
}

#[actix_web::test]
async fn the_read_budget_limits_traces_after_streaming_has_started() {
    let limits = limits(1);
    let write = |writer: &BodyWriter| (4..=40).try_for_each(|times| writer.reserve(times * MAX_BUFFERED / 4));
    let chunks: Vec<_> = chunk_stream(streamed(write_body(&limits, write).await)).collect().await;
    assert!(chunks.last().is_some_and(Result::is_err));
}

#[actix_web::test]
async fn a_client_that_does_not_read_is_cut_off_and_releases_its_stream() {
    let limits = StreamLimits { stall_timeout: Duration::from_millis(50), ..limits(1) };
    let started = Instant::now();
    let chunks = streamed(write_bytes(&limits, 10 * MAX_BUFFERED).await);
    let _permit = limits.streams.acquire().await;
    assert!(started.elapsed() >= limits.stall_timeout);
    let chunks: Vec<_> = chunk_stream(chunks).collect().await;
    assert_eq!(chunks.len(), QUEUED_CHUNKS + 1);
    assert!(chunks.last().is_some_and(Result::is_err));
}

#[actix_web::test]
async fn a_truncated_body_ends_with_an_error() {
    let limits = limits(1);
    let write = |mut writer: &BodyWriter| {
        writer.write_all(&vec![b'x'; MAX_BUFFERED + 1])?;
        Err(io::ErrorKind::InvalidData.into())
    };
    let chunks: Vec<_> = chunk_stream(streamed(write_body(&limits, write).await)).collect().await;
    assert!(chunks.last().is_some_and(Result::is_err));
}
