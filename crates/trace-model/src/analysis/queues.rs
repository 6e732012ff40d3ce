//! How long a message waited between the producer that sent it and the consumer that took it.

use crate::SpanKind;

use super::rows::Rows;

/// A message in a queue. The wait is a fact of messaging, not of either span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueWait {
    pub producer: usize,
    pub consumer: usize,
    /// Nanoseconds from the producer's end to the consumer's start.
    pub wait: i64,
}

/// The waits of all messages whose consumer is a child of their producer, in the order of the consumers' rows.
pub fn waits(rows: &Rows<'_>) -> Vec<QueueWait> {
    let wait = |(consumer, row): (usize, &super::rows::Row)| {
        let producer = row.parent?;
        let sent = &rows[producer];
        let is_message = row.kind == SpanKind::Consumer && sent.kind == SpanKind::Producer;
        let wait = row.start - sent.end;
        (is_message && wait > 0).then_some(QueueWait { producer, consumer, wait })
    };
    rows.iter().filter_map(wait).collect()
}
