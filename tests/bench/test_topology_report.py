"""What happens to the samples of the topology benchmarks on their way into the report."""

import unittest
import xml.etree.ElementTree as ElementTree

import system_report
import topology_machines
import topology_plot
import topology_report
from system_report import Result
from topology_machines import MACHINES, SEVERAL_CACHES
from topology_report import DECIDED, EARLIER, EARLIER_DECIDED, GOALS, MOVES, MOVING, TIMES

IMPLS = {"default": 1, "goland": 2, EARLIER: 100, "rustland": 50}
RUN = {
    "kernel": "7.3.4",
    "cpus": 8,
    "caches": 4,
    "nodes": 2,
    "accel": "tcg",
    "icount": False,
    "rounds": 3,
    "versions": {"scx_rustland": "scx_rustland 1.2.3\nmore"},
    "missing": {"rusty": "no compiler"},
}


def some_samples(machine: str) -> list[dict]:
    """Three rounds of all that is measured on a machine; each scheduler moves more, and takes longer."""
    samples = []
    for number in (1, 2, 3):
        for impl, factor in IMPLS.items():
            values = {f"{load}/{kind}": part * factor for load in MOVES for kind, part in (("across", 1), ("nodes", 0.5), ("within", 30))}
            values |= {name: 1000.0 * factor for name in TIMES} | {"hogs/spread": 1 + factor / 100}
            samples += [{"name": n, "impl": impl, "round": number, "value": v * number / 2} for n, v in values.items()]
        if machine == "8in2":
            for impl, factor in {DECIDED: 4, EARLIER_DECIDED: 10}.items():
                for kind in ("all", "queues", "ring", "contended"):
                    samples.append({"name": f"waits/{kind}", "impl": impl, "round": number, "value": 10 * factor * number})
    return samples


class TopologyReport(unittest.TestCase):
    def setUp(self):
        self.results = {name: system_report.summarize(some_samples(name)) for name in MACHINES}

    def goals(self) -> str:
        return "\n".join(topology_report.goals_table(self.results))

    def test_goals_are_judged_by_the_medians(self):
        table = self.goals()
        self.assertIn("eight tasks: moves across caches, against the kernel default | at most 2 | 2.00 (2.0 : 1.0) met |", table)
        self.assertIn("eight tasks: moves across caches, against the earlier one | at most 0.05 | 0.02 (2.0 : 100) met |", table)
        self.assertIn("against the earlier one | at most 0.5 |  |  | 0.40 (80.0 : 200) met |  |", table)
        self.assertIn("p99, against the kernel default | at most 2 |  |  |  | 2.00 (2.00 : 1.00 µs) met |", table)
        self.assertEqual(table.count("**not met**"), 1)

    def test_one_move_too_many_is_seen_on_its_machine(self):
        self.results["4x2"]["messages/across", "goland"] = Result(2.1, 2, 3)
        line = next(line for line in self.goals().splitlines() if line.startswith("| messages among eight tasks: moves across caches, against the kernel"))
        self.assertEqual([cell.endswith("**not met**") for cell in line.split(" | ")[2:5]], [False, True, False])

    def test_nothing_is_divided_by_zero(self):
        for ours, text in ((0, "– (0.00 : 0.00) met"), (0.25, "– (0.25 : 0.00) **not met**")):
            self.results["2x2"]["wakers/across", "default"] = Result(0, 0, 0)
            self.results["2x2"]["wakers/across", "goland"] = Result(ours, ours, ours)
            self.assertIn(text, self.goals())

    def test_what_did_not_run_is_not_met(self):
        del self.results["8in2"]
        self.assertEqual(self.goals().count("not measured"), 1 + sum(goal.name.endswith("/across") for goal in GOALS))

    def test_moves_are_those_of_each_machine(self):
        table = topology_report.moves_table(self.results)
        self.assertIn("| messages among eight tasks | 4 × 2 | **1.0**, 0.50, 30.0 | **2.0**, 1.0, 60.0 | **100**, 50.0, 3,000 |", "\n".join(table))
        self.assertEqual(len(table), 2 + len(MOVES) * len(SEVERAL_CACHES))

    def test_a_scheduler_that_ran_on_one_machine_has_no_figure_on_others(self):
        self.results["2x2"]["messages/across", "rusty"] = Result(1, 1, 1)
        self.assertNotIn("rusty", "\n".join(topology_report.waits_table(self.results)))
        line = next(line for line in topology_report.spread_table(self.results) if line.startswith("| 4 × 2"))
        self.assertTrue(line.endswith("| 1.50 | – |"), line)

    def test_times_are_compared_with_the_kernel(self):
        table = "\n".join(topology_report.times_table(self.results))
        self.assertIn("| hackbench, all of it | 2 × 2 | 1.00 µs | 2.00 | 100.00 | 50.00 |", table)

    def test_waits_have_no_columns_among_the_loads(self):
        self.assertEqual(topology_report.schedulers(self.results), list(IMPLS))

    def test_all_parts_stand_in_the_report(self):
        text = topology_report.markdown({"4x2": RUN}, self.results, [("CPU", "a good one")], "plot.svg")
        for part in (
            "### Goals",
            "(plot.svg)",
            "| 8 CPUs in 2 caches | earlier scx_goland | 200 (150 to 250) | 200 (150 to 250) | 200 (150 to 250) |",
            "| 4 × 2 | CPUs 8, last-level caches 4, nodes 2; kernel 7.3.4, TCG; 3 rounds |",
            "| scx_rustland | scx_rustland 1.2.3 |",
            "| scx_rusty, not measured | no compiler |",
        ):
            self.assertIn(part, text)

    def test_a_table_without_rows_is_left_out(self):
        del self.results["8in2"]
        text = topology_report.markdown({"4x2": RUN}, self.results, [], "plot.svg")
        self.assertNotIn("### Waits", text)
        self.assertIn("### Moves", text)

    def test_the_json_has_times_only(self):
        entries = topology_report.as_json("topology", self.results)
        self.assertEqual({entry["name"].split("/", 1)[1] for entry in entries}, set(TIMES))
        self.assertEqual(len(entries), len(MACHINES) * len(IMPLS) * len(TIMES))

    def test_the_plot_has_a_bar_for_each_load_machine_and_scheduler(self):
        self.results["2x2"]["messages/across", "default"] = Result(0, 0, 0)
        root = ElementTree.fromstring(topology_plot.plot(self.results))
        bars = root.findall("{http://www.w3.org/2000/svg}rect[@class='bar']")
        self.assertEqual(len(bars), len(MOVING) * len(SEVERAL_CACHES) * len(IMPLS))


class Machines(unittest.TestCase):
    def test_they_are_described_to_the_driver(self):
        options = MACHINES["8in2"].options()
        for option, value in (("--cpus", "8"), ("--llcs", "2"), ("--nodes", "0")):
            self.assertEqual(options[options.index(option) + 1], value)
        self.assertNotIn("--icount", options)
        self.assertIn("--icount", MACHINES["icount"].options())

    def test_goals_name_what_is_measured(self):
        names = {topology_machines.impl_name(spec) for spec in (*topology_machines.IMPLS, *topology_machines.WAITERS)}
        for goal in GOALS:
            self.assertLessEqual({goal.impl, goal.other}, names, goal.text)


if __name__ == "__main__":
    unittest.main()
