"""A disk with a minimal Debian on it whose first process is systemd; and what the kernel begins with, to get there."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "fresh"), str(HERE.parent / "vm")]
import initramfs  # noqa: E402
from kernels import Kernel  # noqa: E402
from root import made  # noqa: E402
from util import Failure, cache_dir, locked, run, say  # noqa: E402

# Besides systemd, what our packages need: they are installed in the guest, which has no network.
PACKAGES = ("systemd", "init-system-helpers", "libelf1", "zlib1g")
# The guest has no use for them.
LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists", "dev")
MODULES = ("virtio_pci", "virtio_blk", "ext4", "9pnet_virtio", "9p")
SIZE = "1G"


def disk(codename: str) -> pathlib.Path:
    """The disk, from the cache unless it is older than the archive of its files."""
    archive = made(codename, PACKAGES)
    image = archive.with_suffix(".ext4")
    with locked(image.with_suffix(".lock"), f"making a disk of {codename}"):
        if image.exists() and image.stat().st_mtime >= archive.stat().st_mtime:
            return image
        say(f"making a disk with Debian {codename}")
        new = image.with_suffix(".new")
        new.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_dir()) as folder:
            excluded = [f"--exclude=./{path}/*" for path in LEFT_OUT]
            run(["tar", "-xf", str(archive), "-C", folder, *excluded], "unpack the root")
            # Sparse: what is not used takes no room.
            run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", folder, str(new), SIZE], "make the disk")
        new.replace(image)
    return image


def first_steps(kernel: Kernel, target: pathlib.Path) -> None:
    """The archive in memory: modules for the disk and for the host's folder, and the program that mounts both."""
    busybox = shutil.which("busybox")
    if not busybox or subprocess.run([busybox, "--list"], capture_output=True, check=False).returncode != 0:
        raise Failure("a static busybox is missing. Run `make setup`, or install busybox-static.")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "bin").mkdir()
        shutil.copy(busybox, root / "bin/busybox")
        (root / "bin/sh").symlink_to("busybox")
        initramfs.write(target, root, kernel.image.parent, HERE / "init.sh", MODULES)
