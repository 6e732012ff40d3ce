"""Compares the public API of a crate with its baseline.

The baseline has the version for which it was recorded, and a line for each feature, item and implemented trait. A line that is
gone is a breaking change: the version must be incompatible with the recorded one. The line of an exhaustive type lists its
fields or variants, and that of a trait its required items, so that an addition there is a breaking change, too. Any other line
that is new must be recorded.

    public_api.py Cargo.toml RUSTDOC.json BASELINE             fails when they differ
    public_api.py Cargo.toml RUSTDOC.json BASELINE --record    writes the baseline, unless a breaking change lacks its version
"""

import json
import pathlib
import sys
import tomllib

import rust_types

# Others are implemented by every type, or have no name in stable Rust.
AUTO_TRAITS = {"Send", "Sync", "Unpin"}
NOT_IN_API = {"StructuralPartialEq"}


class Api:
    """The lines of a crate that rustdoc has described in JSON."""

    def __init__(self, document):
        self.index = document["index"]
        root = self.index[str(document["root"])]
        # Id to public path. The types of signatures are named by it.
        self.public = {}
        self.walk(root, root["name"], lambda item, path: self.public.setdefault(item["id"], path))
        self.types = rust_types.Types(self.public, document["paths"])
        self.lines = set()
        self.walk(root, root["name"], self.add)

    def item(self, item_id):
        return self.index.get(str(item_id))

    def walk(self, module, path, visit):
        """Calls `visit` with each public item below a module and its path. Re-exports of the crate's own items are followed."""
        for item_id in module["inner"]["module"]["items"]:
            item = self.item(item_id)
            if use := item["inner"].get("use"):
                target = self.item(use["id"])
                if target is None:
                    visit(item, f"{path}::{use['name']}")
                    continue
                if use["is_glob"]:
                    self.walk(target, path, visit)
                    continue
                item, name = target, use["name"]
            else:
                name = item["name"]
            visit(item, f"{path}::{name}")
            if "module" in item["inner"]:
                self.walk(item, f"{path}::{name}", visit)

    def add(self, item, path):
        ((kind, inner),) = item["inner"].items()
        getattr(self, f"add_{kind}")(item, inner, path)

    def add_module(self, _item, _inner, path):
        self.lines.add(f"mod {path}")

    def add_use(self, _item, inner, path):
        self.lines.add(f"use {self.types.name_of(inner['id'])} as {path}")

    def add_function(self, _item, inner, path):
        self.lines.add(self.types.function(inner, path))

    def add_constant(self, _item, inner, path):
        self.lines.add(f"const {path}: {self.types.render(inner['type'])}")

    def add_static(self, _item, inner, path):
        self.lines.add(f"static {path}: {self.types.render(inner['type'])}")

    def add_type_alias(self, _item, inner, path):
        generics = self.types.generics(inner["generics"])
        self.lines.add(f"type {path}{generics} = {self.types.render(inner['type'])}")

    def add_macro(self, _item, _inner, path):
        self.lines.add(f"macro {path}")

    def add_struct(self, item, inner, path):
        ((kind, fields),) = inner["kind"].items() if isinstance(inner["kind"], dict) else [(inner["kind"], [])]
        if kind == "plain":
            is_open, fields = fields["has_stripped_fields"], fields["fields"]
        else:
            is_open = None in fields
        fields = [self.item(field) for field in fields if field is not None]
        self.add_type("struct", item, inner, path, fields, is_open)
        self.add_fields(path, fields)

    def add_enum(self, item, inner, path):
        variants = [self.item(variant) for variant in inner["variants"]]
        self.add_type("enum", item, inner, path, variants, inner["has_stripped_variants"])
        for variant in variants:
            kind = variant["inner"]["variant"]["kind"]
            if kind == "plain":
                self.lines.add(f"{non_exhaustive(variant)}variant {path}::{variant['name']}")
                continue
            fields = kind["tuple"] if "tuple" in kind else kind["struct"]["fields"]
            fields = [self.item(field) for field in fields if field is not None]
            names = ", ".join(field["name"] for field in fields)
            self.lines.add(f"{non_exhaustive(variant)}variant {path}::{variant['name']}({names})")
            self.add_fields(f"{path}::{variant['name']}", fields)

    def add_type(self, kind, item, inner, path, members, is_open):
        """The line of a type, and those of its methods and traits. `is_open`: it has private members."""
        is_open = is_open or "#[non_exhaustive]" in item["attrs"]
        names = [".."] if is_open else [member["name"] for member in members]
        generics = self.types.generics(inner["generics"])
        self.lines.add(f"{non_exhaustive(item)}{kind} {path}{generics} {{ {', '.join(names)} }}")
        for impl in inner["impls"]:
            self.add_impl(self.item(impl)["inner"]["impl"], path)

    def add_fields(self, path, fields):
        for field in fields:
            self.lines.add(f"field {path}::{field['name']}: {self.types.render(field['inner']['struct_field'])}")

    def add_impl(self, impl, path):
        if impl["trait"] is None:
            generics = self.types.generics(impl["generics"])
            for item in map(self.item, impl["items"]):
                self.add_associated(item, f"{path}::{item['name']}", generics)
            return
        name = impl["trait"]["path"].rsplit("::")[-1]
        if impl["blanket_impl"] or name in NOT_IN_API or (impl["is_synthetic"] and name not in AUTO_TRAITS):
            return
        items = [item for item in map(self.item, impl["items"]) if "assoc_type" in item["inner"]]
        types = [f"{item['name']} = {self.types.render(item['inner']['assoc_type']['type'])}" for item in items]
        generics, negative = self.types.generics(impl["generics"]), "!" if impl["is_negative"] else ""
        trait, target = self.types.path(impl["trait"]), self.types.render(impl["for"])
        self.lines.add(f"impl{generics} {negative}{trait} for {target}" + (f" {{ {', '.join(types)} }}" if types else ""))

    def add_associated(self, item, path, suffix=""):
        """A method, constant or type of an implementation or a trait."""
        ((kind, inner),) = item["inner"].items()
        if kind == "function":
            self.lines.add(self.types.function(inner, path, suffix))
        elif kind == "assoc_const":
            self.lines.add(f"const {path}: {self.types.render(inner['type'])}")
        else:
            self.lines.add(f"type {path}: {self.types.bounds(inner['bounds'])}")

    def add_trait(self, _item, inner, path):
        items = [self.item(item) for item in inner["items"]]
        bounds, required = self.types.bounds(inner["bounds"]), [item["name"] for item in items if is_required(item)]
        generics = self.types.generics(inner["generics"])
        self.lines.add(f"trait {path}{generics}: {bounds} {{ {', '.join(required)} }}")
        for item in items:
            self.add_associated(item, f"{path}::{item['name']}")
        for impl in map(self.item, inner["implementations"]):
            # Those of the crate's own types are listed there.
            impl = impl["inner"]["impl"]
            if impl["for"].get("resolved_path", {}).get("id") not in self.public:
                self.add_impl(impl, path)


