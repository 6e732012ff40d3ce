//! Calls from a client to a server.

use trace_model::analysis::Outcome;

use super::*;

fn outcomes(text: &str) -> Vec<Outcome> {
    analyse(text, |_, analysis| analysis.calls.iter().map(|call| call.outcome).collect())
}

#[test]
fn what_the_callee_does_not_cover_lies_before_and_after_it() {
    let answered = Outcome::Answered { before: 10 * MILLISECOND, after: 5 * MILLISECOND };
    assert_eq!(outcomes("web client GET 0..100\n shop server GET 10..95"), [answered]);
}

#[test]
fn a_callee_that_began_after_its_caller_had_failed_was_given_up() {
    let [waited, began, ended] = [852, 1490, 1496].map(|it| it * MILLISECOND);
    let given_up = Outcome::GivenUp { waited, began, ended };
    assert_eq!(outcomes("web@a client GET 0..852 error\n shop@a server GET 1490..1496"), [given_up]);
}

#[test]
fn several_servers_below_one_client_are_no_call() {
    assert_eq!(outcomes("web client GET 0..100\n shop server GET 10..20\n shop server GET 30..40"), []);
}
