"""A plot of bars, as an SVG that needs nothing but a viewer: a group for each row, a bar for each scheduler."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

COLORS = ["#4d4d4d", "#0072b2", "#c0392b", "#7a3e9d", "#2e8b57", "#b5651d"]
WIDTH, LEFT, RIGHT, TOP = 960, 340, 60, 46
BAR, GAP = 12, 10


@dataclass(frozen=True)
class Plot:
    title: str
    axis: str
    # From the row's label to the values of the bars, by their names.
    rows: dict[str, dict[str, float]]
    # All names, in the order of the bars.
    names: list[str]
    # Where bars begin; None: at the left.
    base: float | None = None
    # The axis spans at least this.
    least: tuple[float, float] = (0.5, 2)
    # Ticks are powers of it.
    step: int = 2


def draw(plot: Plot) -> str:
    # A logarithm has no zero: such a bar has no length.
    values = [v for row in plot.rows.values() for v in row.values() if v > 0] or [1]
    low = plot.step ** math.floor(math.log(min(*values, plot.least[0]), plot.step) + 1e-9)
    high = plot.step ** math.ceil(math.log(max(*values, plot.least[1]), plot.step) - 1e-9)
    row_height = BAR * len(plot.names) + GAP
    height = TOP + row_height * len(plot.rows) + 66

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(max(value, low) / low) / math.log(high / low)

    base = plot.base or low
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="sans-serif" font-size="13" fill="#222">',
        f"<title>{escape(plot.title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{WIDTH - RIGHT}" y="22" text-anchor="end" font-size="15" font-weight="bold">{escape(plot.axis)}</text>',
    ]
    bottom = TOP + row_height * len(plot.rows)
    tick = low
    while tick <= high * 1.001:
        width = 2 if tick == base else 1
        out.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP - 4}" y2="{bottom}" stroke="#ccc" stroke-width="{width}"/>')
        out.append(f'<text x="{x(tick):.1f}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>')
        tick *= plot.step
    for row, (text, of_row) in enumerate(plot.rows.items()):
        top = TOP + row * row_height
        middle = top + BAR * len(plot.names) / 2 + 4
        out.append(f'<text x="{LEFT - 10}" y="{middle:.1f}" text-anchor="end">{escape(text)}</text>')
        for index, name in enumerate(plot.names):
            if name in of_row:
                left, right = sorted((x(base), x(of_row[name])))
                label = escape(f"{name}, {text}: {of_row[name]:.2f}")
                out.append(
                    f'<rect class="bar" x="{left - 1:.1f}" y="{top + index * BAR}" width="{right - left + 2:.1f}" height="{BAR - 2}" '
                    f'fill="{COLORS[index % len(COLORS)]}"><title>{label}</title></rect>'
                )
    out += legend(plot.names, height)
    out.append("</svg>")
    return "\n".join(out) + "\n"


def legend(names: list[str], height: float) -> list[str]:
    """In a line at the bottom: its width is estimated, as a font is not known here."""
    widths = [50 + 7.5 * len(name) for name in names]
    out, left = [], min(LEFT, max(10, WIDTH - 10 - sum(widths)))
    for index, name in enumerate(names):
        out.append(f'<rect x="{left:.0f}" y="{height - 30}" width="16" height="{BAR}" fill="{COLORS[index % len(COLORS)]}"/>')
        out.append(f'<text x="{left + 22:.0f}" y="{height - 19}">{escape(name)}</text>')
        left += widths[index]
    return out
