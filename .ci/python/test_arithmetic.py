"""Tests of arithmetic.py: `python3 .ci/python/test_arithmetic.py`, which `.ci/run documents` runs."""

import unittest

import arithmetic

PAGE = "| CPU time | 480 microseconds (gateway 160) |  | `.ci/run cost` | today |\n"
MEASURED = "| gateway | **160** | `.ci/run cost` |\n"


class ArithmeticTest(unittest.TestCase):
    def faults(self, text):
        return list(arithmetic.faults(MEASURED + "| 2 × 3 = 6 spans |\n" + text, PAGE))

    def test_right_calculations_have_no_fault(self):
        self.assertEqual([], self.faults("| 1 − 99% × 99% × 95% = 0.069 | 10,000 × (160 + 170) / 1,000,000 = 3.3 |\n"))

    def test_a_result_is_right_to_its_last_digit(self):
        self.assertEqual([], self.faults("| 110,000 / 674,018 = 0.16 |\n| 10 / 3 = 3.3, so 4 |\n"))

    def test_a_wrong_result_is_a_fault(self):
        self.assertEqual(["10,000 × 11 = 100,000: it is 1.1e+05"], self.faults("| 10,000 × 11 = 100,000 |\n"))

    def test_a_calculation_that_cannot_be_read_is_a_fault(self):
        self.assertEqual(["spans × 11 = 110: no calculation that can be checked"], self.faults("| spans × 11 = 110 |\n"))

    def test_a_figure_far_from_the_measured_one_is_a_fault(self):
        (fault,) = self.faults("| gateway | **16** | `.ci/run cost` |\n")
        self.assertTrue(fault.startswith("16: docs/figures.md has no such figure"), fault)

    def test_a_figure_of_another_command_is_a_fault(self):
        (fault,) = self.faults("| gateway | **160** | `.ci/run figures` |\n")
        self.assertTrue(fault.startswith("160: docs/figures.md has no such figure"), fault)

    def test_a_document_without_calculations_is_a_fault(self):
        self.assertEqual(
            ["the document has no calculation, or no measured figure"], list(arithmetic.faults("# Scale\n", PAGE))
        )


if __name__ == "__main__":
    unittest.main()
