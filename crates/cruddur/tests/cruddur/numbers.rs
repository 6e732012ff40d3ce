//! Zeros and giants in the numeric variables of the waterfall, which the launcher passes through.

use testkit::Process;

#[tokio::test]
async fn zeros_and_giants_in_variables_of_the_waterfall_work_or_are_refused() {
    let part = || Process::builder("waterfall", env!("CARGO_BIN_EXE_cruddur")).arg("part").arg("waterfall");
    testkit::assert_survives_numbers(part).await;
}
