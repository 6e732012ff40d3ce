//! The imports between the modules of one crate, read from the paths in its source files.
//!
//! A path that begins with `crate`, `self` or `super` is an import, wherever it stands: in a `use`, a type, an expression
//! or a macro call. Code under `#[cfg(test)]` does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A module's path below its crate: `["span", "slab"]`. The crate root is empty.
type ModulePath = Vec<String>;

/// The modules of a crate, and what each file imports.
#[derive(Debug, Default)]
pub struct Modules {
    /// For each source file's module: the modules that its paths lead to.
    imports: BTreeMap<ModulePath, BTreeSet<ModulePath>>,
}

impl Modules {
    /// Reads all source files below `src`.
    ///
    /// # Errors
    /// When a file cannot be read or is not Rust.
    pub fn read(src: &Path) -> io::Result<Self> {
        let mut sources = BTreeMap::new();
        for file in source_files(src)? {
            let tokens: TokenStream = fs::read_to_string(&file)?
                .parse()
                .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
            sources.insert(module_of(src, &file), tokens);
        }
        Ok(Self::from_sources(sources))
    }

    fn from_sources(mut sources: BTreeMap<ModulePath, TokenStream>) -> Self {
        let mut files: Vec<(ModulePath, FilePaths)> = Vec::new();
        let mut tests = BTreeSet::new();
        for (module, tokens) in &sources {
            let mut paths = FilePaths::default();
            paths.collect(module, tokens.clone());
            tests.append(&mut paths.test_modules);
            files.push((module.clone(), paths));
        }
        let is_test = |module: &ModulePath| tests.iter().any(|test| module.starts_with(test));
        files.retain(|(module, _)| !is_test(module));
        sources.retain(|module, _| !is_test(module));
        let imports = files
            .into_iter()
            .map(|(module, paths)| {
                let targets = paths.absolute.iter().map(|path| owner(path, &sources)).collect();
                (module, targets)
            })
            .collect();
        Self { imports }
    }

    /// For each top-level module: the other top-level modules that it imports. A path to an item of the crate root
    /// appears as `crate`. The root itself, which declares and re-exports, is left out.
    pub fn top_level_imports(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
        for (module, targets) in &self.imports {
            let Some(name) = module.first() else { continue };
            let imports = graph.entry(name.clone()).or_default();
            let tops = targets.iter().map(|target| target.first().map_or("crate", String::as_str));
            imports.extend(tops.filter(|top| top != name).map(str::to_owned));
        }
        graph
    }

    /// Modules of one parent that import each other in a circle, each circle as the paths of its modules.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let parents: BTreeSet<&[String]> =
            self.imports.keys().filter_map(|module| module.split_last()).map(|(_, parent)| parent).collect();
        parents.into_iter().flat_map(|parent| self.circles_below(parent)).collect()
    }

    fn circles_below(&self, parent: &[String]) -> Vec<Vec<String>> {
        let child = |module: &ModulePath| match module.strip_prefix(parent) {
            Some([name, ..]) => Some(name.clone()),
            _ => None,
        };
        let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
        for (module, targets) in &self.imports {
            let Some(from) = child(module) else { continue };
            let imports = graph.entry(from.clone()).or_default();
            imports.extend(targets.iter().filter_map(child).filter(|to| *to != from));
        }
        let full_path = |name: &String| [parent, std::slice::from_ref(name)].concat().join("::");
        strongly_connected(&graph).iter().map(|circle| circle.iter().map(full_path).collect()).collect()
    }
}

