"""The plot: time per task over the size of the batch, as an SVG that needs nothing but a viewer."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

from report import IMPL_NAMES, Results

COLORS = {"c": "#4d4d4d", "rust": "#b5651d", "capi": "#7a3e9d", "go": "#0072b2", "libbpfgo": "#c0392b"}
DASHES = {"c": "6 4", "rust": "2 3", "capi": "8 3 2 3", "go": "", "libbpfgo": ""}
# Title, and the measure of each implementation: libbpfgo's round always asks for a CPU.
PANELS = [
    ("The whole round", "round", {}),
    ("The round with a CPU for each task", "round_select", {"libbpfgo": "round"}),
]

WIDTH, HEIGHT = 960, 470
LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT, GAP = 70, 60, 395, 310, 80


def plot(results: Results) -> str:
    panels = [(title, lines_of(results, name, other)) for title, name, other in PANELS]
    values = [ns for _, lines in panels for line in lines.values() for _, ns in line]
    low = 10 ** math.floor(math.log10(min(values)))
    high = 10 ** math.ceil(math.log10(max(values)))
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        "<title>Time per task over the size of the batch</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for index, (title, lines) in enumerate(panels):
        out += panel(LEFT + index * (PANEL_WIDTH + GAP), title, lines, low, high)
    middle = TOP + PANEL_HEIGHT / 2
    out.append(f'<text x="18" y="{middle}" text-anchor="middle" transform="rotate(-90 18 {middle})">ns per task (logarithmic)</text>')
    out += legend()
    out.append("</svg>")
    return "\n".join(out) + "\n"


def lines_of(results: Results, name: str, other: dict[str, str]) -> dict[str, list[tuple[int, float]]]:
    lines: dict[str, list[tuple[int, float]]] = {}
    for impl in IMPL_NAMES:
        wanted = (other.get(impl, name), impl)
        line = sorted((batch, r.ns) for (n, i, batch), r in results.items() if (n, i) == wanted)
        if line:
            lines[impl] = line
    return lines


def panel(left: float, title: str, lines: dict[str, list[tuple[int, float]]], low: float, high: float) -> list[str]:
    batches = sorted({batch for line in lines.values() for batch, _ in line})

    def x(batch: int) -> float:
        span = math.log2(batches[-1] / batches[0]) or 1
        return left + 15 + (PANEL_WIDTH - 30) * math.log2(batch / batches[0]) / span

    def y(ns: float) -> float:
        return TOP + PANEL_HEIGHT * (1 - math.log10(ns / low) / math.log10(high / low))

    out = [f'<text x="{left}" y="{TOP - 18}" font-size="15" font-weight="bold">{escape(title)}</text>']
    decade = low
    while decade <= high * 1.001:
        out.append(f'<line x1="{left}" x2="{left + PANEL_WIDTH}" y1="{y(decade):.1f}" y2="{y(decade):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 8}" y="{y(decade) + 4:.1f}" text-anchor="end">{decade:,.0f}</text>')
        decade *= 10
    for batch in batches:
        out.append(f'<text x="{x(batch):.1f}" y="{TOP + PANEL_HEIGHT + 20}" text-anchor="middle">{batch}</text>')
    out.append(f'<text x="{left + PANEL_WIDTH / 2}" y="{TOP + PANEL_HEIGHT + 42}" text-anchor="middle">tasks in a batch</text>')
    for impl, line in lines.items():
        points = " ".join(f"{x(batch):.1f},{y(ns):.1f}" for batch, ns in line)
        out.append(f'<polyline points="{points}" fill="none" stroke="{COLORS[impl]}" stroke-width="2" stroke-dasharray="{DASHES[impl]}"/>')
        for batch, ns in line:
            label = escape(f"{IMPL_NAMES[impl]}, batch {batch}: {ns:.1f} ns")
            out.append(f'<circle cx="{x(batch):.1f}" cy="{y(ns):.1f}" r="3.5" fill="{COLORS[impl]}"><title>{label}</title></circle>')
    return out


def legend() -> list[str]:
    out = []
    left = LEFT
    for impl, title in IMPL_NAMES.items():
        line = HEIGHT - 26
        out.append(f'<line x1="{left}" x2="{left + 30}" y1="{line}" y2="{line}" stroke="{COLORS[impl]}" stroke-width="2" stroke-dasharray="{DASHES[impl]}"/>')
        out.append(f'<text x="{left + 36}" y="{line + 4}">{escape(title)}</text>')
        left += 56 + 7 * len(title)
    return out
