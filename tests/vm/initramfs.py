"""A guest's root file system in memory: Debian's packages, unpacked, with the kernel modules to reach the host's folders.

It is a cpio archive in the kernel's format ("newc"), written here, so that neither root nor cpio is needed.
"""

from __future__ import annotations

import lzma
import os
import pathlib
import stat
from collections.abc import Iterator
from typing import BinaryIO

from util import Failure

# A guest needs neither documentation nor headers.
LEFT_OUT = ("usr/share", "usr/include")
MODULES = ("9pnet_virtio", "9p")


def modules_in_order(dep: str, wanted: tuple[str, ...], builtin: str = "") -> list[str]:
    """The files, of modules.dep, to load for these modules: what each one needs comes before it.

    Those that modules.builtin names are in the kernel already.
    """

    def name(path: str) -> str:
        return path.rpartition("/")[2].partition(".ko")[0].replace("-", "_")

    needs = {path.strip(): rest.split() for path, _, rest in (line.partition(":") for line in dep.splitlines())}
    paths = {name(path): path for path in needs}
    there = {name(path) for path in builtin.split()}
    order: list[str] = []
    for module in wanted:
        if module in there:
            continue
        if module not in paths:
            raise Failure(f"the kernel has no module {module}, which the guest needs to reach its files.")
        # depmod names the direct needs first.
        for path in [*reversed(needs[paths[module]]), paths[module]]:
            if path not in order:
                order.append(path)
    return order


class Archive:
    """A cpio archive that grows by one entry at a time."""

    def __init__(self, file: BinaryIO):
        self.file = file
        self.entries = 0

    def add(self, name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        self.entries += 1
        encoded = os.fsencode(name) + b"\0"
        # ino, mode, uid, gid, nlink, mtime, filesize, the device it is on, the device that it is, namesize, check
        fields = (self.entries, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0)
        self._padded(b"070701" + b"".join(b"%08x" % field for field in fields) + encoded)
        self._padded(content)

    def end(self) -> None:
        self.add("TRAILER!!!", 0)

    def _padded(self, data: bytes) -> None:
        self.file.write(data + b"\0" * (-len(data) % 4))


def tree(root: pathlib.Path) -> Iterator[pathlib.Path]:
    """The part of a folder that the guest needs, each folder before its contents."""
    for entry in sorted(root.rglob("*")):
        relative = entry.relative_to(root)
        if any(relative.is_relative_to(left) for left in LEFT_OUT) or entry.suffix == ".a":
            continue
        yield relative


def write(
    target: pathlib.Path, root: pathlib.Path, modules: pathlib.Path, init: pathlib.Path, wanted: tuple[str, ...] = MODULES
) -> None:
    """Root, modules of the kernel's folder lib/modules/<abi> and the first program, as one archive."""
    dep, builtin = ((modules / f"modules.{kind}").read_text() for kind in ("dep", "builtin"))
    order = modules_in_order(dep, wanted, builtin)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    with open(part, "wb") as file:
        archive = Archive(file)
        for path in tree(root):
            entry = root / path
            mode = entry.lstat().st_mode
            if stat.S_ISLNK(mode):
                archive.add(str(path), mode, os.fsencode(os.readlink(entry)))
            elif stat.S_ISDIR(mode):
                archive.add(str(path), mode)
            else:
                archive.add(str(path), mode, entry.read_bytes())
        for folder in ("dev", "proc", "sys", "run", "tmp", "root", "modules"):
            archive.add(folder, stat.S_IFDIR | 0o755)
        # The kernel opens it for the first program.
        archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        names = []
        for path in order:
            content = (modules / path).read_bytes()
            name = pathlib.PurePath(path).name.removesuffix(".xz")
            archive.add(f"modules/{name}", stat.S_IFREG | 0o644, lzma.decompress(content) if path.endswith(".xz") else content)
            names.append(f"/modules/{name}\n")
        archive.add("modules/order", stat.S_IFREG | 0o644, "".join(names).encode())
        archive.add("init", stat.S_IFREG | 0o755, init.read_bytes())
        archive.end()
    part.replace(target)
