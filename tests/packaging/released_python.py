"""The released Python wheel, on a minimal Debian with Python: the oldest that it is for."""

from __future__ import annotations

import functools
import shutil

from check import ROOT, check, equal, version
from roots import RELEASE, Root, inside, minimal, schedules

CODENAME = "bookworm"


@functools.cache
def with_wheel() -> Root:
    root = minimal("python", CODENAME, "python3", "python3-venv")
    [wheel] = RELEASE.glob("*_x86_64.whl")
    policy = root.folder / "policy"
    policy.mkdir()
    shutil.copy(wheel, policy)
    shutil.copy(ROOT / "examples/python/fifo.py", policy)
    inside(root, f"cd /policy && python3 -m venv venv && venv/bin/pip install --no-index {wheel.name}")
    return root


@check
def wheel_installs_with_its_library() -> None:
    root = with_wheel()
    absent = root.run("command -v gcc cargo clang; ls /usr/lib/*/libelf.so*", shown=False).stdout
    equal("that the root has no compiler and no libelf", "No such file" in absent and len(absent.splitlines()) == 1, True)
    said = inside(root, "/policy/venv/bin/python -c 'import scxbridge; print(scxbridge.version())'")
    equal("its version", said.strip(), version())
    said = inside(root, "! setpriv --reuid 65534 /policy/venv/bin/python /policy/fifo.py 2>&1")
    equal("that it says that it needs root's rights", "CAP_BPF" in said, True)


@check
def wheel_schedules_a_machine() -> None:
    schedules(with_wheel().folder, "/policy/venv/bin/python", "/policy/fifo.py")
