"""Scores the model and every naive rival from rolling origins and writes the tables of docs/hindcast.md.

python scripts/hindcast.py RUNS [FIRST NEWEST] [--export FILE.parquet]

RUNS keeps each origin's futures: the same command goes on after a stop. Five seconds an origin on two cores, then two minutes for the
scores. With ``--export`` every sample is written instead.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from premortem.calibration import hindcast
from premortem.calibration.baselines import BASELINES
from premortem.calibration.targets import MX, TARGETS, US

PAGE = Path(__file__).parents[1] / "docs/hindcast.md"
MARK = "<!-- tables: written by scripts/hindcast.py -->\n"
NEWEST = "2024-12"
SPANS = ((1, 6), (7, 12), (13, 24), (25, 37))
"""Months ahead that are averaged."""
VIEWS = {"origins": ("2017-12", "2023-12"), "months": (2, 13)}
"""ViEWS' protocol: twelve months, from a December's data three months late; the states of prosecutors' victims."""
HEAD = (
    "| target, ahead | cases | model | "
    + " | ".join(name.replace("_", " ") for name in BASELINES)
    + " | in 50, 90 % |\n"
)
RULE = "|---|---|---|" + "---|" * len(BASELINES) + "---|\n"


def means(found: pl.DataFrame, metric: str = "crps") -> dict[str, float]:
    """Return the mean score of the model and of each rival over the same cases."""
    return dict(found.group_by("model").agg(pl.col(metric).mean()).iter_rows())


def lost(found: pl.DataFrame) -> float:
    """Return the model's mean score over that of its best rival: above 1 it loses."""
    scores = means(found)
    return scores.pop(hindcast.MODEL) / min(scores.values())


def number(value: float) -> str:
    """Return a score with four digits at most, thousands separated."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def row(label: str, found: pl.DataFrame, metric: str = "crps") -> str:
    """Return one line: the mean score of the model and of each rival over the same cases, and how often the model's ranges hold."""
    scores = means(found, metric)
    ours = found.filter(pl.col("model") == hindcast.MODEL)
    best = number(min(scores.values()))
    shown = [number(scores[name]) for name in (hindcast.MODEL, *BASELINES)]
    marked = [f"**{text}**" if text == best else text for text in shown]
    inside = " / ".join(f"{ours[name].mean():.2f}" for name in ("in50", "in90"))
    return f"| {label} | {len(ours):,} | {' | '.join(marked)} | {inside} |\n"


def tables(scores: pl.DataFrame) -> str:
    """Return all tables, those first in which the model loses most."""
    sections: list[tuple[float, str]] = []
    for ident, target in TARGETS.items():
        mine = scores.filter(pl.col("target") == ident)
        for where, chosen in (("nation", True), ("states, mean", False)):
            here = mine.filter(pl.col("location").is_in([MX, US]) == chosen)
            if here.is_empty():
                continue
            text = f"\n### {target.title}: {where} (CRPS, {target.unit})\n\n{HEAD}{RULE}"
            steps = [(n, n) for n in sorted(here["horizon"].unique())] if target.yearly else SPANS
            for first, last in steps:
                found = here.filter(pl.col("horizon").is_between(first, last))
                label = f"year {first}" if target.yearly else f"months {first} to {last}"
                if not found.is_empty():
                    text += row(label, found)
            sections.append((lost(here), text))
    states = scores.filter(
        (pl.col("target") == "homicide_victims")
        & ~pl.col("location").is_in([MX])
        & pl.col("origin").str.ends_with("-12")
        & pl.col("origin").is_between(*map(pl.lit, VIEWS["origins"]))
        & pl.col("horizon").is_between(*VIEWS["months"])
    )
    text = "".join(text for _, text in sorted(sections, reverse=True))
    text += f"\n### State-months by ViEWS' protocol, 2018-24\n\n{HEAD}{RULE}"
    for metric, label in (("crps", "CRPS"), ("ignorance", "ignorance, bits"), ("mis90", "interval score at 90 %")):
        text += row(label, states, metric)
    return text


def main() -> None:
    """Run what is missing, score, write."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("runs", type=Path)
    asked.add_argument("span", nargs="*", default=[hindcast.FIRST, NEWEST])
    asked.add_argument("--export", type=Path)
    given = asked.parse_args()
    first, newest = given.span
    origins = hindcast.quarterly(newest, first)
    ran = hindcast.run(origins, given.runs, progress=lambda origin: print(origin, flush=True))
    if given.export:
        hindcast.export(origins, ran, given.export)
        return
    told = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(told + MARK + tables(hindcast.scores(origins, ran)), encoding="utf-8")


if __name__ == "__main__":
    main()
