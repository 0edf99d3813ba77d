"""The plot of the topology benchmarks: moves across caches under each scheduler, for each load and machine."""

from __future__ import annotations

from bars import Plot, draw
from system_report import title
from topology_machines import SEVERAL_CACHES
from topology_report import MOVING, All, schedulers, title_of


def plot(results: All) -> str:
    impls = schedulers(results)
    rows = {}
    for load, text in MOVING.items():
        for name in SEVERAL_CACHES:
            of = results.get(name, {})
            row = {title(impl): of[f"{load}/across", impl].value for impl in impls if (f"{load}/across", impl) in of}
            if row:
                rows[f"{text}, {title_of(name)}"] = row
    return draw(
        Plot(
            title="Moves across caches under each scheduler",
            axis="Moves across caches for 1,000 context switches (logarithmic; less is better)",
            rows=rows,
            names=[title(impl) for impl in impls],
            least=(1, 100),
            step=10,
        )
    )
