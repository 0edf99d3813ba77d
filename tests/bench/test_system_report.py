"""What happens to the samples of the system benchmarks on their way into the report."""

import unittest
import xml.etree.ElementTree as ElementTree

import system_plot
import system_report
from system_report import Result

RUN = {
    "kernel": "7.3.4",
    "cpus": 2,
    "accel": "tcg",
    "icount": True,
    "rounds": 5,
    "profile_rounds": 3,
    "versions": {"scx_rustland": "scx_rustland 1.2.3\nmore"},
    "missing": {},
}


def some_samples() -> list[dict]:
    """Three rounds of all loads; each scheduler in turn takes longer."""
    samples = []
    for number in (1, 2, 3):
        for factor, impl in enumerate(("default", "goland", "rustland"), 1):
            for name in system_report.LOADS:
                samples.append({"name": name, "impl": impl, "round": number, "value": 1000.0 * factor * number})
        for impl, ns in (("goland", 10_000.0), ("rustland", 40_000.0)):
            for name, value in (
                ("cpu/all", ns),
                ("cpu/messages", ns),
                ("cpu_carried_out/all", ns / 2),
                ("switches/messages", 0.5),
                ("bpf/messages/enqueue", ns / 10),
                ("bpf_calls/messages/enqueue", 7),
                ("bpf/pingpong_one/enqueue", ns / 20),
                ("bpf_calls/pingpong_one/enqueue", 3),
                ("agent/rss", 12e6),
                ("agent/minor_faults", 3),
                ("agent/major_faults", 0),
            ):
                samples.append({"name": name, "impl": impl, "round": number, "value": value})
    return samples


class SystemReport(unittest.TestCase):
    def setUp(self):
        self.results = system_report.summarize(some_samples())

    def test_medians_and_spread(self):
        self.assertEqual(self.results["hackbench/run", "goland"], Result(4000, 3000, 5000))
        one = system_report.summarize([{"name": "x", "impl": "y", "round": 1, "value": 7.0}])
        self.assertEqual(one["x", "y"], Result(7, 7, 7))

    def test_json_has_times_only_in_the_agreed_fields(self):
        entries = system_report.as_json("system", self.results)
        names = {entry["name"] for entry in entries}
        self.assertIn("bpf/messages/enqueue", names)
        self.assertFalse({name for name in names if name.startswith(("agent/", "switches/", "bpf_calls/"))})
        entry = next(e for e in entries if (e["name"], e["impl"]) == ("cpu/all", "goland"))
        self.assertEqual(
            entry,
            {"suite": "system", "name": "cpu/all", "impl": "goland", "batch": 1, "ns_per_task": 10_000, "allocs_per_task": None},
        )

    def test_goals_are_judged_by_the_numbers(self):
        table = "\n".join(system_report.goals_table(self.results))
        self.assertIn("against the kernel default | at most 1.3 | 2.00 | **not met**", table)
        self.assertIn("hackbench: against scx_rustland | at most 1 | 0.67 | met", table)
        for what in ("decision carried out", "decision, leases not counted"):
            self.assertIn(f"per {what}: against scx_rustland's | at most 0.5 | 0.25 | met", table)
        judged = len(system_report.JUDGED)
        self.assertIn(f"all {judged} | {judged} | met", table)

    def test_one_row_behind_is_seen(self):
        self.results["messages/message", "rustland"] = Result(1, 1, 1)
        judged = len(system_report.JUDGED)
        self.assertIn(f"all {judged} | {judged - 1} | **not met**", "\n".join(system_report.goals_table(self.results)))

    def test_without_scx_rustland_its_goals_are_not_measured(self):
        without = {key: r for key, r in self.results.items() if key[1] != "rustland"}
        table = "\n".join(system_report.goals_table(without))
        self.assertEqual(table.count("not measured"), 3)
        machine = "\n".join(system_report.machine_table(RUN | {"missing": {"rustland": "no compiler"}}, []))
        self.assertIn("| scx_rustland, not measured | no compiler |", machine)

    def test_a_load_that_could_not_run_says_why(self):
        without = {key: r for key, r in self.results.items() if not key[0].startswith("cyclictest")}
        table = "\n".join(system_report.loads_table(without, {"cyclictest": "cyclictest is not installed"}))
        self.assertEqual(table.count("not measured: cyclictest is not installed"), 2)

    def test_a_program_is_weighed_by_its_calls(self):
        table = system_report.programs_table(self.results)
        self.assertIn("| scx_goland | `enqueue` | 10 | 850 |", table)

    def test_all_parts_stand_in_the_report(self):
        text = system_report.markdown(RUN, self.results, [("CPU", "a good one")], "plot.svg")
        for part in ("### Goals", "(plot.svg)", "median of 5 rounds", "| scx_goland | 0 | 3 | 12.0 |", "counts instructions"):
            self.assertIn(part, text)
        self.assertIn("| scx_rustland | scx_rustland 1.2.3 |", text)

    def test_the_plot_has_a_bar_for_each_load_and_scheduler(self):
        root = ElementTree.fromstring(system_plot.plot(self.results))
        bars = root.findall("{http://www.w3.org/2000/svg}rect[@class='bar']")
        self.assertEqual(len(bars), 3 * len(system_report.JUDGED))


if __name__ == "__main__":
    unittest.main()
