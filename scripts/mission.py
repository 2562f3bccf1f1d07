"""Writes docs/mission.md: the op-ed, statement by statement; what encodes each, what moves when it changes, where it is thin.

python scripts/mission.py

Every claim that the ledger can alter in the op-ed's plan is altered, and both plans are simulated in the same futures and luck.
What it says about the world is swung instead: each parameter that carries it goes from one end of its prior to the other under that plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from premortem.analysis.effects import Largest, moved_by
from premortem.analysis.swings import Swung, swung
from premortem.api.studies import executor
from premortem.claims import altered, encoding, plan
from premortem.evidence import Claim
from premortem.evidence import load as load_evidence
from premortem.evidence.parameters import load as load_parameters
from premortem.plan.language.readers import linted_only
from premortem.wording.numbers import per_cent, scale

PAGE = Path(__file__).parents[1] / "docs/mission.md"
FUTURES, YEARS, SEED = 6, 2, 1
SHOWN = 4
WORTH = 0.05
"""Of how far futures spread: an outcome that a statement is about and that moves by less is not what the row shows."""
Moved = list[tuple[float, Largest]]
HEAD = """# The mission, statement by statement

The op-ed (`mcinerney_vallely2025`) is not reprinted here. The ledger holds what it says as {explicit} statements in the order of its
ten paragraphs, each in our words (`premortem claims show ID` prints both sides), and {omitted} things that it leaves out. For each:
what encodes it in the plan, the linter and the model; what moves when it is altered; where the encoding is thin.

"Moves" is measured, on {date}: each altered plan of a statement (`claims.toml`, `altered`) against the op-ed's plan, {futures} futures
of {years} years, seed {seed}, as likely to unfold. Given are the number of outcomes that differ in any future and one of them: the one that
answers the statement and differs most for how far futures spread, or, where none of those does by a twentieth of that, the one of all
outcomes that differs most; median difference, 5 to 95 percent, and the share of futures in which it differs. A statement about the
world has no altered plan: under the op-ed's plan each parameter that rests on its evidence goes alone from the 5 to the 95 percent point of
its prior in all futures, and the row names the one that moves most; so it does where the altered plans of a statement move nothing. Those
that are solved at the start (`migration.arrivals`, `control.ratio`) have no prior to swing. {still} statements are judgements on which no
field of a plan and no parameter rests: no perturbation of them exists.

Written by `scripts/mission.py`; `tests/docs/test_mission.py` holds a row to each statement, and what encodes it to the data.

