//! `tracestate`: 14 cases.

use super::Case;

#[tokio::test]
async fn tracestate_without_traceparent_is_discarded() {
    let mut case = Case::new().await;
    for state in ["foo=1", "foo=1,bar=2"] {
        assert_eq!(case.send(&[("tracestate", state)]).await.state, "");
    }
}

#[tokio::test]
async fn tracestate_with_traceparent_is_propagated() {
    assert_eq!(Case::new().await.state(&["foo=1,bar=2"]).await, "foo=1,bar=2");
}

#[tokio::test]
async fn similar_header_names_are_not_tracestate() {
    let mut case = Case::new().await;
    let parent = ("traceparent", "00-12345678901234567890123456789012-1234567890123456-00");
    for name in ["trace-state", "trace.state"] {
        assert_eq!(case.send(&[parent, (name, "foo=1")]).await.state, "", "{name}");
    }
}

#[tokio::test]
async fn tracestate_header_name_is_case_insensitive() {
    let mut case = Case::new().await;
    let parent = ("traceparent", "00-12345678901234567890123456789012-1234567890123456-00");
    for name in ["TraceState", "TrAcEsTaTe", "TRACESTATE"] {
        assert_eq!(case.send(&[parent, (name, "foo=1")]).await.state, "foo=1", "{name}");
    }
}

#[tokio::test]
async fn empty_tracestate_header_is_ignored() {
    let mut case = Case::new().await;
    assert_eq!(case.state(&[""]).await, "");
    assert_eq!(case.state(&["foo=1", ""]).await, "foo=1");
    assert_eq!(case.state(&["", "foo=1"]).await, "foo=1");
}

#[tokio::test]
async fn multiple_tracestate_headers_are_joined_in_order() {
    let state = Case::new().await.state(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"]).await;
    assert_eq!(state, "foo=1,bar=2,rojo=1,congo=2,baz=3");
}

#[tokio::test]
async fn duplicate_key_keeps_its_first_member() {
    let mut case = Case::new().await;
    for headers in [&["foo=1,foo=1"][..], &["foo=1,foo=2"], &["foo=1", "foo=1"], &["foo=1", "foo=2"]] {
        assert_eq!(case.state(headers).await, "foo=1", "{headers:?}");
    }
}

#[tokio::test]
async fn all_allowed_characters_are_propagated() {
    let key: String = ('a'..='z').chain('0'..='9').chain("_-*/".chars()).collect();
    let value: String = (' '..='~').filter(|character| !",=".contains(*character)).collect();
    let mut case = Case::new().await;
    for key in [key.clone(), format!("{key}@a-z0-9_-*/")] {
        let member = format!("{key}={value}");
        assert_eq!(case.state(&[&member]).await, member);
    }
}

#[tokio::test]
async fn whitespace_around_members_is_ignored() {
    let mut case = Case::new().await;
    for list in ["foo=1 \t , \t bar=2, \t baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3"] {
        assert_eq!(case.state(&[list]).await, "foo=1,bar=2,baz=3", "{list:?}");
    }
    for one in [" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"] {
        assert_eq!(case.state(&[one]).await, "foo=1", "{one:?}");
    }
}

#[tokio::test]
async fn invalid_key_character_discards_the_tracestate() {
    let mut case = Case::new().await;
    for bad in ["foo =1", "FOO=1", "foo.bar=1"] {
        assert_eq!(case.state(&[bad]).await, "", "{bad}");
    }
}

#[tokio::test]
async fn at_sign_is_allowed_in_a_key_except_first() {
    let mut case = Case::new().await;
    for good in ["foo@=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2"] {
        assert_eq!(case.state(&[good]).await, good);
    }
    assert_eq!(case.state(&["@foo=1,bar=2"]).await, "");
}

#[tokio::test]
async fn tracestate_is_limited_to_32_members() {
    let members = |from: usize, to: usize| {
        (from..=to).map(|at| format!("bar{at:02}={at:02}")).collect::<Vec<_>>().join(",")
    };
    let lists = [members(1, 10), members(11, 20), members(21, 30), members(31, 32)];
    let mut case = Case::new().await;
    assert_eq!(case.state(&lists.each_ref().map(String::as_str)).await, members(1, 32));
    let lists = [members(1, 10), members(11, 20), members(21, 30), members(31, 33)];
    assert_eq!(case.state(&lists.each_ref().map(String::as_str)).await, "");
}

#[tokio::test]
async fn key_is_limited_to_256_characters() {
    let mut case = Case::new().await;
    let with_tenant = [("t".repeat(241), "v".repeat(14)), ("t".repeat(242), "v".to_owned())];
    let with_tenant = with_tenant.map(|(tenant, system)| format!("{tenant}@{system}"));
    for key in ["z".repeat(256), format!("t@{}", "v".repeat(15))].into_iter().chain(with_tenant) {
        assert_eq!(case.state(&["foo=1", &format!("{key}=1")]).await, format!("foo=1,{key}=1"));
    }
    assert_eq!(case.state(&["foo=1", &format!("{}=1", "z".repeat(257))]).await, "");
}

#[tokio::test]
async fn invalid_value_discards_the_tracestate() {
    let mut case = Case::new().await;
    for bad in ["foo=bar=baz", "foo=,bar=3"] {
        assert_eq!(case.state(&[bad]).await, "", "{bad}");
    }
}
