//! All modules that a page needs, as one script.
//!
//! Each module becomes a function that returns its exports, called once, after the modules that it imports. That is what
//! a browser does with modules, as long as they export only functions, classes and constants, import them by name, and
//! do not import one another in a cycle; anything else is an error of the build. Lines are kept, so that the source map
//! needs no columns.

use std::{fmt::Write, fs, io, path::Path};

use crate::{invalid, source_map::SourceMap};

pub(crate) struct Bundle {
    pub(crate) script: String,
    pub(crate) source_map: String,
}

impl Bundle {
    /// `entry` is the path of a module below `ui`.
    pub(crate) fn new(ui: &Path, entry: &str) -> io::Result<Self> {
        let mut writer = Writer { ui, modules: Vec::new(), script: String::new(), map: SourceMap::default() };
        writer.add(entry, &mut Vec::new())?;
        Ok(Self { script: writer.script, source_map: writer.map.to_json() })
    }
}

struct Writer<'a> {
    ui: &'a Path,
    /// Paths of the modules that the script has already, in order.
    modules: Vec<String>,
    script: String,
    map: SourceMap,
}

impl Writer<'_> {
    /// Adds a module and, before it, what it imports; returns the name of its exports.
    fn add(&mut self, module: &str, importers: &mut Vec<String>) -> io::Result<String> {
        if let Some(number) = self.modules.iter().position(|known| known == module) {
            return Ok(name(number));
        }
        if importers.iter().any(|importer| importer == module) {
            return Err(invalid(format!("import cycle: {} -> {module}", importers.join(" -> "))));
        }
        let source = fs::read_to_string(self.ui.join(module))
            .map_err(|error| invalid(format!("cannot read the module {module}: {error}")))?;
        importers.push(module.to_owned());
        let mut body = String::with_capacity(source.len());
        let mut exports = Vec::new();
        for statement in statements(&source) {
            if statement.starts_with("import ") {
                body += &self.import(module, statement, importers)?;
            } else if let Some(declaration) = statement.strip_prefix("export ") {
                exports.push(declared(module, declaration)?);
                body += declaration;
            } else {
                body += statement;
            }
        }
        importers.pop();
        let number = self.modules.len();
        self.modules.push(module.to_owned());
        // Writing to a string cannot fail.
        let _ = write!(
            self.script,
            "const {} = (() => {{\n{body}return {{ {} }};\n}})();\n",
            name(number),
            exports.join(", ")
        );
        self.map.skip_line();
        self.map.add_source(&format!("/{module}"), body.lines().count());
        self.map.skip_line();
        self.map.skip_line();
        Ok(name(number))
    }

    /// `import { a, b as c } from "./x.js";` becomes `const { a, b: c } = $1;`.
    fn import(&mut self, module: &str, statement: &str, importers: &mut Vec<String>) -> io::Result<String> {
        let unknown = || invalid(format!("{module}: the bundle cannot have {statement}"));
        let (names, specifier) = statement
            .strip_prefix("import ")
            .and_then(|rest| rest.trim_end().strip_suffix("\";"))
            .and_then(|rest| rest.split_once(" from \""))
            .filter(|(names, _)| names.starts_with('{'))
            .ok_or_else(unknown)?;
        let imported = self.add(&resolve(module, specifier), importers)?;
        Ok(format!("const {} = {imported};\n", names.replace(" as ", ": ")))
    }
}

/// A module's exports; no module of ours has such a name.
fn name(number: usize) -> String {
    format!("${number}")
}

/// Divides a module before each line that begins an import or an export, and after each import.
fn statements(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut importing) = (0, false);
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let begins = !importing && (line.starts_with("import ") || line.starts_with("export "));
        if begins && start < at {
            found.push(&source[start..at]);
            start = at;
        }
        importing |= begins && line.starts_with("import ");
        at += line.len();
        if importing && line.trim_end().ends_with(';') {
            found.push(&source[start..at]);
            (start, importing) = (at, false);
        }
    }
    if start < at {
        found.push(&source[start..at]);
    }
    found
}

/// The name that `function name(..`, `async function name(..`, `class Name ..` or `const name ..` declares.
fn declared<'a>(module: &str, declaration: &'a str) -> io::Result<&'a str> {
    ["function ", "async function ", "class ", "const "]
        .iter()
        .find_map(|keyword| declaration.strip_prefix(keyword))
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .ok_or_else(|| {
            let line = declaration.lines().next().unwrap_or_default();
            invalid(format!("{module}: the bundle cannot have export {line}"))
        })
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
