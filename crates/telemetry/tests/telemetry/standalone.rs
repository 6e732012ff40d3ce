//! The crate can be copied to another workspace unchanged.

#[test]
fn manifest_inherits_nothing_from_a_workspace() {
    let manifest = include_str!("../../Cargo.toml");
    let inherited: Vec<&str> = manifest.lines().filter(|line| line.contains("workspace = true")).collect();
    assert!(inherited.is_empty(), "{inherited:?}");
    assert!(!manifest.contains("path = "), "the crate has no path dependencies");
}
