"""The plot of the system benchmarks: each load under each scheduler, as a multiple of the kernel default."""

from __future__ import annotations

from bars import Plot, draw
from system_report import JUDGED, LOADS, Results, impls_of, ratio, title


def plot(results: Results) -> str:
    impls = impls_of(results)
    rows = {}
    for name in JUDGED:
        if (name, "default") in results:
            factors = {title(impl): ratio(results, name, impl, "default") for impl in impls}
            rows[LOADS[name]] = {impl: factor for impl, factor in factors.items() if factor}
    return draw(
        Plot(
            title="Each load under each scheduler, compared with the kernel default",
            axis="Time, as a multiple of the kernel default (logarithmic; less is better)",
            rows=rows,
            names=[title(impl) for impl in impls],
            base=1,
        )
    )
