//! The crate can be copied into another workspace as it is.

#[test]
fn the_manifest_takes_nothing_from_a_workspace() {
    let manifest = include_str!("../../Cargo.toml");
    let taking: Vec<&str> = manifest.lines().filter(|line| line.contains("workspace = true")).collect();
    assert!(taking.is_empty(), "{taking:?}");
    assert!(!manifest.contains("path = "), "and it depends on no crate beside it");
}
