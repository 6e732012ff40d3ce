//! Finds variables whose names are almost those of this crate, because a misspelt one has no effect.
//!
//! Other tools have variables with the same prefixes, so only a difference of one or two characters is worth a warning.

use super::nearest::misspelt;
use super::signal::Signal;
use super::variables::VARIABLES;

/// Variables of these families have long names that are far from each other. Those of proxies do not.
const FAMILIES: [&str; 4] = ["OTEL_", "HONEYCOMB_", "ROLLBAR_", "TELEMETRY_"];

/// A warning for each environment variable of this process that is not empty and whose name is almost that of one of
/// [`VARIABLES`]. [`init`](crate::init) logs them.
pub fn misspelt_variables() -> Vec<String> {
    misspelt(&known())
}

fn known() -> Vec<String> {
    let family = |name: &str| FAMILIES.iter().any(|family| name.starts_with(family));
    let listed = VARIABLES.iter().filter(|variable| family(variable.name));
    let forms = |variable| Signal::ALL.map(|signal: Signal| signal.variable_name(variable));
    listed
        .flat_map(|variable| {
            let is_of_signals = variable.name.starts_with("OTEL_EXPORTER_OTLP_");
            let forms = is_of_signals.then(|| forms(*variable)).into_iter().flatten();
            std::iter::once(variable.name.to_owned()).chain(forms)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::nearest::warnings;
    use super::*;

    fn warning(name: &str) -> Option<String> {
        warnings(&known(), [name.to_owned()].into_iter()).pop()
    }

    #[test]
    fn a_misspelt_variable_is_named_with_the_one_that_was_meant() {
        for (name, meant) in [
            ("HONEYCOM_API_KEY", "HONEYCOMB_API_KEY"),
            ("HONEYCOMB_APIKEY", "HONEYCOMB_API_KEY"),
            ("ROLLBAR_ACESS_TOKEN", "ROLLBAR_ACCESS_TOKEN"),
            ("OTEL_EXPORTER_OLTP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
            ("OTEL_EXPORTER_OTLP_TRACE_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
            ("TELEMETRY_XRAYS", "TELEMETRY_XRAY"),
        ] {
            assert_eq!(warning(name), Some(format!("{name} is not known: did you mean {meant}?")));
        }
    }

    #[test]
    fn variables_that_are_known_or_of_other_tools_are_not_warned_about() {
        for name in VARIABLES.iter().map(|variable| variable.name).chain([
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
            "OTEL_METRICS_EXEMPLAR_FILTER",
            "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
            "OTEL_CONFIG_FILE",
            "OTEL_ENTITIES",
            "OTEL_RESOURCE_PROVIDERS",
            "OTEL_SEMCONV_STABILITY_OPT_IN",
            "HONEYCOMB_TEAM",
            "HONEYCOMB_ENVIRONMENT",
            "HONEYCOMB_WRITEKEY",
            "HONEYCOMB_SAMPLE_RATE",
            "HONEYCOMB_TRACES_APIKEY",
            "ROLLBAR_CLIENT_TOKEN",
            "ROLLBAR_TOKEN",
            "TELEMETRY_DISABLED",
            "FTP_PROXY",
            "ALL_PROXY",
            "AWS_PROFILES",
            "HOME",
            "",
        ]) {
            assert_eq!(warning(name), None);
        }
    }
}
