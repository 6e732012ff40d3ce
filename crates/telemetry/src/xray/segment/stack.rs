//! The stack of an exception, from a backtrace as Rust's standard library prints it.

use serde_json::{Map, Value, json};

/// Frames of one exception. The innermost ones are kept.
const MOST_FRAMES: usize = 50;

/// `stack`, and in `truncated` the number of frames that were left out. A text of another form becomes one frame with
/// its first line.
pub(super) fn stack(text: &str) -> Map<String, Value> {
    let mut frames: Vec<Map<String, Value>> = Vec::new();
    let mut left_out: u64 = 0;
    for line in text.lines().map(str::trim) {
        if let Some(label) = label(line) {
            if frames.len() < MOST_FRAMES {
                frames.push(Map::from_iter([("label".to_owned(), label.into())]));
            } else {
                left_out += 1;
            }
        } else if let (Some((path, line)), Some(frame)) = (place(line), frames.last_mut())
            && left_out == 0
        {
            frame.insert("path".to_owned(), path.into());
            frame.insert("line".to_owned(), line.into());
        }
    }
    if frames.is_empty() {
        let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        frames.push(Map::from_iter([("label".to_owned(), first.into())]));
    }
    let mut stack = Map::from_iter([("stack".to_owned(), json!(frames))]);
    if left_out > 0 {
        stack.insert("truncated".to_owned(), left_out.into());
    }
    stack
}

/// The function of a line `7: users::store::find`.
fn label(line: &str) -> Option<&str> {
    let (number, label) = line.split_once(": ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(label)
}

/// Path and line of a line `at ./src/store.rs:12:34`.
fn place(line: &str) -> Option<(&str, u32)> {
    let (rest, last) = line.strip_prefix("at ")?.rsplit_once(':')?;
    match rest.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?))) {
        Some(place) => Some(place),
        None => Some((rest, last.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_a_function_and_its_place() {
        let text = "   0: users::store::find\n             at ./src/store.rs:12:34\n   1: main\n";
        let expected =
            json!([{"label": "users::store::find", "path": "./src/store.rs", "line": 12}, {"label": "main"}]);
        assert_eq!(stack(text)["stack"], expected);
    }

    #[test]
    fn a_deep_stack_is_truncated_and_another_form_is_one_frame() {
        let deep: Vec<String> = (0..60).map(|at| format!("{at}: f{at}\n at a.rs:1:1\n")).collect();
        let deep = stack(&deep.concat());
        assert_eq!((deep["stack"].as_array().map(Vec::len), &deep["truncated"]), (Some(50), &10.into()));
        let other = stack("Traceback (most recent call last):\n  File \"a.py\", line 1");
        assert_eq!(other["stack"], json!([{"label": "Traceback (most recent call last):"}]));
        assert_eq!(stack("")["stack"], json!([{"label": ""}]));
    }
}
