"""The reason why a module is missing is one line that a person understands; the demo's program is a small one."""

import unittest

from build_scenarios import AGENT, FOLDER, demo_tags, go, reason


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


class Demo(unittest.TestCase):
    # A third of the packages that the whole programs have, and most of their code.
    HEAVY = {
        FOLDER: {"net/http", "crypto/tls", "testing", "runtime/pprof", "debug/elf"},
        AGENT: {
            "net/http",
            "crypto/tls",
            "github.com/google/cel-go/cel",
            "github.com/prometheus/client_golang/prometheus",
            "github.com/gdamore/tcell/v2",
            "testing",
        },
    }

    def packages(self, folder, *flags):
        listed = go("-C", folder, "list", "-deps", *flags, ".")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        return set(listed.stdout.split())

    def test_has_no_heavy_packages(self):
        for folder, heavy in self.HEAVY.items():
            with self.subTest(folder):
                self.assertEqual(heavy & self.packages(folder, demo_tags()), set(), "give their files the build tag !demo")
                self.assertLessEqual(heavy, self.packages(folder), "the whole program has them no more: name others")


if __name__ == "__main__":
    unittest.main()
