"""devcontainer_check.py finds each fault that is put into a copy of the file.

python3 test_devcontainer_check.py FILE      FILE: the file as JSON, without comments
"""

import copy
import json
import pathlib
import sys
import unittest

import devcontainer_check

CONFIG = json.loads(pathlib.Path(sys.argv.pop()).read_text())


class DevContainerTest(unittest.TestCase):
    def check(self, fault, change):
        config = copy.deepcopy(CONFIG)
        change(config)
        found = list(devcontainer_check.faults(config))
        self.assertTrue(any(fault in each for each in found), found)

    def test_the_file_has_no_fault(self):
        self.assertEqual([], list(devcontainer_check.faults(CONFIG)))

    def test_a_misspelt_key_is_a_fault(self):
        self.check("no such key: `forwardPort`", lambda config: config.update(forwardPort=[8080]))

    def test_an_unknown_action_is_a_fault(self):
        self.check("'open' is none of", lambda config: config["portsAttributes"]["8080"].update(onAutoForward="open"))

    def test_a_port_that_no_part_opens_is_a_fault(self):
        def change(config):
            config["portsAttributes"]["8888"] = {"label": "Nothing"}

        self.check("no part of the system opens the port 8888", change)

    def test_a_forwarded_port_without_label_is_a_fault(self):
        self.check("the port 3000 has no label", lambda config: config["forwardPorts"].append(3000))

    def test_a_size_in_capital_letters_is_a_fault(self):
        self.check("'8GB' is no size", lambda config: config["hostRequirements"].update(memory="8GB"))

    def test_a_secret_that_the_code_does_not_read_is_a_fault(self):
        self.check(
            "the code reads no variable HONEYCOMB_KEY",
            lambda config: config["secrets"].update(HONEYCOMB_KEY={"description": "A key."}),
        )

    def test_a_secret_with_a_default_is_a_fault(self):
        self.check("no such key: `default`", lambda config: config["secrets"]["HONEYCOMB_API_KEY"].update(default="x"))

    def test_a_command_that_does_not_exist_is_a_fault(self):
        self.check(".devcontainer/run cannot be executed", lambda config: config.update(postStartCommand=".devcontainer/run"))

    def test_an_image_without_version_is_a_fault(self):
        self.check("has no version", lambda config: config.update(image="mcr.microsoft.com/devcontainers/rust"))


if __name__ == "__main__":
    unittest.main()
