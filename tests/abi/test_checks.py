"""That the checks of header and document find what is wrong."""

import unittest

import calls
import document
import header

HEADER = """\
/* Head. */
#ifndef SCXBRIDGE_H
// A bit.
#define SCXB_BIT 1
// A thing.
struct scxb_thing {
        // Its size.
        uint32_t size;
};
// Does it.
//
// Errors: -EINVAL (NULL).
int32_t scxb_do(struct scxb_thing *thing,
                uint32_t count);
"""

DOCUMENT = """\
| `-EINVAL` | a row |

### scxb_do

```
int32_t scxb_do(struct scxb_thing *thing, uint32_t count);
```

```c
scxb_do(NULL, SCXB_BIT);
```
"""


class Calls(unittest.TestCase):
    def program(self, parameters: str) -> str:
        declaration = f"// Does more.\nint32_t scxb_more(struct scxb *handle{parameters});\n"
        return calls.program(header.read(HEADER + declaration))

    def test_what_has_a_handle_is_called(self) -> None:
        program = self.program(", struct scxb_thing *thing, uint32_t count, char *buf, size_t len")
        self.assertIn("scxb_more(handle, thing, 1, buf, 64)", program)
        self.assertIn("thing->size = sizeof(*thing);", program)
        self.assertIn('{ "scxb_more", call_scxb_more },', program)
        self.assertNotIn("scxb_do", program)
        self.assertIn("scxb_more(handle)", self.program(""))

    def test_an_unknown_argument_is_an_error(self) -> None:
        with self.assertRaises(SystemExit):
            self.program(", double weight")

    def test_no_call_is_an_error(self) -> None:
        with self.assertRaises(SystemExit):
            calls.program(header.read(HEADER))


class Header(unittest.TestCase):
    def complaints(self, old: str = "", new: str = "") -> list[str]:
        self.assertIn(old, HEADER)
        return header.complaints(header.read(HEADER.replace(old, new, 1)))

    def test_everything_is_found(self) -> None:
        found = [(item.kind, item.name) for item in header.read(HEADER)]
        self.assertEqual(
            found,
            [("constant", "SCXB_BIT"), ("struct", "scxb_thing"), ("field", "scxb_thing.size"), ("function", "scxb_do")],
        )
        self.assertEqual(self.complaints(), [])

    def test_a_comment_is_missing(self) -> None:
        function = "// Does it.\n//\n// Errors: -EINVAL (NULL).\n"
        for comment in ("// A bit.\n", "// A thing.\n", "        // Its size.\n", function):
            self.assertEqual(len(self.complaints(comment)), 1, comment)

    def test_a_comment_is_apart(self) -> None:
        self.assertEqual(len(self.complaints("// A bit.\n", "// A bit.\n\n")), 1)

    def test_a_comment_is_for_rust(self) -> None:
        for text in ("[THING]", "config::Options", "# Safety", "`size`"):
            self.assertEqual(len(self.complaints("A bit", text)), 1, text)

    def test_an_unknown_line_is_not_passed_over(self) -> None:
        with self.assertRaises(SystemExit):
            self.complaints("// Does it.\n", "enum scxb_kind;\n")


class Document(unittest.TestCase):
    def complaints(self, old: str = "", new: str = "") -> list[str]:
        self.assertIn(old, DOCUMENT)
        return document.complaints(DOCUMENT.replace(old, new, 1), header.read(HEADER))

    def test_nothing_is_wrong(self) -> None:
        self.assertEqual(self.complaints(), [])

    def test_something_is_wrong(self) -> None:
        for old, new in (
            ("### scxb_do", "### Doing"),
            ("### scxb_do", "### scxb_do\n\n### scxb_do"),
            ("uint32_t count", "uint64_t count"),
            ("```c\nscxb_do(NULL, SCXB_BIT)", "```c\nputs(NULL)"),
            ("SCXB_BIT", "SCXB_BITS"),
            ("`-EINVAL`", "`-EPERM`"),
        ):
            self.assertNotEqual(self.complaints(old, new), [], new)

    def test_a_part_of_a_function_is_made_whole(self) -> None:
        code = document.blocks(DOCUMENT)[1]
        self.assertEqual((code.language, code.section, code.line), ("c", "scxb_do", 10))
        self.assertIn('#line 10 "docs/abi.md"\n\tscxb_do(NULL, SCXB_BIT);\n', document.program(code))


if __name__ == "__main__":
    unittest.main()
