//! The signals: their parts in names of variables, in paths and in calls of gRPC.

use super::reader::Reader;
use super::variables::{self, Variable};

/// A signal, with its part in names of variables and in paths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Signal {
    Traces,
    Metrics,
    Logs,
}

impl Signal {
    pub(super) const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Metrics => "v1/metrics",
            Self::Logs => "v1/logs",
        }
    }

    /// The service and method of a gRPC call.
    pub(super) fn method(self) -> &'static str {
        match self {
            Self::Traces => "opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Self::Logs => "opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }

    pub(super) fn infix(self) -> &'static str {
        match self {
            Self::Traces => "OTLP_TRACES_",
            Self::Metrics => "OTLP_METRICS_",
            Self::Logs => "OTLP_LOGS_",
        }
    }

    /// The signal's form of a variable: `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT` for `OTEL_EXPORTER_OTLP_TIMEOUT`.
    pub(super) fn variable_name(self, variable: Variable) -> String {
        variable.name.replacen("OTLP_", self.infix(), 1)
    }

    pub(super) fn exporter(self) -> Variable {
        match self {
            Self::Traces => variables::TRACES_EXPORTER,
            Self::Metrics => variables::METRICS_EXPORTER,
            Self::Logs => variables::LOGS_EXPORTER,
        }
    }
}

/// The path of a signal, with its slash, that a path ends with.
pub(crate) fn signal_path(path: &str) -> Option<&str> {
    let path = path.trim_end_matches('/');
    Signal::ALL.into_iter().find_map(|signal| {
        let before = path.strip_suffix(signal.path())?;
        before.ends_with('/').then(|| &path[before.len() - 1..])
    })
}

/// Warns of a base URL that ends with the path of a signal, which is added to it once more.
pub(super) fn warn_of_signal_path(reader: &mut Reader<'_>, variable: &str, base: &str) {
    let Some(path) = signal_path(base.split('?').next().unwrap_or_default()) else { return };
    let signal =
        Signal::ALL.into_iter().find(|signal| path.ends_with(signal.path())).unwrap_or(Signal::Traces);
    let other = if variable == variables::OTLP_ENDPOINT.name {
        format!(", or use {}", signal.variable_name(variables::OTLP_ENDPOINT))
    } else {
        String::new()
    };
    reader.warnings.push(format!(
        "{variable} ends with {path}, and the path of each signal is added to it: leave {path} out{other}"
    ));
}
