"""tests/summary.py: no suite is miscounted, no failure gets lost."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

SUMMARY = pathlib.Path(__file__).parents[1] / "summary.py"
sys.path.insert(0, str(SUMMARY.parent))
import summary  # noqa: E402


def counted(kind: str, *command: str):
    """The count of a suite that is this command."""
    with mock.patch.object(summary, "record") as record, contextlib.redirect_stdout(io.StringIO()):
        summary.run_suite("x", kind, list(command))
    return record.call_args.args[1]


def run(kind: str, script: str) -> list[int]:
    """Passed, failed and skipped of a suite that is this shell script."""
    count = counted(kind, "sh", "-c", script)
    return [count.passed, count.failed, count.skipped]


def failures(kind: str, script: str) -> list[str]:
    return counted(kind, "sh", "-c", script).failures


class Count(unittest.TestCase):
    def test_cargo(self):
        line = "test result: {}. {} passed; {} failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s"
        lines = "\n".join([line.format("ok", 3, 0), "noise", line.format("FAILED", 2, 1)])
        self.assertEqual(run("cargo", f"echo '{lines}'; exit 101"), [5, 1, 2])

    def test_unittest(self):
        self.assertEqual(run("unittest", "echo 'Ran 9 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=3)'; exit 1"), [3, 3, 3])
        self.assertEqual(run("unittest", "echo 'Ran 1 test in 0.1s\n\nOK'"), [1, 0, 0])

    def test_go(self):
        events = [
            '{"Action":"run","Package":"p","Test":"A"}',
            '{"Action":"pass","Package":"p","Test":"A/sub"}',
            '{"Action":"pass","Package":"p","Test":"A"}',
            '{"Action":"output","Package":"p","Test":"B","Output":"why\\n"}',
            '{"Action":"fail","Package":"p","Test":"B"}',
            '{"Action":"skip","Package":"p","Test":"C"}',
            '{"Action":"fail","Package":"p"}',
        ]
        self.assertEqual(run("go", "cat <<'E'\n" + "\n".join(events) + "\nE\nexit 1"), [1, 1, 1])

    def test_line(self):
        self.assertEqual(run("line", "echo 1 passed, 0 failed; echo; echo 7 passed, 2 failed, 1 skipped; exit 1"), [7, 2, 1])

    def test_failure_without_a_failed_test(self):
        self.assertEqual(run("line", "echo 7 passed, 0 failed; exit 3"), [7, 1, 0])
        self.assertEqual(run("go", "echo 'does not build' >&2; exit 1"), [0, 1, 0])

    def test_nothing_run_is_no_success(self):
        for kind in ("cargo", "go", "unittest", "line"):
            self.assertEqual(run(kind, "true"), [0, 1, 0])

    def test_missing_command(self):
        count = counted("line", "/no/such/command")
        self.assertEqual((count.failed, count.failures), (1, ["exit status 127"]))

    def test_what_failed_is_named(self):
        self.assertEqual(failures("cargo", "echo 'test a::b ... ok'; echo 'test a::c ... FAILED'; exit 101")[:1], ["a::c"])
        self.assertEqual(failures("unittest", "echo 'ERROR: test_a (x.Y)'; echo 'Ran 1 test in 0.1s'; echo 'FAILED (errors=1)'; exit 1"), ["test_a (x.Y)"])
        self.assertEqual(failures("line", "echo FAIL a; echo FAIL b; echo FAIL a; echo 0 passed, 2 failed; exit 1"), ["a", "b"])
        events = [
            '{"Action":"output","Package":"p","Test":"B","Output":"=== RUN B\\n"}',
            '{"Action":"output","Package":"p","Test":"B","Output":"    b_test.go:7: too few\\n"}',
            '{"Action":"fail","Package":"p","Test":"B"}',
        ]
        self.assertEqual(failures("go", "cat <<'E'\n" + "\n".join(events) + "\nE\nexit 1"), ["p B: b_test.go:7: too few"])
        self.assertEqual(failures("line", "true"), ["ran no test"])

    def run_all(self, *stages: str, times: list[float] | None = None) -> tuple[int, str]:
        """With a make of which each target says its name and is a suite, but `broken` fails and `slow` waits for `one`."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            make = root / "make"
            make.write_text(
                f"#!{sys.executable}\n"
                f"import pathlib, sys, time; sys.path.insert(0, {str(SUMMARY.parent)!r}); import summary\n"
                f"summary.SUMMARY = pathlib.Path({str(root / 'sums')!r})\n"
                "target = sys.argv[2]\n"
                "while target == 'slow' and 'one' not in summary.load(): time.sleep(0.01)\n"
                "print(f'this is {target}', flush=True)\n"
                "sys.exit(2) if target == 'broken' else summary.record(target, summary.Count(3, 0, 1))\n"
            )
            make.chmod(0o755)
            shown = root / "shown"
            clock = mock.patch.object(summary.time, "monotonic", side_effect=times) if times else contextlib.nullcontext()
            with mock.patch.object(summary, "SUMMARY", root / "sums"), clock, shown.open("w") as file:
                # Also what the targets write themselves.
                before = os.dup(1)
                os.dup2(file.fileno(), 1)
                try:
                    with contextlib.redirect_stdout(file):
                        status = summary.run_all(str(make), list(stages))
                finally:
                    os.dup2(before, 1)
                    os.close(before)
            return status, shown.read_text()

    def test_rows_run_side_by_side(self):
        status, shown = self.run_all("slow two broken | one broken2", "three")
        self.assertEqual(status, 1)
        lines = shown.splitlines()
        told = [line for line in lines if line.startswith(("this is", "=="))]
        self.assertEqual(
            told,
            ["this is slow", "this is two", "this is broken", "== broken: failed with 2", "this is three", "this is one", "this is broken2"],
        )
        self.assertEqual(lines[-1], "15 passed, 1 failed, 5 skipped")

    def test_later_rows_run_where_a_cpu_is_idle(self):
        policies = "import os; print(os.sched_getscheduler(0) == os.SCHED_IDLE, flush=True)"
        with subprocess.Popen([*summary.WHERE_IDLE, "sh", "-c", f"{sys.executable} -c '{policies}'"], stdout=subprocess.PIPE, text=True) as process:
            self.assertEqual(process.stdout.read(), "True\n")
        self.assertEqual((summary.Row.before, summary.Beside.before), ([], summary.WHERE_IDLE))

    def test_all_adds_up_and_tells_how_long_each_took(self):
        status, shown = self.run_all("one", "broken", times=[0, 61.9, 100, 103])
        self.assertEqual(status, 1)
        lines = shown.splitlines()
        for line in ("one     3 passed, 0 failed, 1 skipped  (0 s of CPU)", "broken  0 passed, 1 failed  (0 s of CPU)", "one       1 min 01 s", "broken    0 min 03 s"):
            self.assertIn(line, lines)
        self.assertEqual(lines[-4:], ["", "FAIL broken: exit status 2", "", "3 passed, 1 failed, 1 skipped"])


if __name__ == "__main__":
    sys.exit(unittest.main())