def non_exhaustive(item):
    return "#[non_exhaustive] " if "#[non_exhaustive]" in item["attrs"] else ""


def is_required(item):
    ((kind, inner),) = item["inner"].items()
    return not inner["has_body"] if kind == "function" else inner.get("value", inner.get("type")) is None


def features(manifest):
    """A line for each feature; those of the default are one line each, too."""
    names = manifest.get("features", {})
    return {f"feature {name}" for name in names} | {f"default feature {name}" for name in names.get("default", [])}


def is_incompatible(version, recorded):
    """Whether Cargo does not replace `recorded` with `version`, which is newer."""
    new, old = ([int(part) for part in text.split(".")[:3]] for text in (version, recorded))
    first = next((at for at in range(3) if old[at]), 2)
    return new[: first + 1] > old[: first + 1]


def compare(current, version, baseline):
    """The lines that differ, as text, and what is wrong: `None`, `"record"` or `"breaking"`."""
    recorded, *lines = baseline.splitlines() or [""]
    gone, new = sorted(set(lines) - current), sorted(current - set(lines))
    text = "".join(f"- {line}\n" for line in gone) + "".join(f"+ {line}\n" for line in new)
    recorded_version = recorded.rpartition(" ")[2]
    if gone and not is_incompatible(version, recorded_version):
        return text, "breaking"
    return text, "record" if text or recorded_version != version else None


def main(manifest, rustdoc, baseline, option=None):
    package = tomllib.loads(pathlib.Path(manifest).read_text(encoding="utf-8"))
    name, version, baseline = package["package"]["name"], package["package"]["version"], pathlib.Path(baseline)
    current = Api(json.loads(pathlib.Path(rustdoc).read_text(encoding="utf-8"))).lines | features(package)
    recorded = baseline.read_text(encoding="utf-8") if baseline.exists() else ""
    differences, wrong = compare(current, version, recorded)
    if wrong == "breaking":
        sys.exit(
            f"{differences}Breaking changes of the public API of {name} {version}: keep the items, or raise the version in "
            "crates/telemetry/Cargo.toml to an incompatible one. List the change in CHANGELOG.md."
        )
    if wrong and option != "--record":
        sys.exit(
            f"{differences}The public API of {name} {version} is not the one in {baseline}: record it with "
            "`.ci/steps/package --record`, and list the change in CHANGELOG.md."
        )
    if wrong:
        text = "\n".join([f"{name} {version}", *sorted(current, key=by_path)])
        baseline.write_text(text + "\n", encoding="utf-8")
        print(f"{differences}recorded in {baseline}")
    else:
        print(f"the public API is that of {baseline}: {len(current)} lines")


def by_path(line):
    """Features first, then items by their paths, then implementations."""
    words = line.removeprefix("#[non_exhaustive] ").split()
    return ("feature" not in line.split(), line.startswith("impl"), words[1], line)


if __name__ == "__main__":
    main(*sys.argv[1:])
