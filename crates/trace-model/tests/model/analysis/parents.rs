//! Parents that are not in the trace.

use ParentOrigin::{Missing, Outside, Present, Root};

use super::*;

#[test]
fn a_request_with_an_unknown_parent_and_no_root_came_from_outside() {
    assert_eq!(parents("web server a 0..100 orphan remote\n web client b 10..20"), [Outside, Present]);
    assert_eq!(parents("web server a 0..100 orphan"), [Outside]);
    assert_eq!(parents("web server a 0..50 orphan\nshop server b 20..90 orphan"), [Outside, Outside]);
}

#[test]
fn a_parent_in_the_same_process_is_missing() {
    assert_eq!(parents("web server a 0..100 orphan local"), [Missing]);
    assert_eq!(parents("web internal a 0..100 orphan"), [Missing]);
}

#[test]
fn a_parent_between_two_services_of_the_trace_is_missing() {
    let with_root = "web server a 0..100\n web client b 10..90\nstock server c 20..80 orphan remote";
    assert_eq!(parents(with_root), [Root, Present, Missing]);
    let without_root = "web server a 0..100 orphan\n web client b 10..90\nstock server c 20..80 orphan";
    assert_eq!(parents(without_root), [Outside, Present, Missing]);
}

#[test]
fn a_second_request_of_an_outside_caller_is_not_below_a_call_for_something_else() {
    let text = "web server cart 0..300 orphan remote
                 web client POST 20..270 http://bank/charges
               shop server reviews 50..150 orphan remote http://shop/reviews";
    assert_eq!(parents(text), [Outside, Present, Outside]);
    let rewritten = text.replace("bank/charges", "proxy/api/reviews");
    assert_eq!(parents(&rewritten), [Outside, Present, Missing]);
    let unknown = text.replace("http://bank/charges", "");
    assert_eq!(parents(&unknown), [Outside, Present, Missing]);
    let message = text.replace("client POST 20..270 http://bank/charges", "producer send 20..270");
    assert_eq!(parents(&message), [Outside, Present, Outside]);
    let consumer = message.replace("shop server", "shop consumer");
    assert_eq!(parents(&consumer), [Outside, Present, Missing]);
}
