//! Embeds the files of `ui/`. In each page, the script that imports all other modules is replaced by a bundle of them, so
//! that a browser loads the page in a few requests. Decision 0036 has the figures.

mod bundle;
mod source_map;

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use crate::bundle::Bundle;

const PAGES: [&str; 3] = ["index.html", "trace.html", "doctor.html"];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=ui");
    println!("cargo:rerun-if-changed=build");
    let ui = folder("CARGO_MANIFEST_DIR").join("ui");
    let out = folder("OUT_DIR");
    let mut files = Vec::new();
    collect(&ui.join("assets"), &mut files)?;
    files.sort();

    let mut table = String::from("&[\n");
    for page in PAGES {
        let html = fs::read_to_string(ui.join(page))?;
        let entry = entry_script(&html).ok_or_else(|| invalid(format!("{page} has no entry script")))?;
        let stem = entry.trim_end_matches(".js");
        let (script, map) = (format!("{stem}.bundle.js"), format!("{stem}.bundle.js.map"));
        let bundle = Bundle::new(&ui, entry)?;
        let html = html.replace(&format!("src=\"/{entry}\""), &format!("src=\"/{script}\""));
        for (name, content) in [
            (page, html),
            (&script, format!("{}//# sourceMappingURL=/{map}\n", bundle.script)),
            (&map, bundle.source_map),
        ] {
            let file = name.replace('/', "-");
            fs::write(out.join(&file), content)?;
            embed(&mut table, name, "OUT_DIR", &file);
        }
    }
    for file in &files {
        let name = file.strip_prefix(&ui).unwrap_or(file).to_string_lossy().replace('\\', "/");
        embed(&mut table, &name, "CARGO_MANIFEST_DIR", &format!("ui/{name}"));
    }
    table.push_str("]\n");
    fs::write(out.join("ui_files.rs"), table)
}

fn folder(variable: &str) -> PathBuf {
    PathBuf::from(env::var_os(variable).unwrap_or_default())
}

/// The path is resolved when the crate is compiled, because a checkout may have moved since the build script ran.
fn embed(table: &mut String, name: &str, folder: &str, path: &str) {
    let path = format!("/{path}");
    // Writing to a string cannot fail.
    let _ = writeln!(table, "    ({name:?}, include_bytes!(concat!(env!({folder:?}), {path:?}))),");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The path below `ui/` of the module that a page loads.
fn entry_script(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once("<script type=\"module\" src=\"/")?;
    rest.split_once('"').map(|(path, _)| path)
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
