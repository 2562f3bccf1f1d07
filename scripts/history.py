"""Runs the hindcasts and writes what came of them: docs/images/history_START.svg and the tables of docs/history.md.

python scripts/history.py
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from premortem.analysis.history import Judged, hindcast
from premortem.report.figures import past, style

DOCS = Path(__file__).parents[1] / "docs"
STARTS = ("2012", "2018")
BEGIN, END = "<!-- tables: written by scripts/history.py -->\n", "<!-- end of tables -->\n"


def picture(judged: tuple[Judged, ...]) -> str:
    """Return all series of one start as SVG."""
    panels = [
        (
            textwrap.shorten(one.series.title.split(";")[0], 44, placeholder=" …"),
            [past.Point(y.year, y.model.low, y.model.median, y.model.high, y.recorded) for y in one.years],
        )
        for one in judged
    ]
    return style.svg(past.past(panels))


def table(start: str, judged: tuple[Judged, ...]) -> str:
    """Return every year that lies outside; how many lie inside is no score without rivals."""
    lines = [f"### From {start}\n", "| series | outside: recorded (90 % of futures) |", "|---|---|"]
    for one in judged:
        missed = [
            f"{year.year}: {year.recorded:,.0f} ({year.model.low:,.0f} to {year.model.high:,.0f})"
            for year in one.years
            if year.inside is False and year.recorded is not None
        ]
        lines.append(f"| {one.series.title} ({one.series.unit}) | {'; '.join(missed)} |")
    return "\n".join(lines) + f"\n\n![Hindcast from {start}](images/history_{start}.svg)\n"


def main() -> None:
    """Write figures and tables."""
    parts = []
    for start in STARTS:
        judged = hindcast(start)
        (DOCS / "images" / f"history_{start}.svg").write_text(picture(judged), encoding="utf-8")
        parts.append(table(start, judged))
    file = DOCS / "history.md"
    text = file.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    file.write_text(f"{before}{BEGIN}{chr(10).join(parts)}{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
