//! `traceparent`: 23 cases, and the four of several calls and of Level 2.

use std::collections::HashSet;

use super::{Case, GOOD, PARENT, TRACE};

#[tokio::test]
async fn without_any_header_a_trace_begins() {
    assert_eq!(Case::new().await.send(&[]).await.state, "");
}

#[tokio::test]
async fn without_tracestate_the_trace_goes_on_below_another_parent() {
    let carried = Case::new().await.send(&[("traceparent", GOOD)]).await;
    assert_eq!(carried.trace_id, TRACE);
    assert_ne!(carried.parent_id, PARENT);
}

#[tokio::test]
async fn two_traceparents_start_a_new_trace() {
    let other = GOOD.replace("9012-", "9011-");
    let carried = Case::new().await.send(&[("traceparent", &other), ("traceparent", GOOD)]).await;
    assert!(!carried.trace_id.starts_with("123456789012345678901234567890"), "{carried:?}");
}

#[tokio::test]
async fn another_headers_name_is_not_traceparent() {
    let mut case = Case::new().await;
    for name in ["trace-parent", "trace.parent"] {
        assert_ne!(case.send(&[(name, GOOD)]).await.trace_id, TRACE, "{name}");
    }
}

#[tokio::test]
async fn the_case_of_traceparents_name_does_not_matter() {
    let mut case = Case::new().await;
    for name in ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"] {
        assert_eq!(case.send(&[(name, GOOD)]).await.trace_id, TRACE, "{name}");
    }
}

