"""What happens to samples on their way into the report."""

import unittest
import xml.etree.ElementTree as ElementTree

import plot
import report
from report import Result, Sample


def result(ns: float, allocations: float = 0) -> Result:
    return Result(ns, ns - 1, ns + 1, allocations)


def some_results(go: float = 30, libbpfgo: float = 3000) -> report.Results:
    results = {}
    for batch in (1, 64):
        for name in ("round", "round_select"):
            for impl, ns in (("c", 25.0), ("go", go)):
                results[name, impl, batch] = result(ns)
        results["round", "libbpfgo", batch] = result(libbpfgo, 7.25)
        results["select_cpus", "go", batch] = result(8)
    results["select_cpu", "go", 1] = result(400)
    return results


class Report(unittest.TestCase):
    def test_medians_and_spread(self):
        key = ("round", "c", 8)
        samples = {key: [Sample(ns, 0) for ns in (3, 1000, 1, 4, 2)]}
        self.assertEqual(report.summarize(samples)[key], Result(3, 2, 4, 0))

    def test_migrating_compares_within_one_run(self):
        results = {
            (name, impl, batch): result(ns, allocations)
            for name, impl, ns, allocations in [
                ("round", "libbpfgo", 2000, 5),
                ("round", "qumun", 200, 0),
                ("round_select", "qumun", 1000, 0),
                ("round", "go", 100, 0),
                ("round_select", "go", 110, 0),
            ]
            for batch in (1, 8, 64)
        }
        lines = report.migrating(results, [("CPU", "fast")], 5).splitlines()
        self.assertIn("| libbpfgo and cilium/ebpf, compared with qumun that asks | 2.0 | 2.0 | 2.0 |", lines)
        self.assertIn("| libbpfgo and cilium/ebpf, compared with qumun that does not | 10.0 | 10.0 | 10.0 |", lines)
        self.assertIn("| qumun, compared with the package scxbridge | 2.0 | 2.0 | 2.0 |", lines)
        self.assertIn("| libbpfgo, cilium/ebpf | 5.00 |", lines)
        self.assertIn("CPU: fast.", lines[-1])

    def test_json_has_the_agreed_fields(self):
        (entry,) = report.as_json("boundary", {("round", "go", 64): result(12.3456, 0.5)})
        self.assertEqual(
            entry,
            {
                "suite": "boundary",
                "name": "round",
                "impl": "go",
                "batch": 64,
                "ns_per_task": 12.35,
                "allocs_per_task": 0.5,
            },
        )

    def test_goals_are_judged_by_the_numbers(self):
        good = "\n".join(report.goals_table(some_results()))
        self.assertEqual(good.count("| met |"), 3)
        slow = "\n".join(report.goals_table(some_results(go=40)))
        self.assertIn("at most 1.5 | 1.60 | **not met**", slow)
        close = "\n".join(report.goals_table(some_results(libbpfgo=300)))
        self.assertIn("at least 40 | 10.00 | **not met**", close)

    def test_what_was_not_measured_is_a_dash(self):
        table = report.measure_table("round", {("round", "c", 1): result(5), ("round", "go", 8): result(6)})
        self.assertIn("| C on libbpf (the floor) | **5.0** (4.0 to 6.0) | – |", table)

    def test_the_worst_batch_tells_the_allocations(self):
        table = "\n".join(report.allocations_table(some_results()))
        self.assertIn("| libbpfgo, cilium/ebpf | 7.25 | –", table)

    def test_only_what_is_between_the_markers_changes(self):
        before = "by hand\n<!-- boundary: begin -->\nold\n<!-- boundary: end -->\nby hand, too\n"
        after = report.splice(before, "boundary", "new\n")
        self.assertEqual(after, before.replace("old", "new"))
        self.assertEqual(report.splice(after, "boundary", "new\n"), after)
        with self.assertRaises(ValueError):
            report.splice("no markers\n", "boundary", "new\n")

    def test_all_parts_stand_in_the_report(self):
        text = report.markdown(some_results(), [("CPU", "a good one")], 9, "plot.svg")
        for part in ("### Goals", "(plot.svg)", "median of 9 repeats", "### Allocations", "| CPU | a good one |"):
            self.assertIn(part, text)

    def test_the_plot_is_xml_with_a_line_for_each_implementation(self):
        root = ElementTree.fromstring(plot.plot(some_results()))
        lines = root.findall("{http://www.w3.org/2000/svg}polyline")
        self.assertEqual(len(lines), 6)


if __name__ == "__main__":
    unittest.main()
