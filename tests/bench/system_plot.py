"""The plot of the system benchmarks: each load under each scheduler, as a multiple of the kernel default."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from system_report import JUDGED, LOADS, Results, impls_of, ratio, title

COLORS = ["#4d4d4d", "#0072b2", "#c0392b", "#7a3e9d", "#2e8b57", "#b5651d"]
WIDTH, LEFT, RIGHT, TOP = 960, 340, 60, 46
BAR, GAP = 12, 10


def plot(results: Results) -> str:
    impls = impls_of(results)
    rows = [name for name in JUDGED if (name, "default") in results]
    factors = {(name, impl): ratio(results, name, impl, "default") for name in rows for impl in impls}
    values = [v for v in factors.values() if v] or [1]
    low = 2 ** math.floor(math.log2(min(*values, 0.5)))
    high = 2 ** math.ceil(math.log2(max(*values, 2)))
    row_height = BAR * len(impls) + GAP
    height = TOP + row_height * len(rows) + 66

    def x(factor: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log2(factor / low) / math.log2(high / low)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        "<title>Each load under each scheduler, compared with the kernel default</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="15" font-weight="bold">Time, as a multiple of the kernel default '
        "(logarithmic; less is better)</text>",
    ]
    bottom = TOP + row_height * len(rows)
    factor = low
    while factor <= high * 1.001:
        width = 2 if factor == 1 else 1
        out.append(
            f'<line x1="{x(factor):.1f}" x2="{x(factor):.1f}" y1="{TOP - 4}" y2="{bottom}" stroke="#ccc" stroke-width="{width}"/>'
        )
        out.append(f'<text x="{x(factor):.1f}" y="{bottom + 18}" text-anchor="middle">{factor:g}</text>')
        factor *= 2
    for row, name in enumerate(rows):
        top = TOP + row * row_height
        middle = top + BAR * len(impls) / 2 + 4
        out.append(f'<text x="{LEFT - 10}" y="{middle:.1f}" text-anchor="end">{escape(LOADS[name])}</text>')
        for index, impl in enumerate(impls):
            factor = factors[name, impl]
            if factor:
                left, right = sorted((x(1), x(factor)))
                label = escape(f"{title(impl)}, {LOADS[name]}: {factor:.2f}")
                out.append(
                    f'<rect class="bar" x="{left - 1:.1f}" y="{top + index * BAR}" width="{right - left + 2:.1f}" height="{BAR - 2}" '
                    f'fill="{COLORS[index % len(COLORS)]}"><title>{label}</title></rect>'
                )
    left = LEFT
    for index, impl in enumerate(impls):
        out.append(f'<rect x="{left}" y="{height - 30}" width="16" height="{BAR}" fill="{COLORS[index % len(COLORS)]}"/>')
        out.append(f'<text x="{left + 22}" y="{height - 19}">{escape(title(impl))}</text>')
        left += 50 + 8 * len(title(impl))
    out.append("</svg>")
    return "\n".join(out) + "\n"
