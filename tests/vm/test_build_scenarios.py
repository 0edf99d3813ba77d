"""The reason why a module is missing is one line that a person understands."""

import unittest

from build_scenarios import reason


class Reason(unittest.TestCase):
    def test_refused(self):
        text = (
            "go: example.com/m@v1.0.0: reading https://proxy.example/example.com/m/@v/v1.0.0.info: 403 Forbidden\n"
            "\tserver response: This module version is not available.\n"
        )
        self.assertEqual(
            reason(text),
            "example.com/m@v1.0.0: reading 403 Forbidden; server response: This module version is not available.",
        )

    def test_no_network(self):
        text = "go: downloading x\ngo: example.com/m@v1.0.0: module lookup disabled by GOPROXY=off\n"
        self.assertEqual(reason(text), "example.com/m@v1.0.0: module lookup disabled by GOPROXY=off")

    def test_quotes_do_not_end_the_linker_s_argument(self):
        self.assertEqual(reason("go: could not read 'Username'\n"), "could not read Username")

    def test_nothing_said(self):
        self.assertEqual(reason(""), "no reason given")


if __name__ == "__main__":
    unittest.main()
