"""Tests of public_api.py with the rustdoc on PATH: `.ci/steps/package` runs them with the toolchain of the baseline."""

import contextlib
import io
import os
import pathlib
import subprocess
import tempfile
import unittest

import public_api

MANIFEST = '[package]\nname = "small"\nversion = "{version}"\n[features]\ndefault = ["grpc"]\ngrpc = []\n'
SOURCE = """
mod hidden {
    pub struct Inner;
    #[derive(Clone)]
    pub struct Options { pub name: String, pub(crate) limit: usize }
    pub enum Closed { A, B(u8) }
    #[non_exhaustive]
    pub enum Open { A }
    pub trait Named { fn name(&self) -> &str; fn length(&self) -> usize { self.name().len() } }
    impl Options { pub fn apply<T: Into<String>>(&mut self, first: T, rest: &[Inner]) -> Option<&str> { None } }
}
pub use hidden::{Closed, Named, Open, Options};
/// Text.
pub const LIMIT: usize = 5;
"""


class PublicApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.compare("0.1.0", SOURCE, "--record")
        cls.baseline = (cls.folder / "api.txt").read_text(encoding="utf-8")

    def setUp(self):
        (self.folder / "api.txt").write_text(self.baseline, encoding="utf-8")

    @classmethod
    def compare(cls, version, source, *options):
        """`None` if the API is the recorded one, or else why not. The source replaces the crate."""
        (cls.folder / "Cargo.toml").write_text(MANIFEST.format(version=version), encoding="utf-8")
        (cls.folder / "lib.rs").write_text(source, encoding="utf-8")
        flags = ["--edition", "2024", "--crate-name", "small", "--crate-version", version]
        command = ["rustdoc", *flags, "-Zunstable-options", "--output-format", "json", "--cap-lints", "allow", "lib.rs"]
        subprocess.run(command, cwd=cls.folder, env=os.environ | {"RUSTC_BOOTSTRAP": "1"}, check=True)
        files = [cls.folder / name for name in ("Cargo.toml", "doc/small.json", "api.txt")]
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                public_api.main(*files, *options)
        except SystemExit as error:
            return error.code
        return None

    def assert_breaking(self, source, gone):
        for options in ([], ["--record"]):
            difference = self.compare("0.1.1", source, *options)
            self.assertIn(f"- {gone}\n", difference)
            self.assertIn("raise the version in crates/telemetry/Cargo.toml", difference)

    def test_the_same_api_passes_with_other_private_items_docs_and_names_of_parameters(self):
        source = SOURCE.replace("limit: usize", "limit: u8").replace("Text.", "Words.").replace("first: T", "value: T")
        self.assertNotEqual(source, SOURCE)
        self.assertIsNone(self.compare("0.1.0", source))

    def test_lines_name_the_public_path_and_the_whole_signature(self):
        lines = self.baseline.splitlines()
        self.assertEqual(lines[:4], ["small 0.1.0", "feature default", "default feature grpc", "feature grpc"])
        self.assertIn("fn small::Options::apply<T: Into<String>>(&mut self, T, &[_]) -> Option<&str>", lines)
        self.assertIn("enum small::Closed { A, B }", lines)
        self.assertIn("trait small::Named:  { name }", lines)
        self.assertIn("impl Clone for small::Options", lines)

    def test_a_removed_item_is_a_breaking_change(self):
        self.assert_breaking(SOURCE.replace("pub const LIMIT", "const LIMIT"), "const small::LIMIT: usize")

    def test_a_changed_signature_is_a_breaking_change(self):
        gone = "fn small::Options::apply<T: Into<String>>(&mut self, T, &[_]) -> Option<&str>"
        self.assert_breaking(SOURCE.replace("T: Into<String>", "T: Into<String> + Copy"), gone)

    def test_a_trait_or_an_auto_trait_that_is_lost_is_a_breaking_change(self):
        self.assert_breaking(SOURCE.replace("#[derive(Clone)]", ""), "impl Clone for small::Options")
        source = SOURCE.replace("limit: usize", "limit: std::rc::Rc<u8>")
        self.assert_breaking(source, "impl Send for small::Options")

    def test_a_new_variant_of_an_exhaustive_enum_and_a_new_required_method_are_breaking_changes(self):
        self.assert_breaking(SOURCE.replace("B(u8)", "B(u8), C"), "enum small::Closed { A, B }")
        self.assert_breaking(SOURCE.replace("fn name", "fn other(&self); fn name"), "trait small::Named:  { name }")

    def test_an_addition_must_be_recorded(self):
        with_variant = SOURCE.replace("pub enum Open { A }", "pub enum Open { A, B }")
        with_default = with_variant + "impl Default for Options { fn default() -> Self { todo!() } }"
        for source in (with_variant, with_default):
            self.assertIn("record it with", self.compare("0.1.0", source))
            self.assertIsNone(self.compare("0.1.0", source, "--record"))
            self.assertIsNone(self.compare("0.1.0", source))

    def test_a_breaking_change_is_recorded_with_an_incompatible_version(self):
        source = SOURCE.replace("pub const LIMIT", "const LIMIT")
        self.assertIn("record it with", self.compare("0.2.0", source))
        self.assertIsNone(self.compare("0.2.0", source, "--record"))
        self.assertIsNone(self.compare("0.2.0", source))

    def test_versions_that_cargo_does_not_exchange_are_incompatible(self):
        for old, new in [("0.1.0", "0.2.0"), ("1.2.3", "2.0.0"), ("0.0.1", "0.0.2"), ("0.9.0", "1.0.0")]:
            self.assertTrue(public_api.is_incompatible(new, old), (old, new))
        for old, new in [("0.1.0", "0.1.1"), ("1.2.3", "1.9.0"), ("0.2.0", "0.1.0"), ("0.1.0", "0.1.0")]:
            self.assertFalse(public_api.is_incompatible(new, old), (old, new))


if __name__ == "__main__":
    unittest.main()
