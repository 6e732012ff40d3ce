//! Embeds the files of `ui/`, and fills in the preload list of each page: the modules that its entry script imports.

use std::{
    collections::BTreeSet,
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

const PAGES: [&str; 3] = ["index.html", "trace.html", "doctor.html"];
/// Replaced by a `<link rel="modulepreload">` for each module, so that the browser loads them in parallel.
const MARKER: &str = "<!-- modulepreload -->\n";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=ui");
    let ui = folder("CARGO_MANIFEST_DIR").join("ui");
    let out = folder("OUT_DIR");
    let mut files = Vec::new();
    collect(&ui.join("assets"), &mut files)?;
    files.sort();

    let mut table = String::from("&[\n");
    for page in PAGES {
        fs::write(out.join(page), with_preloads(&ui, page)?)?;
        embed(&mut table, page, "OUT_DIR", page);
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

fn with_preloads(ui: &Path, page: &str) -> io::Result<String> {
    let html = fs::read_to_string(ui.join(page))?;
    let entry = between(&html, "<script type=\"module\" src=\"/", "\"")
        .ok_or_else(|| invalid(format!("{page} has no entry script")))?;
    if !html.contains(MARKER) {
        return Err(invalid(format!("{page} has no line {MARKER}")));
    }
    let mut links = String::new();
    for module in imported(ui, entry)? {
        // Writing to a string cannot fail.
        let _ = writeln!(links, "<link rel=\"modulepreload\" href=\"/{module}\">");
    }
    Ok(html.replace(MARKER, &links))
}

/// All modules that `entry` imports, directly or indirectly, as paths below `ui/`.
fn imported(ui: &Path, entry: &str) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut pending = vec![entry.to_owned()];
    while let Some(module) = pending.pop() {
        let source = fs::read_to_string(ui.join(&module))
            .map_err(|error| invalid(format!("cannot read the imported module {module}: {error}")))?;
        for specifier in imports(&source) {
            let target = resolve(&module, specifier);
            if found.insert(target.clone()) {
                pending.push(target);
            }
        }
    }
    Ok(found)
}

/// The specifiers of a module's import statements. Each statement starts a line and ends with a semicolon, as the
/// formatter writes it.
fn imports(source: &str) -> impl Iterator<Item = &str> {
    source
        .match_indices("import ")
        .filter(|(at, _)| *at == 0 || source.as_bytes()[at - 1] == b'\n')
        .filter_map(|(at, _)| source[at..].split_once(';'))
        .filter_map(|(statement, _)| between(statement, "from \"", "\""))
}

/// `./x.js` and `../folder/x.js`, relative to the importing module.
fn resolve(module: &str, specifier: &str) -> String {
    let mut path: Vec<&str> = module.split('/').collect();
    path.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    path.join("/")
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