| § | statement | what encodes it | what moves when it changes | where it is thin |
|---|---|---|---|---|
"""


def rows(claims: Mapping[str, Claim]) -> list[Claim]:
    """Return the statements in the order of the text, then what it leaves out."""
    return sorted(claims.values(), key=lambda claim: claim.paragraph or 99)


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def encodes(claim: Claim) -> str:
    """Return what encodes a claim, in words."""
    found = encoding(claim)
    parts = {
        "fields": found.fields,
        "levers": found.levers,
        "outcomes": found.outcomes,
        "predicts": found.expectations,
        "parameters": found.parameters,
        "lint": found.rules,
    }
    return "; ".join(f"{kind} {_some(names)}" for kind, names in parts.items() if names) or "its verdict alone"


def thin(claim: Claim, moved: Mapping[str, Moved] | None = None) -> str:
    """Return where the encoding is thin; ``moved`` tells the words that no simulation reads."""
    found, known = encoding(claim), load_parameters()
    parts = []
    assumed = [name for name in found.parameters if name in known and known[name].grade == "assumption"]
    if not claim.altered and not found.parameters:
        parts.append("no parameter rests on it: read, not simulated")
    if assumed:
        parts.append(f"{len(assumed)} of {len(found.parameters)} parameters are assumptions")
    if moved is not None and claim.altered and not any(moved.values()):
        linted = all(path in linted_only() for path in found.fields)
        parts.append(
            "the linter alone sees it" if linted else "the model reads it, and as altered it moved nothing here"
        )
    if not claim.evidence:
        parts.append("no fact in the ledger")
    return "; ".join([*parts, f"verdict: {claim.verdict}"])


def moves(claim: Claim, moved: Mapping[str, Moved]) -> str:
    """Return what the altered plan that moves most does."""
    return _told(claim, max(moved.values(), key=len, default=[]))


def carried(claim: Claim, found: Mapping[str, Swung]) -> str:
    """Return what the parameter behind a statement that moves most does between the ends of its prior."""
    own = [found[id_] for id_ in encoding(claim).parameters if id_ in found]
    if not own:
        return "nothing: a judgement that no field of a plan and no parameter carries"
    most = max(own, key=lambda one: _worth(claim, one.moved))
    return f"of {len(own)} swung, `{most.parameter}`: {_told(claim, most.moved)}"


def _shown(claim: Claim, moved: Moved) -> tuple[float, Largest] | None:
    """Return the outcome that a row shows: one the statement is about, if any moves by what is worth it; none that would print as 0."""
    visible = [one for one in moved if re.search("[1-9]", "".join(_numbers(one[1])[:2]))]
    about = [one for one in visible if one[1].outcome in encoding(claim).outcomes and one[0] >= WORTH]
    return max(about or visible, key=lambda one: one[0], default=None)


def _worth(claim: Claim, moved: Moved) -> tuple[bool, float]:
    """Return how a swing ranks: by what the statement is about first, then by size."""
    shown = _shown(claim, moved)
    return (False, 0.0) if shown is None else (shown[1].outcome in encoding(claim).outcomes, shown[0])


def _numbers(largest: Largest) -> tuple[str, str, str]:
    """Return median, range and unit in words."""
    in_unit = scale(largest.unit, [largest.difference])
    return *in_unit.interval(largest.difference, signed=True), in_unit.unit


def _told(claim: Claim, moved: Moved) -> str:
    shown = _shown(claim, moved)
    if shown is None:
        return f"nothing in {FUTURES} futures"
    median, width, unit = _numbers(shown[1])
    outcomes = "outcome" if len(moved) == 1 else "outcomes"
    return f"{len(moved)} {outcomes}; most: {shown[1].title.lower()} {median} ({width}) {unit}, in {per_cent(shown[1].share)} of futures"


def main() -> None:
    claims = load_evidence().claims
    plans = {f"{claim.id}.{i}": one for claim in claims.values() for i, one in enumerate(altered(claim))}
    found = moved_by(plan(), plans, futures=FUTURES, years=YEARS, seed=SEED, executor=executor(0))
    own = {id_: {name: one for name, one in found.items() if name.partition(".")[0] == id_} for id_ in claims}
    world = [claim for claim in claims.values() if not any(own[claim.id].values())]
    ids = dict.fromkeys(id_ for claim in world for id_ in encoding(claim).parameters)
    ends = swung(plan(), ids, futures=FUTURES, years=YEARS, seed=SEED, executor=executor(0))
    lines = []
    for claim in rows(claims):
        what = moves(claim, own[claim.id]) if claim not in world else carried(claim, ends)
        paragraph = claim.paragraph or "left out"
        said = claim.paraphrase.replace("|", "/")
        lines.append(
            f"| {paragraph} | `{claim.id}`: {said} | {encodes(claim)} | {what} | {thin(claim, own[claim.id])} |"
        )
    explicit = sum(1 for claim in claims.values() if claim.paragraph)
    head = HEAD.format(
        explicit=explicit,
        omitted=len(claims) - explicit,
        still=sum(1 for claim in world if not claim.altered and not encoding(claim).parameters),
        date=datetime.now(UTC).date().isoformat(),
        futures=FUTURES,
        years=YEARS,
        seed=SEED,
    )
    PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
