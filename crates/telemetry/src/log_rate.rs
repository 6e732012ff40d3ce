//! Limits warnings and errors in the log: each statement of the program prints ten lines a second. The others are counted, and
//! a line says how many there were. What is exported or traced is not limited.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use tracing::{Level, Metadata};

/// Lines of one statement in a [`PERIOD`].
const LINES: u32 = 10;
const PERIOD: Duration = Duration::from_secs(1);
/// Statements that are counted. Lines of further ones are printed: records of the `log` crate can have any target.
const STATEMENTS: usize = 512;

/// The lines of each statement in its last period.
#[derive(Debug, Default)]
pub(crate) struct LogRate {
    statements: HashMap<u64, Statement>,
    /// How many statements have lines that were not printed.
    suppressing: usize,
}

#[derive(Debug)]
struct Statement {
    level: Level,
    target: String,
    /// `file:line`
    place: String,
    began: Instant,
    printed: u32,
    suppressed: u64,
}

/// A line about lines that were not printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) level: Level,
    pub(crate) target: String,
    pub(crate) message: String,
}

impl LogRate {
    /// Whether a line is printed now.
    pub(crate) fn allows(&mut self, metadata: &Metadata<'_>, now: Instant) -> bool {
        if *metadata.level() > Level::WARN {
            return true;
        }
        let key = key(metadata);
        if self.statements.len() >= STATEMENTS && !self.statements.contains_key(&key) {
            self.statements.retain(|_, statement| statement.suppressed > 0 || !statement.has_ended(now));
            if self.statements.len() >= STATEMENTS {
                return true;
            }
        }
        let statement = self.statements.entry(key).or_insert_with(|| Statement::new(metadata, now));
        if statement.has_ended(now) && statement.suppressed == 0 {
            (statement.began, statement.printed) = (now, 0);
        }
        if statement.printed < LINES {
            statement.printed += 1;
            return true;
        }
        statement.suppressed += 1;
        self.suppressing += usize::from(statement.suppressed == 1);
        false
    }

    /// What was not printed, of statements whose period has ended; of all of them at the end of the process.
    pub(crate) fn notices(&mut self, now: Instant, at_end: bool) -> Vec<Notice> {
        if self.suppressing == 0 {
            return Vec::new();
        }
        let due =
            |statement: &&mut Statement| statement.suppressed > 0 && (at_end || statement.has_ended(now));
        let notices: Vec<Notice> =
            self.statements.values_mut().filter(due).map(|statement| statement.notice(now)).collect();
        self.suppressing -= notices.len();
        notices
    }
}

impl Statement {
    fn new(metadata: &Metadata<'_>, now: Instant) -> Self {
        let line = metadata.line().map(|line| format!(":{line}")).unwrap_or_default();
        Self {
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            place: format!("{}{line}", metadata.file().unwrap_or("an unknown file")),
            began: now,
            printed: 0,
            suppressed: 0,
        }
    }

    fn has_ended(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.began) >= PERIOD
    }

    /// Begins a new period.
    fn notice(&mut self, now: Instant) -> Notice {
        let message = format!(
            "{} more lines of the statement at {} were not printed: it prints {LINES} lines a second",
            self.suppressed, self.place
        );
        (self.began, self.printed, self.suppressed) = (now, 0, 0);
        Notice { level: self.level, target: self.target.clone(), message }
    }
}

/// A statement of the program. Those of the `log` crate share their callsites.
fn key(metadata: &Metadata<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (metadata.callsite(), metadata.target(), metadata.line()).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tracing::subscriber::with_default;
    use tracing_subscriber::layer::{Context, SubscriberExt};
    use tracing_subscriber::{Layer, registry};

    use super::*;

    /// The metadata of the events that `emit` emits.
    fn metadata_of(emit: impl FnOnce()) -> Vec<&'static Metadata<'static>> {
        struct Collect(std::sync::Mutex<RefCell<Vec<&'static Metadata<'static>>>>);
        impl<S: tracing::Subscriber> Layer<S> for &'static Collect {
            fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
                self.0.lock().expect("no panic").borrow_mut().push(event.metadata());
            }
        }
        let collect: &'static Collect = Box::leak(Box::new(Collect(std::sync::Mutex::default())));
        with_default(registry().with(collect), emit);
        collect.0.lock().expect("no panic").take()
    }

    #[test]
    fn a_statement_prints_ten_lines_a_second_and_then_the_number_of_the_others() {
        let events = metadata_of(|| {
            tracing::error!("one");
            tracing::warn!("another");
            tracing::info!("a third");
        });
        let [error, warning, info] = events[..] else { panic!("{events:?}") };
        let (mut rate, start) = (LogRate::default(), Instant::now());
        let printed = |rate: &mut LogRate, metadata, milliseconds| {
            let now = start + Duration::from_millis(milliseconds);
            (0..50).filter(|_| rate.allows(metadata, now)).count()
        };
        assert_eq!(printed(&mut rate, error, 0), 10);
        assert_eq!(printed(&mut rate, warning, 0), 10, "each statement has its own limit");
        assert_eq!(printed(&mut rate, info, 0), 50, "lines of information are not limited");
        assert_eq!(printed(&mut rate, error, 999), 0);
        assert!(rate.notices(start + Duration::from_millis(999), false).is_empty());
        let mut notices = rate.notices(start + PERIOD, false);
        notices.sort_by_key(|notice| notice.level);
        let [first, second] = &notices[..] else { panic!("{notices:?}") };
        assert!(
            first.level == Level::ERROR && first.message.starts_with("90 more lines of the statement at "),
            "{first:?}"
        );
        assert!(second.message.starts_with("40 more lines") && second.message.contains("log_rate.rs:"));
        assert_eq!(printed(&mut rate, error, 1000), 10);
        assert_eq!(rate.notices(start + PERIOD, true).len(), 1, "at the end of the process");
        assert_eq!(rate.suppressing, 0);
    }
}
