"""Options are checked by the library, and its failures are exceptions."""

import dataclasses
import errno
import pathlib
import re
import unittest

import scxbridge
from scxbridge import errors

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Statuses(unittest.TestCase):
    def test_each_documented_status_has_a_class(self):
        table = (ROOT / "docs/abi.md").read_text()
        documented = {getattr(errno, name) for name in re.findall(r"^\| `-(E\w+)` \|", table, re.M)}
        self.assertEqual(documented, set(errors.CLASSES))
        self.assertEqual(len(set(errors.CLASSES.values())), len(documented))

    def test_a_status_of_the_kernel_is_an_error_with_its_number(self):
        failure = errors.failure(-errno.ENOMEM, "load: out of memory")
        self.assertIs(type(failure), scxbridge.Error)
        self.assertEqual((failure.errno, str(failure)), (errno.ENOMEM, "load: out of memory"))

    def test_they_are_public(self):
        for kind in errors.CLASSES.values():
            self.assertIs(getattr(scxbridge, kind.__name__), kind)


class Options(unittest.TestCase):
    def refused(self, **options):
        with self.assertRaises(scxbridge.Invalid) as caught:
            scxbridge.check_options(scxbridge.Options(**options))
        return str(caught.exception)

    def test_defaults_are_good(self):
        scxbridge.check_options(scxbridge.Options())

    def test_each_option_reaches_the_library(self):
        good = {"name": "x", "slice_max_ns": 2 * 10**8, "queued_bytes": 65536, "decisions_bytes": 65536}
        for field in dataclasses.fields(scxbridge.Options):
            is_flag = "bool" in str(field.type)
            with self.subTest(field.name):
                value = True if is_flag else good.get(field.name, 1000)
                scxbridge_options = scxbridge.Options(**{field.name: value})
                native = scxbridge._library.native(scxbridge_options)
                if is_flag:
                    self.assertTrue(native.flags & getattr(scxbridge, "OPTION_" + field.name.upper()))
                else:
                    self.assertEqual(getattr(native, field.name), value.encode() if field.name == "name" else value)

    def test_a_flag_can_be_turned_off(self):
        self.assertEqual(scxbridge._library.native(scxbridge.Options(builtin_idle=False)).flags, 0)

    def test_the_library_says_which_option_is_wrong(self):
        self.assertIn("grace_us", self.refused(grace_us=10**7))
        self.assertIn("name", self.refused(name="a b"))

    def test_what_c_would_cut_is_refused(self):
        self.assertIn("grace_us", self.refused(grace_us=2**32))
        self.assertIn("grace_us", self.refused(grace_us=-1))
        self.assertIn("name", self.refused(name="good\0bad"))

    def test_opening_checks_them_as_well(self):
        with self.assertRaisesRegex(scxbridge.Invalid, "batch_us"):
            scxbridge.Scheduler(scxbridge.Options(batch_us=10**6))

    def test_adopting_what_is_not_there(self):
        # Without root it is EPERM, and without sched_ext EOPNOTSUPP.
        with self.assertRaises((scxbridge.NotPinned, scxbridge.NotPermitted, scxbridge.NotSupported)) as caught:
            scxbridge.Scheduler.adopt("nobody")
        self.assertTrue(str(caught.exception))