#[tokio::test]
async fn version_00_ends_after_its_flags() {
    let longer = [format!("{GOOD}."), format!("{GOOD}-what-the-future-will-be-like")];
    Case::new().await.starts_anew(&longer.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn a_later_version_may_go_on_behind_a_dash() {
    let mut case = Case::new().await;
    let later = GOOD.replacen("00", "cc", 1);
    for good in [later.clone(), format!("{later}-what-the-future-will-be-like")] {
        assert_eq!(case.send(&[("traceparent", &good)]).await.trace_id, TRACE, "{good}");
    }
    case.starts_anew(&[&format!("{later}.what-the-future-will-be-like")]).await;
}

#[tokio::test]
async fn version_ff_is_forbidden() {
    Case::new().await.starts_anew(&[&GOOD.replacen("00", "ff", 1)]).await;
}

#[tokio::test]
async fn a_version_that_is_not_hexadecimal_starts_a_new_trace() {
    let bad = [GOOD.replacen("00", ".0", 1), GOOD.replacen("00", "0.", 1)];
    Case::new().await.starts_anew(&bad.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn a_version_that_is_too_long_starts_a_new_trace() {
    let bad = [GOOD.replacen("00", "000", 1), GOOD.replacen("00", "0000", 1)];
    Case::new().await.starts_anew(&bad.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn a_version_that_is_too_short_starts_a_new_trace() {
    Case::new().await.starts_anew(&[&GOOD.replacen("00", "0", 1)]).await;
}

#[tokio::test]
async fn a_trace_id_of_zeros_starts_a_new_trace() {
    Case::new().await.starts_anew(&[&GOOD.replace(TRACE, &"0".repeat(32))]).await;
}

#[tokio::test]
async fn a_trace_id_that_is_not_hexadecimal_starts_a_new_trace() {
    let mut case = Case::new().await;
    for bad in [format!(".{}", &TRACE[1..]), format!("{}.", &TRACE[..31])] {
        let carried = case.send(&[("traceparent", &GOOD.replace(TRACE, &bad))]).await;
        assert!(!carried.trace_id.contains(&TRACE[1..31]), "{bad} became {carried:?}");
    }
}

#[tokio::test]
async fn a_trace_id_that_is_too_long_starts_a_new_trace() {
    Case::new().await.starts_anew(&[&GOOD.replace(TRACE, "123456789012345678901234567890123")]).await;
}

#[tokio::test]
async fn a_trace_id_that_is_too_short_starts_a_new_trace() {
    let carried = Case::new().await.send(&[("traceparent", &GOOD.replace(TRACE, &TRACE[..31]))]).await;
    assert!(!carried.trace_id.contains(&TRACE[..31]), "{carried:?}");
}

#[tokio::test]
async fn a_parent_id_of_zeros_starts_a_new_trace() {
    Case::new().await.starts_anew(&[&GOOD.replace("-1234567890123456-", "-0000000000000000-")]).await;
}

#[tokio::test]
async fn a_parent_id_that_is_not_hexadecimal_starts_a_new_trace() {
    let bad = [".234567890123456", "123456789012345."].map(|id| format!("00-{TRACE}-{id}-01"));
    Case::new().await.starts_anew(&bad.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn a_parent_id_that_is_too_long_starts_a_new_trace() {
    Case::new().await.starts_anew(&[&format!("00-{TRACE}-{PARENT}7-01")]).await;
}

#[tokio::test]
async fn a_parent_id_that_is_too_short_starts_a_new_trace() {
    Case::new().await.starts_anew(&[&format!("00-{TRACE}-{}-01", &PARENT[..15])]).await;
}

#[tokio::test]
async fn flags_that_are_not_hexadecimal_start_a_new_trace() {
    let bad = [".0", "0."].map(|flags| format!("00-{TRACE}-{PARENT}-{flags}"));
    Case::new().await.starts_anew(&bad.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn flags_that_are_too_long_start_a_new_trace() {
    Case::new().await.starts_anew(&[&format!("00-{TRACE}-{PARENT}-001")]).await;
}

#[tokio::test]
async fn flags_that_are_too_short_start_a_new_trace() {
    Case::new().await.starts_anew(&[&format!("00-{TRACE}-{PARENT}-1")]).await;
}

#[tokio::test]
async fn blanks_around_a_traceparent_do_not_matter() {
    let mut case = Case::new().await;
    for (before, after) in [(" ", ""), ("\t", ""), ("", " "), ("", "\t"), ("\t ", " \t")] {
        let value = format!("{before}{GOOD}{after}");
        assert_eq!(case.send(&[("traceparent", &value)]).await.trace_id, TRACE, "{value:?}");
    }
}

#[tokio::test]
async fn several_calls_have_the_trace_id_in_common_and_a_parent_id_each() {
    let carried = Case::new().await.calls(&[("traceparent", GOOD)], 3).await;
    assert!(carried.iter().all(|call| call.trace_id == TRACE), "{carried:?}");
    assert_eq!(carried.iter().map(|call| &call.parent_id).collect::<HashSet<_>>().len(), 3);
}

#[tokio::test]
async fn several_calls_of_a_new_trace_have_a_parent_id_each() {
    let carried = Case::new().await.calls(&[], 3).await;
    assert_eq!(carried.iter().map(|call| &call.parent_id).collect::<HashSet<_>>().len(), 3);
}

#[tokio::test]
async fn several_calls_below_a_bad_traceparent_are_of_a_new_trace() {
    let bad = GOOD.replace(TRACE, &"0".repeat(32));
    let carried = Case::new().await.calls(&[("traceparent", &bad)], 3).await;
    assert_eq!(carried.iter().map(|call| &call.trace_id).collect::<HashSet<_>>().len(), 1);
    assert_eq!(carried.iter().map(|call| &call.parent_id).collect::<HashSet<_>>().len(), 3);
}

#[tokio::test]
async fn the_random_flag_goes_on() {
    let carried = Case::new().await.send(&[("traceparent", &format!("00-{TRACE}-{PARENT}-02"))]).await;
    assert_eq!(carried.trace_id, TRACE);
    assert_ne!(carried.parent_id, PARENT);
    assert_eq!(carried.flags & 0x02, 0x02);
}
