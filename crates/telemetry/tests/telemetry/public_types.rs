//! Public types can grow without a break for their users.

/// The types that callers may build or match as a whole, because they do not grow.
const COMPLETE: [&str; 5] = [
    // Further attributes are those of `Builder::with_resource_attributes`.
    "struct telemetry::Service<'a> { name, version }",
    // Without state: they are parameters of the libraries' middlewares.
    "struct telemetry::client::CallSpan {  }",
    "struct telemetry::client::Companion {  }",
    "struct telemetry::server::RootSpan {  }",
    // The specification has no fourth status.
    "enum telemetry::testing::Status { Unset, Ok, Error }",
];

#[test]
fn a_public_type_is_non_exhaustive_or_complete() {
    let types: Vec<&str> = include_str!("../../api.txt")
        .lines()
        .filter(|line| {
            line.starts_with("struct ")
                || line.starts_with("enum ")
                || line.contains("] struct ")
                || line.contains("] enum ")
        })
        .collect();
    assert!(types.len() > 30, "{types:?}");
    let exhaustive: Vec<&str> = types.into_iter().filter(|line| !line.ends_with("{ .. }")).collect();
    assert_eq!(exhaustive, COMPLETE);
}