/// The groups of at least two nodes in which each reaches every other.
fn strongly_connected(graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reachable = |start: &String| {
        let mut seen = BTreeSet::new();
        let mut pending = vec![start];
        while let Some(node) = pending.pop() {
            for next in graph.get(node).into_iter().flatten() {
                if seen.insert(next) {
                    pending.push(next);
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&String, BTreeSet<&String>> =
        graph.keys().map(|node| (node, reachable(node))).collect();
    let mut groups = BTreeSet::new();
    for (node, reached) in &reach {
        let group: Vec<String> = reached
            .iter()
            .filter(|other| reach.get(*other).is_some_and(|back| back.contains(node)))
            .map(|other| (*other).clone())
            .collect();
        if group.len() > 1 {
            groups.insert(group);
        }
    }
    groups.into_iter().collect()
}

/// The paths of one source file.
#[derive(Default)]
struct FilePaths {
    /// Paths below the crate root, as far as they are identifiers.
    absolute: BTreeSet<Vec<String>>,
    /// Modules that are declared under `#[cfg(test)]`.
    test_modules: BTreeSet<ModulePath>,
}

impl FilePaths {
    fn collect(&mut self, module: &[String], tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.collect_at(module, &tokens, at);
        }
    }

    /// Reads what begins at a token, and returns where the next reading begins.
    fn collect_at(&mut self, module: &[String], tokens: &[TokenTree], at: usize) -> usize {
        match &tokens[at..] {
            [TokenTree::Punct(hash), TokenTree::Group(attribute), rest @ ..]
                if hash.as_char() == '#' && is_test_only(&attribute.stream()) =>
            {
                if let Some(name) = declared_module(rest) {
                    self.test_modules.insert([module, &[name]].concat());
                }
                at + 2 + item_length(rest)
            }
            [TokenTree::Ident(keyword), TokenTree::Ident(name), TokenTree::Group(body), ..]
                if keyword == "mod" && body.delimiter() == Delimiter::Brace =>
            {
                self.collect(&[module, &[name.to_string()]].concat(), body.stream());
                at + 3
            }
            [TokenTree::Ident(start), rest @ ..] if begins_path(start, rest) && !is_segment(tokens, at) => {
                let base = if start == "crate" { &[] } else { module };
                self.collect_path(base.to_vec(), &tokens[at..]);
                at + 1
            }
            [TokenTree::Group(group), ..] => {
                self.collect(module, group.stream());
                at + 1
            }
            _ => at + 1,
        }
    }

    /// Reads a path, or all paths of a group in a `use`. `base` is the module that it is relative to.
    fn collect_path(&mut self, mut base: Vec<String>, tokens: &[TokenTree]) {
        let mut rest = tokens;
        loop {
            match rest {
                [TokenTree::Ident(segment), after @ ..] => {
                    match segment.to_string().as_str() {
                        "crate" | "self" => {}
                        "super" => drop(base.pop()),
                        name => base.push(name.to_owned()),
                    }
                    rest = after;
                }
                [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    // A trailing comma leaves an empty branch.
                    for branch in inner.split(|token| is_punct(token, ',')).filter(|it| !it.is_empty()) {
                        self.collect_path(base.clone(), branch);
                    }
                    return;
                }
                _ => break,
            }
            match rest {
                [first, second, after @ ..] if is_punct(first, ':') && is_punct(second, ':') => rest = after,
                _ => break,
            }
        }
        self.absolute.insert(base);
    }
}

/// The module that a path leads to: the longest part of it that is a module.
fn owner(path: &[String], sources: &BTreeMap<ModulePath, TokenStream>) -> ModulePath {
    (0..=path.len())
        .rev()
        .map(|length| path[..length].to_vec())
        .find(|it| sources.contains_key(it))
        .unwrap_or_default()
}

fn begins_path(start: &proc_macro2::Ident, rest: &[TokenTree]) -> bool {
    let relative = start == "crate" || start == "self" || start == "super";
    relative && matches!(rest, [first, second, ..] if is_punct(first, ':') && is_punct(second, ':'))
}

/// Whether the token follows a `::`, and so belongs to a path that began before it.
fn is_segment(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_punct(&tokens[at - 1], ':') && is_punct(&tokens[at - 2], ':')
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// `cfg(test)`, or `cfg(all(test, ..))`.
fn is_test_only(attribute: &TokenStream) -> bool {
    let text: String = attribute.to_string().split_whitespace().collect();
    text.starts_with("cfg(test)") || text.starts_with("cfg(all(test,")
}

/// The name in `mod name ..`, which attributes and a visibility may precede.
fn declared_module(item: &[TokenTree]) -> Option<String> {
    let item = &item[..item_length(item)];
    item.windows(2).find_map(|pair| match pair {
        [TokenTree::Ident(keyword), TokenTree::Ident(name)] if keyword == "mod" => Some(name.to_string()),
        _ => None,
    })
}

/// How many tokens an item has: it ends with a semicolon or a block.
fn item_length(item: &[TokenTree]) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => is_punct(other, ';'),
    };
    item.iter().position(ends).map_or(item.len(), |last| last + 1)
}

fn source_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.append(&mut source_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// `span/slab.rs` is `span::slab`, `span/mod.rs` is `span`, `lib.rs` and `main.rs` are the root.
fn module_of(src: &Path, file: &Path) -> ModulePath {
    let relative = file.strip_prefix(src).unwrap_or(file).with_extension("");
    let mut path: ModulePath = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let is_root = path.len() == 1 && (path[0] == "lib" || path[0] == "main");
    if is_root || path.last().is_some_and(|last| last == "mod") {
        path.pop();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(sources: &[(&str, &str)]) -> Modules {
        let split =
            |path: &str| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let parse = |(path, text): &(&str, &str)| (split(path), text.parse().unwrap());
        Modules::from_sources(sources.iter().map(parse).collect())
    }

    fn imports_of(text: &str) -> Vec<String> {
        let read =
            modules(&[("", ""), ("a", text), ("a::below", ""), ("b", ""), ("b::inner", ""), ("c", "")]);
        read.top_level_imports()["a"].iter().cloned().collect()
    }

    #[test]
    fn every_kind_of_path_is_an_import() {
        assert_eq!(imports_of("use crate::b::X;"), ["b"]);
        assert_eq!(imports_of("use crate::{b::{self, inner::Y}, c::Z};"), ["b", "c"]);
        assert_eq!(imports_of("use crate::{b::{inner::Y,}, c::Z,};"), ["b", "c"]);
        assert_eq!(imports_of("use super::c;"), ["c"]);
        assert_eq!(imports_of("fn f(x: crate::b::X) -> u8 { crate::c::g(x) }"), ["b", "c"]);
        assert_eq!(imports_of("fn f() { info!(x = crate::b::X) }"), ["b"]);
        assert_eq!(imports_of("mod inline { use super::super::b::X; }"), ["b"]);
        assert_eq!(
            imports_of("use self::below::X; use std::super_like::crate_like; pub(crate) struct X;"),
            [""; 0]
        );
    }

    #[test]
    fn an_item_of_the_crate_root_counts_as_the_root() {
        assert_eq!(imports_of("use crate::Reexported;"), ["crate"]);
    }

    #[test]
    fn test_code_may_import_anything() {
        assert_eq!(imports_of("#[cfg(test)] mod tests { use crate::b::X; } use crate::c;"), ["c"]);
        assert_eq!(
            imports_of("#[cfg(test)] use crate::b::X; #[cfg(test)] fn f() { crate::b::g() }"),
            [""; 0]
        );
        let read = modules(&[("", "#[cfg(test)] mod tests;"), ("a", ""), ("tests", "use crate::a;")]);
        assert!(!read.top_level_imports().contains_key("tests"));
    }

    #[test]
    fn circles_are_found_at_every_level() {
        let read = modules(&[
            ("", ""),
            ("a", "use crate::b;"),
            ("b", ""),
            ("b::x", "use super::y::Y;"),
            ("b::y", "use crate::b::z::Z;"),
            ("b::z", "use super::x;"),
            ("b::w", "use super::x;"),
        ]);
        assert_eq!(read.circles(), [["b::x", "b::y", "b::z"]]);
    }
}
