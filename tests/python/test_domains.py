"""Domains cross the border as they are."""

import unittest

import scxbridge
from scxbridge import domains as module


class Domains(unittest.TestCase):
    def test_they_come_back(self):
        given = scxbridge.Domains([0, 2, 1, 2], [False, True, False])
        self.assertEqual(module.from_native(module.to_native(given)), given)

    def test_closed_may_be_left_out(self):
        native = module.to_native(scxbridge.Domains([0, 1]))
        self.assertEqual((native.cpus, native.domains), (2, 2))
        self.assertEqual(module.from_native(native).closed, [False, False])

    def test_a_decision_names_one(self):
        self.assertEqual(scxbridge.domain(0), scxbridge.CPU_DOMAIN)
        self.assertEqual(scxbridge.domain(3), scxbridge.CPU_DOMAIN - 3)

    def test_impossible_ones_are_refused(self):
        for of_cpu, closed in [([0, -1], []), ([128], []), ([0] * 2049, []), ([0, 1], [False] * 3)]:
            with self.assertRaises(ValueError):
                module.to_native(scxbridge.Domains(of_cpu, closed))


if __name__ == "__main__":
    unittest.main()
