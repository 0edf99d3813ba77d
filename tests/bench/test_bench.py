"""What counts as the same cost in the guard."""

import unittest

from bench import costs_the_same


class Guard(unittest.TestCase):
    def test_exact_numbers_are_exact_and_instructions_are_not(self):
        wanted = {"allocations": 0, "system_calls": 1, "instructions": 2000}
        self.assertTrue(costs_the_same(wanted, wanted))
        self.assertTrue(costs_the_same(wanted | {"instructions": 2299}, wanted))
        self.assertTrue(costs_the_same(wanted | {"instructions": 1701}, wanted))
        self.assertFalse(costs_the_same(wanted | {"instructions": 2301}, wanted))
        # A gain must be noticed, too, or the next loss would not be.
        self.assertFalse(costs_the_same(wanted | {"instructions": 1600}, wanted))
        self.assertFalse(costs_the_same(wanted | {"system_calls": 2}, wanted))
        self.assertFalse(costs_the_same(wanted | {"allocations": 1}, wanted))

    def test_what_is_missing_differs(self):
        self.assertFalse(costs_the_same({"allocations": 0}, None))
        self.assertFalse(costs_the_same({"allocations": 0}, {"allocations": 0, "instructions": 5}))


if __name__ == "__main__":
    unittest.main()
