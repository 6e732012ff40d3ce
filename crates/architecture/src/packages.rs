//! The packages of the workspace and what they depend on, as cargo resolves it for this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Major, minor and patch.
pub type RustVersion = [u32; 3];

/// The resolved dependency graph. Dev-dependencies do not count.
#[derive(Debug)]
pub struct Packages {
    /// Package id to name.
    names: BTreeMap<String, String>,
    /// Package id to the ids of its dependencies.
    dependencies: BTreeMap<String, Vec<String>>,
    /// Name to package id, for the members of the workspace.
    members: BTreeMap<String, String>,
    /// Package id to the lowest Rust version that it supports, if it says so.
    rust_versions: BTreeMap<String, RustVersion>,
}

impl Packages {
    /// Asks cargo.
    ///
    /// # Panics
    /// When `cargo metadata` fails: there is nothing to test then.
    pub fn resolve() -> Self {
        let metadata: Value = serde_json::from_slice(&run(Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--filter-platform", &host()])
            .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])))
        .expect("cargo metadata is JSON");
        let names: BTreeMap<String, String> =
            list(&metadata["packages"]).iter().map(|it| (text(&it["id"]), text(&it["name"]))).collect();
        let dependencies = list(&metadata["resolve"]["nodes"])
            .iter()
            .map(|node| {
                let dependencies = list(&node["deps"]).iter().filter(|it| is_built_with(it));
                (text(&node["id"]), dependencies.map(|it| text(&it["pkg"])).collect())
            })
            .collect();
        let members = list(&metadata["workspace_members"])
            .iter()
            .map(text)
            .map(|id| (names[&id].clone(), id))
            .collect();
        let rust_versions = list(&metadata["packages"])
            .iter()
            .filter_map(|it| Some((text(&it["id"]), rust_version(it["rust_version"].as_str()?))))
            .collect();
        Self { names, dependencies, members, rust_versions }
    }

    /// The names of the workspace's members.
    pub fn members(&self) -> Vec<&str> {
        self.members.keys().map(String::as_str).collect()
    }

    /// The packages that a member names in its manifest.
    ///
    /// # Panics
    /// When the workspace has no such member.
    pub fn direct_dependencies(&self, member: &str) -> BTreeSet<&str> {
        self.dependencies[&self.members[member]].iter().map(|id| self.names[id].as_str()).collect()
    }

    /// All packages that a member is built from.
    ///
    /// # Panics
    /// When the workspace has no such member.
    pub fn all_dependencies(&self, member: &str) -> BTreeSet<&str> {
        self.ids_below(member).into_iter().map(|id| self.names[id].as_str()).collect()
    }

    /// The lowest Rust version that the manifest of a member names.
    ///
    /// # Panics
    /// When the workspace has no such member, or its manifest names none.
    pub fn rust_version(&self, member: &str) -> RustVersion {
        self.rust_versions[&self.members[member]]
    }

    /// The packages that a member is built from with the Rust version that each needs, the highest last.
    ///
    /// # Panics
    /// When the workspace has no such member.
    pub fn rust_versions_below(&self, member: &str) -> Vec<(RustVersion, &str)> {
        let ids = self.ids_below(member).into_iter();
        let mut versions: Vec<_> =
            ids.filter_map(|id| Some((*self.rust_versions.get(id)?, self.names[id].as_str()))).collect();
        versions.sort_unstable();
        versions
    }

    /// The ids of all packages that a member is built from.
    fn ids_below(&self, member: &str) -> BTreeSet<&String> {
        let mut seen = BTreeSet::new();
        let mut pending = vec![&self.members[member]];
        while let Some(id) = pending.pop() {
            for dependency in &self.dependencies[id] {
                if seen.insert(dependency) {
                    pending.push(dependency);
                }
            }
        }
        seen
    }

    /// The ids of all resolved packages of this name: one for each version.
    pub fn versions_of(&self, name: &str) -> Vec<&str> {
        // Metadata also lists packages that no enabled feature needs; only resolved nodes count.
        self.dependencies.keys().filter(|id| self.names[*id] == name).map(String::as_str).collect()
    }
}

/// `1.89` or `1.88.0`.
fn rust_version(text: &str) -> RustVersion {
    let mut parts = text.split('.').map(|part| part.parse().expect("a number in a Rust version"));
    [(); 3].map(|()| parts.next().unwrap_or_default())
}

fn is_built_with(dependency: &Value) -> bool {
    list(&dependency["dep_kinds"]).iter().any(|it| it["kind"] != "dev")
}

fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = String::from_utf8(run(Command::new(rustc).arg("-vV"))).expect("rustc prints UTF-8");
    output.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string in cargo's metadata").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
