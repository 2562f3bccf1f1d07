"""Writes what two studies found into docs/even_handedness.md and docs/what_decides.md.

python scripts/verdicts.py STUDY_OF_ALL_PLANS STUDY_OF_TWO_PLANS
"""

from __future__ import annotations

import sys
from pathlib import Path

from premortem.analysis.balance import reason, reasons, shares
from premortem.analysis.compare import compare
from premortem.analysis.decisive import rank
from premortem.analysis.drawn import field
from premortem.evidence import outcomes, parameters
from premortem.study.store import Store
from premortem.wording.numbers import per_cent

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- written by scripts/verdicts.py -->\n", "<!-- end -->\n"
BASELINE = "status_quo"
SHOWN, NAMED = 25, 5


def put(file: str, content: str) -> None:
    """Replace what stands between the marks of a page."""
    text = (DOCS / file).read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    (DOCS / file).write_text(f"{before}{BEGIN}{content}{END}{rest.split(END)[1]}", encoding="utf-8")


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


def main(everything: str, two: str) -> None:
    """Write both pages."""
    put("even_handedness.md", fairness(Store.open(everything)))
    put("what_decides.md", decides(Store.open(two)))


if __name__ == "__main__":
    main(*sys.argv[1:])
