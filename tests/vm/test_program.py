"""The script in which `vm.py program` runs a user's command."""

import os
import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

import vm


class Script(unittest.TestCase):
    def run_script(self, command: str, folder: pathlib.Path) -> subprocess.CompletedProcess:
        return subprocess.run(["sh", "-c", vm.program_script(command, folder)], capture_output=True, text=True, check=False)

    def test_it_runs_where_the_user_is_with_what_precedes_the_command(self):
        with tempfile.TemporaryDirectory(prefix="it's here ") as folder:
            done = self.run_script("A='two words' sh -c 'echo \"$A\"; pwd'", pathlib.Path(folder))
            self.assertEqual(done.stdout, f"two words\n{folder}\n")

    def test_the_exit_status_is_the_commands(self):
        self.assertEqual(self.run_script("sh -c 'exit 3'", pathlib.Path("/")).returncode, 3)
        self.assertEqual(self.run_script("true", pathlib.Path("/nowhere")).returncode, 127)

    def test_the_users_path_and_the_python_package_are_there(self):
        with mock.patch.dict(os.environ, {"PATH": os.environ["PATH"] + ":/a b"}):
            done = self.run_script("sh -c 'echo $PATH; echo $PYTHONPATH'", pathlib.Path("/"))
        path, python = done.stdout.splitlines()
        self.assertTrue(path.endswith(":/a b"))
        self.assertTrue((pathlib.Path(python) / "scxbridge/__init__.py").exists())

    def test_a_missing_command_is_a_mistake(self):
        with mock.patch.dict(os.environ, {"CMD": " "}), self.assertRaisesRegex(vm.Failure, "CMD is missing"):
            vm.program(None)
