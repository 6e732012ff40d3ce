//! `tracestate`: 14 cases.

use super::Case;

#[tokio::test]
async fn without_traceparent_the_state_is_nobodys() {
    let mut case = Case::new().await;
    for state in ["foo=1", "foo=1,bar=2"] {
        assert_eq!(case.send(&[("tracestate", state)]).await.state, "");
    }
}

#[tokio::test]
async fn with_traceparent_the_state_goes_on() {
    assert_eq!(Case::new().await.state(&["foo=1,bar=2"]).await, "foo=1,bar=2");
}

#[tokio::test]
async fn another_headers_name_is_not_tracestate() {
    let mut case = Case::new().await;
    let parent = ("traceparent", "00-12345678901234567890123456789012-1234567890123456-00");
    for name in ["trace-state", "trace.state"] {
        assert_eq!(case.send(&[parent, (name, "foo=1")]).await.state, "", "{name}");
    }
}

#[tokio::test]
async fn the_case_of_tracestates_name_does_not_matter() {
    let mut case = Case::new().await;
    let parent = ("traceparent", "00-12345678901234567890123456789012-1234567890123456-00");
    for name in ["TraceState", "TrAcEsTaTe", "TRACESTATE"] {
        assert_eq!(case.send(&[parent, (name, "foo=1")]).await.state, "foo=1", "{name}");
    }
}

#[tokio::test]
async fn an_empty_header_adds_nothing() {
    let mut case = Case::new().await;
    assert_eq!(case.state(&[""]).await, "");
    assert_eq!(case.state(&["foo=1", ""]).await, "foo=1");
    assert_eq!(case.state(&["", "foo=1"]).await, "foo=1");
}

#[tokio::test]
async fn several_headers_are_one_list_in_their_order() {
    let state = Case::new().await.state(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"]).await;
    assert_eq!(state, "foo=1,bar=2,rojo=1,congo=2,baz=3");
}

#[tokio::test]
async fn of_a_key_that_comes_twice_one_stays() {
    let mut case = Case::new().await;
    for headers in [&["foo=1,foo=1"][..], &["foo=1,foo=2"], &["foo=1", "foo=1"], &["foo=1", "foo=2"]] {
        assert_eq!(case.state(headers).await, "foo=1", "{headers:?}");
    }
}

#[tokio::test]
async fn every_allowed_character_goes_on() {
    let key: String = ('a'..='z').chain('0'..='9').chain("_-*/".chars()).collect();
    let value: String = (' '..='~').filter(|character| !",=".contains(*character)).collect();
    let mut case = Case::new().await;
    for key in [key.clone(), format!("{key}@a-z0-9_-*/")] {
        let member = format!("{key}={value}");
        assert_eq!(case.state(&[&member]).await, member);
    }
}

#[tokio::test]
async fn blanks_around_members_do_not_matter() {
    let mut case = Case::new().await;
    for list in ["foo=1 \t , \t bar=2, \t baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3"] {
        assert_eq!(case.state(&[list]).await, "foo=1,bar=2,baz=3", "{list:?}");
    }
    for one in [" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"] {
        assert_eq!(case.state(&[one]).await, "foo=1", "{one:?}");
    }
}

#[tokio::test]
async fn a_key_with_another_character_drops_the_state() {
    let mut case = Case::new().await;
    for bad in ["foo =1", "FOO=1", "foo.bar=1"] {
        assert_eq!(case.state(&[bad]).await, "", "{bad}");
    }
}

#[tokio::test]
async fn an_at_sign_may_stand_anywhere_in_a_key_but_first() {
    let mut case = Case::new().await;
    for good in ["foo@=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2"] {
        assert_eq!(case.state(&[good]).await, good);
    }
    assert_eq!(case.state(&["@foo=1,bar=2"]).await, "");
}

#[tokio::test]
async fn thirty_two_members_go_on_and_one_more_drops_the_state() {
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
async fn a_key_has_256_characters_at_most() {
    let mut case = Case::new().await;
    let with_tenant = [("t".repeat(241), "v".repeat(14)), ("t".repeat(242), "v".to_owned())];
    let with_tenant = with_tenant.map(|(tenant, system)| format!("{tenant}@{system}"));
    for key in ["z".repeat(256), format!("t@{}", "v".repeat(15))].into_iter().chain(with_tenant) {
        assert_eq!(case.state(&["foo=1", &format!("{key}=1")]).await, format!("foo=1,{key}=1"));
    }
    assert_eq!(case.state(&["foo=1", &format!("{}=1", "z".repeat(257))]).await, "");
}

#[tokio::test]
async fn a_value_that_is_none_drops_the_state() {
    let mut case = Case::new().await;
    for bad in ["foo=bar=baz", "foo=,bar=3"] {
        assert_eq!(case.state(&[bad]).await, "", "{bad}");
    }
}
