//! `traceparent`: 23 cases of the header, and 4 of multiple calls and of Level 2.

use std::collections::HashSet;

use super::{Case, GOOD, PARENT, TRACE};

#[tokio::test]
async fn no_headers_start_a_new_trace() {
    assert_eq!(Case::new().await.send(&[]).await.state, "");
}

#[tokio::test]
async fn traceparent_alone_continues_the_trace_with_a_new_parent_id() {
    let propagated = Case::new().await.send(&[("traceparent", GOOD)]).await;
    assert_eq!(propagated.trace_id, TRACE);
    assert_ne!(propagated.parent_id, PARENT);
}

#[tokio::test]
async fn duplicate_traceparent_starts_a_new_trace() {
    let other = GOOD.replace("9012-", "9011-");
    let propagated = Case::new().await.send(&[("traceparent", &other), ("traceparent", GOOD)]).await;
    assert!(!propagated.trace_id.starts_with("123456789012345678901234567890"), "{propagated:?}");
}

#[tokio::test]
async fn similar_header_names_are_not_traceparent() {
    let mut case = Case::new().await;
    for name in ["trace-parent", "trace.parent"] {
        assert_ne!(case.send(&[(name, GOOD)]).await.trace_id, TRACE, "{name}");
    }
}

#[tokio::test]
async fn traceparent_header_name_is_case_insensitive() {
    let mut case = Case::new().await;
    for name in ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"] {
        assert_eq!(case.send(&[(name, GOOD)]).await.trace_id, TRACE, "{name}");
    }
}

#[tokio::test]
async fn version_00_with_trailing_data_starts_a_new_trace() {
    let longer = [format!("{GOOD}."), format!("{GOOD}-what-the-future-will-be-like")];
    Case::new().await.assert_new_trace(&longer.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn future_version_may_have_trailing_data_after_a_dash() {
    let mut case = Case::new().await;
    let later = GOOD.replacen("00", "cc", 1);
    for good in [later.clone(), format!("{later}-what-the-future-will-be-like")] {
        assert_eq!(case.send(&[("traceparent", &good)]).await.trace_id, TRACE, "{good}");
    }
    case.assert_new_trace(&[&format!("{later}.what-the-future-will-be-like")]).await;
}

#[tokio::test]
async fn version_ff_starts_a_new_trace() {
    Case::new().await.assert_new_trace(&[&GOOD.replacen("00", "ff", 1)]).await;
}

#[tokio::test]
async fn non_hexadecimal_version_starts_a_new_trace() {
    let bad = [GOOD.replacen("00", ".0", 1), GOOD.replacen("00", "0.", 1)];
    Case::new().await.assert_new_trace(&bad.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn overlong_version_starts_a_new_trace() {
    let bad = [GOOD.replacen("00", "000", 1), GOOD.replacen("00", "0000", 1)];
    Case::new().await.assert_new_trace(&bad.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn short_version_starts_a_new_trace() {
    Case::new().await.assert_new_trace(&[&GOOD.replacen("00", "0", 1)]).await;
}

#[tokio::test]
async fn all_zero_trace_id_starts_a_new_trace() {
    Case::new().await.assert_new_trace(&[&GOOD.replace(TRACE, &"0".repeat(32))]).await;
}

#[tokio::test]
async fn non_hexadecimal_trace_id_starts_a_new_trace() {
    let mut case = Case::new().await;
    for bad in [format!(".{}", &TRACE[1..]), format!("{}.", &TRACE[..31])] {
        let propagated = case.send(&[("traceparent", &GOOD.replace(TRACE, &bad))]).await;
        assert!(!propagated.trace_id.contains(&TRACE[1..31]), "{bad} became {propagated:?}");
    }
}

#[tokio::test]
async fn overlong_trace_id_starts_a_new_trace() {
    Case::new().await.assert_new_trace(&[&GOOD.replace(TRACE, "123456789012345678901234567890123")]).await;
}

#[tokio::test]
async fn short_trace_id_starts_a_new_trace() {
    let propagated = Case::new().await.send(&[("traceparent", &GOOD.replace(TRACE, &TRACE[..31]))]).await;
    assert!(!propagated.trace_id.contains(&TRACE[..31]), "{propagated:?}");
}

#[tokio::test]
async fn all_zero_parent_id_starts_a_new_trace() {
    Case::new().await.assert_new_trace(&[&GOOD.replace("-1234567890123456-", "-0000000000000000-")]).await;
}

#[tokio::test]
async fn non_hexadecimal_parent_id_starts_a_new_trace() {
    let bad = [".234567890123456", "123456789012345."].map(|id| format!("00-{TRACE}-{id}-01"));
    Case::new().await.assert_new_trace(&bad.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn overlong_parent_id_starts_a_new_trace() {
    Case::new().await.assert_new_trace(&[&format!("00-{TRACE}-{PARENT}7-01")]).await;
}

#[tokio::test]
async fn short_parent_id_starts_a_new_trace() {
    Case::new().await.assert_new_trace(&[&format!("00-{TRACE}-{}-01", &PARENT[..15])]).await;
}

#[tokio::test]
async fn non_hexadecimal_flags_start_a_new_trace() {
    let bad = [".0", "0."].map(|flags| format!("00-{TRACE}-{PARENT}-{flags}"));
    Case::new().await.assert_new_trace(&bad.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn overlong_flags_start_a_new_trace() {
    Case::new().await.assert_new_trace(&[&format!("00-{TRACE}-{PARENT}-001")]).await;
}

#[tokio::test]
async fn short_flags_start_a_new_trace() {
    Case::new().await.assert_new_trace(&[&format!("00-{TRACE}-{PARENT}-1")]).await;
}

#[tokio::test]
async fn whitespace_around_traceparent_is_ignored() {
    let mut case = Case::new().await;
    for (before, after) in [(" ", ""), ("\t", ""), ("", " "), ("", "\t"), ("\t ", " \t")] {
        let value = format!("{before}{GOOD}{after}");
        assert_eq!(case.send(&[("traceparent", &value)]).await.trace_id, TRACE, "{value:?}");
    }
}

#[tokio::test]
async fn calls_share_the_trace_id_and_have_distinct_parent_ids() {
    let propagated = Case::new().await.calls(&[("traceparent", GOOD)], 3).await;
    assert!(propagated.iter().all(|call| call.trace_id == TRACE), "{propagated:?}");
    assert_eq!(propagated.iter().map(|call| &call.parent_id).collect::<HashSet<_>>().len(), 3);
}

#[tokio::test]
async fn calls_of_a_new_trace_have_distinct_parent_ids() {
    let propagated = Case::new().await.calls(&[], 3).await;
    assert_eq!(propagated.iter().map(|call| &call.parent_id).collect::<HashSet<_>>().len(), 3);
}

#[tokio::test]
async fn calls_after_an_invalid_traceparent_share_one_new_trace() {
    let bad = GOOD.replace(TRACE, &"0".repeat(32));
    let propagated = Case::new().await.calls(&[("traceparent", &bad)], 3).await;
    assert_eq!(propagated.iter().map(|call| &call.trace_id).collect::<HashSet<_>>().len(), 1);
    assert_eq!(propagated.iter().map(|call| &call.parent_id).collect::<HashSet<_>>().len(), 3);
}

#[tokio::test]
async fn random_trace_id_flag_is_propagated() {
    let propagated = Case::new().await.send(&[("traceparent", &format!("00-{TRACE}-{PARENT}-02"))]).await;
    assert_eq!(propagated.trace_id, TRACE);
    assert_ne!(propagated.parent_id, PARENT);
    assert_eq!(propagated.flags & 0x02, 0x02);
}
