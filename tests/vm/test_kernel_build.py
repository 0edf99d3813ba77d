"""The source that is built, and the configuration that comes out."""

import pathlib
import tempfile
import unittest
from unittest import mock

import kernel_build
from util import Failure

SOURCES = ["6.12.107-1", "6.12.117-1", "6.12.95-1~bpo12+1"]


class Wanted(unittest.TestCase):
    def test_only_its_own_series(self):
        for spec in ("6.12", "6.12.117"):
            self.assertTrue(kernel_build.wanted(spec), spec)
        for spec in ("oldest", "newest", "6", "6.1", "6.121", "6.16", "7.3", "6.12.x", "./6.12"):
            self.assertFalse(kernel_build.wanted(spec), spec)


class Newest(unittest.TestCase):
    def test_by_number(self):
        self.assertEqual(kernel_build.newest("6.12", SOURCES), ("6.12.117", "6.12.117-1"))
        self.assertEqual(kernel_build.newest("6.12.95", SOURCES), ("6.12.95", "6.12.95-1~bpo12+1"))

    def test_says_what_there_is(self):
        with self.assertRaisesRegex(Failure, "6.12.107-1"):
            kernel_build.newest("6.12.11", SOURCES)


class Unmet(unittest.TestCase):
    def test_dropped_and_switched_on(self):
        config = 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=y\nCONFIG_NAME="x=y"\n'
        asked = '# words\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_C=n\nCONFIG_D=n\nCONFIG_NAME="x=y"\n'
        self.assertEqual(kernel_build.unmet(config, asked), ["CONFIG_B=y", "CONFIG_C=n"])

    def test_our_configuration_asks_for_what_is_tested(self):
        asked = kernel_build.CONFIG.read_text().splitlines()
        self.assertIn("CONFIG_SCHED_CLASS_EXT=y", asked)
        self.assertIn("CONFIG_DEBUG_INFO_BTF=y", asked)
        names = [line.split("=", 1)[0] for line in asked if line.startswith("CONFIG_")]
        self.assertEqual(len(names), len(set(names)), "a line twice")


class Resume(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.work = pathlib.Path(folder.name)

    def test_goes_on_with_a_complete_source(self):
        (self.work / "source").mkdir()
        self.assertEqual(kernel_build.unpacked(None, "6.12.117-1", self.work), self.work / "source")

    def test_starts_again_where_unpacking_was_interrupted(self):
        (self.work / "part/half").mkdir(parents=True)

        def unpack(command, what):
            if command[0] == "tar":
                (self.work / "part" / kernel_build.PACKAGE).mkdir(parents=True)

        with mock.patch.object(kernel_build, "run", unpack), mock.patch.object(kernel_build, "FREE_GB", 0):
            source = kernel_build.unpacked(mock.Mock(), "6.12.117-1", self.work)
        self.assertTrue(source.is_dir())
        self.assertFalse((self.work / "part").exists())

    def test_a_missing_tool_is_named_before_anything_is_fetched(self):
        with mock.patch.object(kernel_build.shutil, "which", lambda tool: None if tool == "bison" else tool):
            with self.assertRaisesRegex(Failure, "missing for that: bison.*make setup-kernel"):
                kernel_build.build("6.12", self.work, self.work)
        self.assertEqual(list(self.work.iterdir()), [])


class Compile(unittest.TestCase):
    def test_says_what_failed_and_where_the_rest_is(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "source"
            source.mkdir()
            (source / "Makefile").write_text("bzImage:\n\t@echo fine\n\t@echo 'x.c:1: error: no such header'\n\t@false\n")
            with mock.patch.object(kernel_build, "say"), self.assertRaisesRegex(Failure, "build.log:\nx.c:1: error: no such header"):
                kernel_build.compile_in(source, "6.12.1")
            self.assertIn("fine\n", (source.parent / "build.log").read_text())
