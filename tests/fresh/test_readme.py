"""What is taken from the README is what a person would type."""

import re
import unittest

from readme import README, address, commands, first_lines

TEXT = """# x
```sh
make not-this
```
## Try it

On Debian:

```sh
apt-get update && apt-get install --yes git make   # as root
git clone https://example.com/x && cd x
make demo   # boots
make test   # tests
```

```sh
nor this
```

`make lint` checks, `make deb` packs.
"""


class Commands(unittest.TestCase):
    def test_lines_without_comments(self):
        self.assertEqual(
            first_lines(TEXT),
            ["apt-get update && apt-get install --yes git make", "git clone https://example.com/x && cd x", "make demo", "make test"],
        )

    def test_other_targets_are_added_and_the_suite_left_out(self):
        self.assertEqual(commands(TEXT)[2:], ["make demo", "make lint", "make deb"])

    def test_address(self):
        self.assertEqual(address(commands(TEXT)), "https://example.com/x")

    def test_a_target_that_is_not_named_is_a_mistake(self):
        with self.assertRaisesRegex(ValueError, "make deb"):
            commands(TEXT.replace("`make deb`", "it"))

    def test_no_block(self):
        with self.assertRaisesRegex(ValueError, "Try it"):
            commands("# x\n")

    def test_the_real_one(self):
        self.assertIn("make demo", commands(README.read_text()))


class OtherDistributions(unittest.TestCase):
    def test_the_docs_name_the_packages_that_setup_names(self):
        root = README.parent
        setup = (root / "tests/setup.sh").read_text()
        lists = re.findall(r'^ +say "  (?:Fedora|Arch|openSUSE): +(.*)"$', setup, re.M)
        self.assertEqual(len(lists), 6)
        docs = (root / "docs/requirements.md").read_text()
        for packages in lists:
            self.assertIn(f"| `{packages}` |", docs)


if __name__ == "__main__":
    unittest.main()
