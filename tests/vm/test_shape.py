"""What the machine is told of its shape."""

import unittest

from shape import Shape


class Options(unittest.TestCase):
    def test_a_plain_machine_needs_none(self):
        self.assertEqual(Shape().qemu_options(), "")
        self.assertEqual(Shape().nodes_of_memory(), [])
        self.assertEqual(Shape(append="nohz_full=1").qemu_options(), "")

    def test_cpus_are_divided(self):
        for shape, options in (
            (Shape(cpus=4, llcs=2), "-smp 4,sockets=2,cores=2,threads=1"),
            (Shape(cpus=4, threads=2), "-smp 4,sockets=1,cores=2,threads=2"),
            (Shape(cpus=8, llcs=2, threads=2), "-smp 8,sockets=2,cores=2,threads=2"),
        ):
            self.assertEqual(shape.qemu_options(), options)

    def test_the_kernel_starts_some_of_them(self):
        shape = Shape(cpus=2, max_cpus=255, append="quiet")
        self.assertEqual((shape.possible_cpus, shape.kernel_options()), (255, "maxcpus=2 quiet"))
        self.assertEqual((Shape(cpus=3).possible_cpus, Shape(cpus=3).kernel_options()), (3, ""))

    def test_memory_is_divided(self):
        self.assertEqual(Shape(cpus=4, nodes=2).nodes_of_memory(), ["1024M,cpus=0-1", "1024M,cpus=2-3"])

    def test_what_cannot_be_divided_is_refused(self):
        for wrong in ({"cpus": 3, "threads": 2}, {"cpus": 4, "max_cpus": 2}, {"cpus": 4, "llcs": 3}, {"cpus": 3, "nodes": 2}):
            with self.assertRaisesRegex(ValueError, "no machine has this shape"):
                Shape(**wrong)


class Text(unittest.TestCase):
    def test_for_people(self):
        self.assertEqual([str(Shape(cpus=1)), str(Shape(cpus=4, name="smt"))], ["1 CPU", "4 CPUs, smt"])
