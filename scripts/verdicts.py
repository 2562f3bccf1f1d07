"""Writes what two studies found into docs/even_handedness.md and docs/what_decides.md.

python scripts/verdicts.py STUDY_OF_ALL_PLANS STUDY_OF_TWO_PLANS

The study of all plans holds both readings and keeps its draws.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from premortem.analysis.balance import reason, reasons, shares
from premortem.analysis.believed import Assumption, Believed, believed
from premortem.analysis.compare import Interval, compare
from premortem.analysis.decisive import rank
from premortem.analysis.drawn import field
from premortem.evidence import outcomes, parameters
from premortem.study.cases import Reading
from premortem.study.store import Store
from premortem.wording.numbers import Scale, per_cent, scale

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, BELIEVED, END = (
    "<!-- written by scripts/verdicts.py -->\n",
    "<!-- believed, by scripts/verdicts.py -->\n",
    "<!-- end -->\n",
)
EXPECTED = ("homicides_mx", "members", "control_organisations", "delivered_kg", "overdose_deaths")
"""What the op-ed's authors expect to fall: order, the organisations, their ground, and the flow of drugs with its deaths."""
READINGS: Mapping[Reading, str] = {"carried_out": "if carried out", "as_likely": "as likely to unfold"}
BASELINE = "status_quo"
SHOWN, NAMED = 25, 5


def put(file: str, content: str, begin: str = BEGIN) -> None:
    """Replace what stands between two marks of a page."""
    text = (DOCS / file).read_text(encoding="utf-8")
    before, rest = text.split(begin)
    after = rest.split(END, maxsplit=1)[1]
    (DOCS / file).write_text(f"{before}{begin}{content}{END}{after}", encoding="utf-8")


def about(store: Store) -> str:
    """Return how large a study is."""
    about = store.provenance
    return f"{about.futures:,} futures of {about.years} years, seed {about.seed}"


def fairness(store: Store) -> str:
    """Return a table of better and worse by plan and outcome, and the reasons for scarce sides."""
    table, known = store.table().collect(), reasons()
    plans = [plan for plan in store.provenance.plans if plan != BASELINE]
    found = shares(compare(table, plan, BASELINE) for plan in plans)
    by = {(share.plan, share.outcome.id): share for share in found}
    ids = list(dict.fromkeys(share.outcome.id for share in found))
    lines = [f"| better / worse ({about(store)}) | {' | '.join(plans)} |", "|---|" + "---|" * len(plans)]
    for id_ in ids:
        cells = []
        for plan in plans:
            share = by[plan, id_]
            text = f"{per_cent(share.better)} / {per_cent(share.worse)}"
            cells.append(f"**{text}**" if share.scarce else text)
        lines.append(f"| {outcomes.load()[id_].title} | {' | '.join(cells)} |")
    scarce = [share for share in found if share.scarce]
    said: dict[tuple[str, str, str, str, str], list[str]] = {}
    for share in scarce:
        why = reason(share, known)
        key = (
            share.outcome.title,
            share.scarce or "",
            why.kind if why else "",
            why.why if why else "**no reason given**",
            ", ".join(f"`{id_}`" for id_ in why.rests_on) if why else "",
        )
        said.setdefault(key, []).append(share.plan)
    lines += ["", f"Bold: one side occurs in under 5 % of futures ({len(scarce)} of {len(found)} shares).", ""]
    lines += ["| outcome | hardly ever | plans | decided by | why | rests on |", "|---|---|---|---|---|---|"]
    for (title, side, kind, why_, rests), plans_ in said.items():
        everywhere = "all" if len(plans_) == len(plans) else ", ".join(plans_)
        lines.append(f"| {title} | {side} | {everywhere} | {kind} | {why_} | {rests} |")
    return "\n".join(lines) + "\n"


def decides(store: Store) -> str:
    """Return the ranking of what decides."""
    plan = next(plan for plan in store.provenance.plans if plan != BASELINE)
    ranking = rank(store, plan, BASELINE)
    known, titles = parameters.load(), outcomes.load()
    tried = max(one.tried for one in ranking.screens.values())
    on = f"at least one of {len(ranking.screens)} headline outcomes"
    counted = f"{len(ranking.clear)} of {tried} parameters and open fields stand out on {on}"
    lines = [
        f"`{plan}` minus `{BASELINE}`: {about(store)}, {ranking.futures:,} pairs; {counted}.",
        "",
        "| | parameter, or field left open | score | grade | decides (rank correlation) | meaning |",
        "|---|---|---|---|---|---|",
    ]
    for place, one in enumerate(ranking.clear[:SHOWN], start=1):
        what = ", ".join(f"{titles[id_].title} {rho:+.2f}" for id_, rho in one.decides[:NAMED])
        more = f", {len(one.decides) - NAMED} more" if len(one.decides) > NAMED else ""
        path = field(one.parameter)
        grade, meaning = (
            ("left open", "What the plan leaves open.")
            if path
            else (known[one.parameter].grade, known[one.parameter].meaning)
        )
        lines.append(f"| {place} | `{path or one.parameter}` | {one.score:.3f} | {grade} | {what}{more} | {meaning} |")
    return "\n".join(lines) + "\n"


def beliefs(store: Store) -> str:
    """Return by plan, reading and outcome how often and by how much a plan does better, and on what that turns."""
    lines = [f"{about(store)}; differences to `{BASELINE}`, future by future; ranges hold nine futures in ten."]
    for plan in (plan for plan in store.provenance.plans if plan != BASELINE):
        lines += ["", f"### `{plan}`", ""]
        lines += [
            "| outcome | reading | better in | difference | most favourable fifth | least favourable fifth | turns on |"
        ]
        lines += ["|---|---|---|---|---|---|---|"]
        for reading, words in READINGS.items():
            for found in believed(store.under(reading), plan, BASELINE, EXPECTED):
                lines.append(_belief(found, words))
    return "\n".join(lines) + "\n"


def _belief(found: Believed, reading: str) -> str:
    line = found.line
    shown = scale(line.outcome.unit, [line.difference])
    median, span = shown.interval(line.difference, signed=True)
    better = per_cent(line.share_better or 0.0)
    turns = "; ".join(_turning(one, shown) for one in found.assumptions) or "nothing that stands out"
    ends = [
        shown.interval(Interval(x, line.difference.low, line.difference.high), signed=True)[0]
        for x in (found.most, found.least)
    ]
    cells = [line.outcome.title, reading, better, f"{median} ({span}) {shown.unit}", *ends, turns]
    return f"| {' | '.join(cells)} |"


def _turning(one: Assumption, shown: Scale) -> str:
    where = f"`{field(one.name) or one.name}` {'above' if one.above else 'below'} {one.at:.3g}"
    there, elsewhere = (shown.interval(Interval(x, x, x), signed=True)[0] for x in (one.there, one.elsewhere))
    return f"{where}: better in {per_cent(one.better_there)} ({there}), else in {per_cent(one.better_elsewhere)} ({elsewhere})"


def main(everything: str, two: str) -> None:
    """Write both pages."""
    put("even_handedness.md", beliefs(Store.open(everything)), BELIEVED)
    put("even_handedness.md", fairness(Store.open(everything)))
    put("what_decides.md", decides(Store.open(two)))


if __name__ == "__main__":
    main(*sys.argv[1:])
