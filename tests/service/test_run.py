"""What the host understands of the guest's results, and finds of its steps."""

import os
import pathlib
import tempfile
import unittest

import run
from util import Failure


class Results(unittest.TestCase):
    def test_steps(self) -> None:
        text = "ok a_b 1.5\nFAIL c_d 2.0 waited in vain for: is X y\nFAIL e_f 0.1\nok half"
        self.assertEqual(run.steps(text), [
            ("ok", "a_b", "1.5", ""), ("FAIL", "c_d", "2.0", "waited in vain for: is X y"), ("FAIL", "e_f", "0.1", ""),
        ])

    def test_each_step_is_counted(self) -> None:
        lines = (run.HERE / "guest.sh").read_text().splitlines()
        # What the guest itself takes for a step: a function over several lines with an underscore in its name.
        steps = [line for line in lines if line.endswith("() {") and "_" in line]
        self.assertEqual(run.wanted(), len(steps))
        self.assertGreater(len(steps), 8)


class Packages(unittest.TestCase):
    def test_newest_of_each(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            with self.assertRaisesRegex(Failure, "make deb"):
                run.packages(folder)
            for age, file in ((9, "libscxbridge0_0.1_amd64.deb"), (8, "libscxbridge0_0.2_amd64.deb"), (9, "scx-goland_0.1_amd64.deb"),
                              (1, "libscxbridge-dev_0.1_amd64.deb")):
                (folder / file).touch()
                os.utime(folder / file, (1000 - age, 1000 - age))
            self.assertEqual([path.name for path in run.packages(folder)], ["libscxbridge0_0.2_amd64.deb", "scx-goland_0.1_amd64.deb"])


if __name__ == "__main__":
    unittest.main()
