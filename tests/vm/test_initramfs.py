"""The guest's root: which modules it loads, in which order, and that its archive is one."""

import io
import lzma
import pathlib
import stat
import tempfile
import unittest

import initramfs
from util import Failure

DEP = (
    "kernel/fs/netfs/netfs.ko.xz:\n"
    "kernel/fs/9p/9p.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz\n"
    "kernel/net/9p/9pnet.ko.xz: kernel/fs/netfs/netfs.ko.xz\n"
    "kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko.xz kernel/fs/netfs/netfs.ko.xz\n"
)


def entries(archive: bytes) -> dict[str, tuple[int, bytes]]:
    """Mode and content by name, as the kernel reads them."""
    found, at = {}, 0
    while True:
        assert archive[at : at + 6] == b"070701", f"no header at {at}"
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        start = at + 110
        name = archive[start : start + fields[11] - 1].decode()
        start = (start + fields[11] + 3) // 4 * 4
        if name == "TRAILER!!!":
            return found
        found[name] = (fields[1], archive[start : start + fields[6]])
        at = (start + fields[6] + 3) // 4 * 4


class Modules(unittest.TestCase):
    def test_what_is_needed_comes_first_and_once(self):
        order = initramfs.modules_in_order(DEP, ("9pnet_virtio", "9p"))
        names = [path.rpartition("/")[2] for path in order]
        self.assertEqual(names, ["netfs.ko.xz", "9pnet.ko.xz", "9pnet_virtio.ko.xz", "9p.ko.xz"])

    def test_built_in_ones_are_left_out(self):
        self.assertEqual(initramfs.modules_in_order("", ("virtio_pci", "9p"), "kernel/virtio-pci.ko\nkernel/fs/9p/9p.ko\n"), [])

    def test_a_missing_one_is_told(self):
        with self.assertRaisesRegex(Failure, "no module 9p_other"):
            initramfs.modules_in_order(DEP, ("9p_other",))


class Archive(unittest.TestCase):
    def test_entries_of_any_length(self):
        file = io.BytesIO()
        archive = initramfs.Archive(file)
        wanted = {"a" * n: (stat.S_IFREG | 0o644, b"x" * n) for n in range(1, 10)}
        for name, (mode, content) in wanted.items():
            archive.add(name, mode, content)
        archive.end()
        self.assertEqual(entries(file.getvalue()), wanted)

    def test_root_modules_and_first_program(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            root, modules, init = folder / "root", folder / "modules", folder / "init.sh"
            for path, text in (("usr/bin/sh", "shell"), ("usr/share/doc/sh", "text"), ("usr/lib/libc.a", "objects")):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            (root / "usr/bin/sh").chmod(0o755)
            (root / "bin").symlink_to("usr/bin")
            for line in DEP.splitlines():
                path = modules / line.partition(":")[0]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(lzma.compress(path.name.encode()))
            (modules / "modules.dep").write_text(DEP)
            (modules / "modules.builtin").write_text("")
            init.write_text("#!/bin/busybox sh\n")
            initramfs.write(folder / "archive", root, modules, init)
            found = entries((folder / "archive").read_bytes())
        self.assertEqual(found["usr/bin/sh"], (stat.S_IFREG | 0o755, b"shell"))
        self.assertEqual((stat.S_ISLNK(found["bin"][0]), found["bin"][1]), (True, b"usr/bin"))
        self.assertEqual(found["init"], (stat.S_IFREG | 0o755, b"#!/bin/busybox sh\n"))
        self.assertEqual(found["modules/9p.ko"][1], b"9p.ko.xz")
        self.assertEqual(found["modules/order"][1].split()[0], b"/modules/netfs.ko")
        self.assertFalse([path for path in found if path.startswith("usr/share") or path.endswith(".a")])
        before = list(found)
        self.assertLess(before.index("usr"), before.index("usr/bin"))


if __name__ == "__main__":
    unittest.main()
