"""Tests of report.py: `python3 .ci/python/test_report.py`, which `.ci/run documents` runs."""

import os
import pathlib
import tempfile
import unittest

import report

FIRST = "The whole system\tready\t30 ms\t1 s\t.ci/run figures\nThe waterfall\tidle\t10 MB\t25 MB\\*\t.ci/run alone\n"
SECOND = "The waterfall\tidle\t11 MB\t25 MB\\*\t.ci/run alone\nThe waterfall\tready | alone\t6 ms\t\t.ci/run alone\n"


class Report(unittest.TestCase):
    def test_a_page_reads_back_as_its_rows(self):
        page = report.update("", FIRST, "today")
        self.assertEqual(report.render(report.read_page(page)), page)
        self.assertIn("| ready | 30 ms | 1 s | `.ci/run figures` | today |", page)

    def test_a_command_replaces_its_rows_and_leaves_the_others(self):
        page = report.update(report.update("", FIRST, "monday"), SECOND, "tuesday")
        self.assertIn("| ready | 30 ms | 1 s | `.ci/run figures` | monday |", page)
        self.assertIn("| idle | 11 MB | 25 MB\\* | `.ci/run alone` | tuesday |", page)
        self.assertIn("| ready \\| alone | 6 ms |", page)
        self.assertNotIn("10 MB", page)
        self.assertEqual(report.render(report.read_page(page)), page)

    def test_the_last_of_two_equal_figures_counts(self):
        page = report.update("", FIRST + FIRST.replace("30 ms", "31 ms"), "today")
        self.assertIn("| ready | 31 ms |", page)
        self.assertNotIn("30 ms", page)

    def test_an_unknown_section_is_an_error(self):
        with self.assertRaises(AssertionError):
            report.update("", "Elsewhere\ta\tb\tc\td\n", "today")

    def test_figures_are_reported_only_if_ci_figures_is_set(self):
        os.environ.pop("CI_FIGURES", None)
        report.figure(report.SYSTEM, "ready", "30 ms", "1 s", ".ci/run figures")
        with tempfile.TemporaryDirectory() as folder:
            os.environ["CI_FIGURES"] = f"{folder}/figures"
            report.figure(report.SYSTEM, "ready", "30 ms", "1 s", ".ci/run figures")
            self.assertEqual(pathlib.Path(f"{folder}/figures").read_text(), FIRST.splitlines(keepends=True)[0])


if __name__ == "__main__":
    unittest.main()
