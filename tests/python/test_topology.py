"""The topology is this machine's."""

import os
import pathlib
import unittest

import scxbridge


class Topology(unittest.TestCase):
    def test_it_is_that_of_sysfs(self):
        topology = scxbridge.read_topology()
        ids = [cpu.id for cpu in topology.cpus]
        self.assertEqual(ids, sorted(set(ids)))
        online = [cpu for cpu in topology.cpus if cpu.online]
        self.assertEqual(len(online), os.sysconf("SC_NPROCESSORS_ONLN"))
        for cpu in online:
            folder = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu.id}/topology")
            self.assertEqual(cpu.socket, int((folder / "physical_package_id").read_text()))
            self.assertTrue(1 <= cpu.capacity <= scxbridge.CPU_CAPACITY_MAX, cpu)

    def test_nothing_has_changed(self):
        self.assertEqual(scxbridge.read_topology().generation, scxbridge.topology_generation())


if __name__ == "__main__":
    unittest.main()
