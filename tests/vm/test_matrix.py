"""The table of verified instructions."""

import json
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import matrix
from scenarios import Result
from shape import Shape
from util import Failure

FOUND = {
    "6.16.12": {"14.0.6": {"scxb_enqueue": 1800, "scxb_exit": 80}, "19.1.7": {"scxb_enqueue": 1900, "scxb_exit": 79}},
    "7.3.4": {"14.0.6": {"scxb_enqueue": 12345, "scxb_exit": 81}},
}


class Table(unittest.TestCase):
    def test_the_most_of_all_clangs_largest_first(self):
        self.assertEqual(
            matrix.table(FOUND).splitlines(),
            [
                "Loaded with clang 14.0.6, 19.1.7:",
                "",
                "| program | 6.16.12 | 7.3.4 |",
                "| --- | ---: | ---: |",
                "| `scxb_enqueue` | 1,900 | 12,345 |",
                "| `scxb_exit` | 80 | 81 |",
            ],
        )

    def test_only_what_passed_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "out").mkdir()
            (pathlib.Path(folder) / "out/verified.json").write_text(json.dumps({"scxb_exit": 80}))
            results = [
                Result("6.16.12", "loads-clang-14.0.6", "ok", folder=folder),
                Result("6.18.15", "loads-clang-14.0.6", "FAIL", folder=folder),
            ]
            self.assertEqual(matrix.verified(results), {"6.16.12": {"14.0.6": {"scxb_exit": 80}}})

    def test_between_the_marks(self):
        document = f"a\n{matrix.BEGIN}old\n{matrix.END}b\n"
        self.assertEqual(matrix.put_into(document, "new\n"), f"a\n{matrix.BEGIN}new\n{matrix.END}b\n")
        for lacking in ("a\n", matrix.BEGIN, f"{matrix.END}{matrix.BEGIN}"):
            with self.assertRaisesRegex(Failure, "lacks the lines"):
                matrix.put_into(lacking, "new\n")

    def test_the_document_has_the_marks(self):
        document = (pathlib.Path(matrix.__file__).parents[2] / "docs/testing.md").read_text()
        self.assertIn("| `scxb_enqueue` |", matrix.put_into(document, matrix.table(FOUND)))


class Clangs(unittest.TestCase):
    def test_versions_that_will_do(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"PATH": folder}):
            for name in ("clang", "clang-9", "clang-14", "clang-22", "clang-cpp-22", "clang-format-14"):
                (pathlib.Path(folder) / name).touch(0o755)
            (pathlib.Path(folder) / "clang-16").touch(0o644)
            self.assertEqual(matrix.installed_clangs(), ["clang-14", "clang-22"])

    def test_one_that_is_missing(self):
        with self.assertRaisesRegex(Failure, "clang-99 does not run"):
            matrix.clang_version("clang-99")


class Jobs(unittest.TestCase):
    def test_each_runs_with_its_library(self):
        with mock.patch.dict(os.environ, {"VM_TIMEOUT_FACTOR": "2"}):
            (job,) = matrix.jobs({"14.0.6": pathlib.Path("/x/clang-14")}, Shape("two", cpus=4, llcs=2))
        self.assertEqual(job.shape.llcs, 2)
        self.assertEqual((job.name, job.timeout_s), ("loads-clang-14.0.6", 2 * matrix.LIMIT_S))
        self.assertEqual(job.arguments, ("with", "/x/clang-14", "run", "loads"))
