//! Prints what the modules of a crate import, lowest first, and which import each other in a circle.
//!
//! `cargo run -p architecture --example imports -- CRATE`

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use architecture::modules::Modules;

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("usage: imports CRATE")?;
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&name).join("src");
    let modules = Modules::read(&src)?;
    let mut pending = modules.top_level_imports();
    let mut printed = BTreeSet::new();
    while !pending.is_empty() {
        let ready = |imports: &BTreeSet<String>| {
            imports.iter().all(|it| printed.contains(it) || !pending.contains_key(it))
        };
        let next: Vec<String> =
            pending.iter().filter(|(_, imports)| ready(imports)).map(|(name, _)| name.clone()).collect();
        // What is left imports in a circle: its order means nothing.
        let next = if next.is_empty() { pending.keys().cloned().collect() } else { next };
        for name in next {
            let imports: Vec<String> = pending.remove(&name).into_iter().flatten().collect();
            println!("    ({name:?}, &{imports:?}),");
            printed.insert(name);
        }
    }
    for circle in modules.circles() {
        println!("circle of {}: {}", circle.len(), circle.join(", "));
    }
    Ok(())
}
