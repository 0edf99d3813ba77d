"""Records and decisions, as the policies of the documents use them."""

import copy
import ctypes
import os
import pathlib
import re
import sys
import unittest
from unittest import mock

import scxbridge
from scxbridge.batch import as_array

ROOT = pathlib.Path(__file__).resolve().parents[2]
# numpy is beside the tools: the venv of the tests has nothing but the wheel.
sys.path.append(os.environ["SCXB_NUMPY"])


def batch(*pids, capacity=8):
    array = (scxbridge.Task * capacity)()
    for task, pid in zip(array, pids):
        task.pid, task.seq, task.comm = pid, 100 + pid, b"worker"
    return scxbridge.Tasks(array, len(pids))


class Records(unittest.TestCase):
    def test_as_a_sequence(self):
        tasks = batch(5, 6, 7)
        self.assertEqual([task.pid for task in tasks], [5, 6, 7])
        self.assertEqual((len(tasks), tasks[-1].pid, [t.pid for t in tasks[1:]]), (3, 7, [6, 7]))
        self.assertEqual(tasks[0].name, "worker")
        with self.assertRaises(IndexError):
            tasks[3]

    def test_a_copy_outlives_the_batch(self):
        tasks = batch(5)
        kept = copy.copy(tasks[0])
        tasks[0].pid = 9
        self.assertEqual((kept.pid, tasks[0].pid), (5, 9))

    def test_as_memory_without_a_copy(self):
        tasks = batch(5, 6)
        memory = tasks.memory()
        self.assertEqual((len(memory), memory.nbytes), (2, 2 * ctypes.sizeof(scxbridge.Task)))
        tasks[1].pid = 77
        self.assertIn((77).to_bytes(4, sys.byteorder), memory[1:].tobytes())

    def test_as_numpy_without_a_copy(self):
        tasks = batch(5, 6)
        records = tasks.numpy()
        self.assertEqual(records["pid"].tolist(), [5, 6])
        tasks[1].pid = 77
        self.assertEqual(records["pid"].tolist(), [5, 77])
        self.assertEqual(len(batch().numpy()), 0)

    def test_without_numpy_only_that_fails(self):
        with mock.patch.dict(sys.modules, {"numpy": None}), self.assertRaises(ImportError):
            batch(5).numpy()

    def test_decide_answers_the_record(self):
        decision = batch(5)[0].decide(scxbridge.CPU_PICK_IDLE, vtime=3, lease_count=2)
        self.assertEqual(decision, scxbridge.Decision(pid=5, seq=105, cpu=-2, vtime=3, lease_count=2))


class Decisions(unittest.TestCase):
    def test_any_iterable(self):
        array = as_array(task.decide() for task in batch(5, 6))
        self.assertEqual([(d.pid, d.seq) for d in array], [(5, 105), (6, 106)])
        self.assertEqual(len(as_array([])), 0)

    def test_memory_is_used_in_place(self):
        mine = (scxbridge.Decision * 2)()
        array = as_array(memoryview(mine))
        mine[1].pid = 8
        self.assertEqual([d.pid for d in array], [0, 8])

    def test_read_only_memory_is_copied(self):
        self.assertEqual(as_array(bytes(scxbridge.Decision(pid=3)))[0].pid, 3)

    def test_memory_of_another_size_is_refused(self):
        with self.assertRaisesRegex(scxbridge.Invalid, "57 bytes"):
            as_array(bytes(57))

    def test_numpy(self):
        import numpy

        made = numpy.zeros(3, dtype=scxbridge.Decision)
        made["pid"] = [1, 2, 3]
        self.assertEqual([d.pid for d in as_array(made)], [1, 2, 3])
        with self.assertRaises(scxbridge.Invalid):
            as_array(made[::2])


class Documents(unittest.TestCase):
    def test_the_policies_of_the_readme(self):
        text = (ROOT / "packaging/python/README.md").read_text()
        blocks = [block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "def " in block]
        self.assertEqual(len(blocks), 2)
        for block in blocks:
            names = {}
            exec(block.replace("print(scxbridge.run(first_come))\n", ""), names)
            for vtimes in ([0, 1], [2, 3]):
                decided = as_array(names["first_come"](batch(5, 6)))
                self.assertEqual([(d.pid, d.seq, d.cpu) for d in decided], [(5, 105, -2), (6, 106, -2)])
                self.assertEqual([d.vtime for d in decided], vtimes)
