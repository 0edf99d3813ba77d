"""Whether a panic in the library is still caught at the C ABI where it is linked from an archive."""

from __future__ import annotations

import pathlib

from check import CC, ROOT, run, scratch


def panic_is_caught(archive: pathlib.Path, *, compiler: str = CC, emulator: tuple[object, ...] = ()) -> None:
    """Builds panic.c, which says what went wrong, with that archive, and runs it."""
    program = scratch("panic") / "panic"
    run(*compiler.split(), "-static", f"-I{ROOT}/include", ROOT / "tests/packaging/panic.c", archive,
        "-lpthread", "-lm", "-ldl", "-o", program)
    run(*emulator, program)
