//! Instructions of parts of a program, counted by callgrind.
//!
//! The program calls a function before and after each part, the mark, and prints the name of the part on a line. Callgrind
//! writes a file at each mark, with what was executed since the one before.

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// A part of a program, and its instructions.
pub(crate) type Counted = (String, u64);

/// Runs a program under callgrind. `mark` is a pattern for the name of the function; `folder` receives files.
pub(crate) fn count<A: AsRef<OsStr>>(mark: &str, folder: &Path, program: &[A]) -> Vec<Counted> {
    let files = folder.join("instructions");
    let output = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--fair-sched=yes"])
        .arg(format!("--dump-before={mark}"))
        .arg(format!("--callgrind-out-file={}", files.display()))
        .args(program)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .expect("valgrind is installed");
    assert!(output.status.success(), "the program under valgrind: {}", output.status);
    let names = String::from_utf8(output.stdout).expect("names");
    // The first file has what was executed before the first mark; then each second one is that of a part.
    let file = |part: usize| files.with_extension((2 * part + 2).to_string());
    let counted: Vec<Counted> =
        names.lines().enumerate().map(|(part, name)| (name.to_owned(), total(&file(part)))).collect();
    assert!(!counted.is_empty() && !file(counted.len()).exists(), "two marks for each part");
    counted
}

fn total(file: &Path) -> u64 {
    let text =
        fs::read(file).unwrap_or_else(|error| panic!("no mark {mark}: {error}", mark = file.display()));
    let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"totals: "));
    line.and_then(|number| str::from_utf8(number).ok()?.trim().parse().ok()).expect("callgrind's format")
}
