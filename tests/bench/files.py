"""Where the benchmarks put what they measure."""

from __future__ import annotations

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "target/bench"


def write(path: pathlib.Path, text: str) -> None:
    path.write_text(text)
    print(f"wrote {path.relative_to(ROOT)}")
