"""docs/findings.md, made from the stored results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from premortem.calibration.findings.dilution import Interval
from premortem.calibration.findings.halves import USES
from premortem.calibration.findings.reading import packaged
from premortem.calibration.findings.results import Band, Result, Results, stale, stored
from premortem.calibration.findings.tally import WORDS, counted, ordered
from premortem.calibration.findings.verdicts import judge
from premortem.evidence.reading import data, parse

READINGS, TEMPLATE = "validation_readings.toml", "validation_page.md"
HALVES = {"train": "training", "test": "test"}
WHY = {
    "analogue": "it happened elsewhere, and runs on a stand-in",
    "moved": "the run starts over a quarter later than the study",
    "cited": "a prior of the model cites this effect",
}
LEANS = {
    "force_helps": "force helps",
    "force_harms": "force harms",
    "force_null": "force does nothing",
    "civil_helps": "civil measures help",
    "civil_harms": "civil measures harm",
    "civil_null": "civil measures do nothing",
    "shock": "shocks without a measure",
}
MOST_INFORMED, EDGE = 12, 0.05
LEARNED = """
## What learning from the training half would change
The {data} findings of the training half that are numbers and can be run are given to the smoother of [calibration](calibration.md) as
data: each future's statistic against the published one, whose noise is the spread of its interval and a discrepancy of .3 of the effect
(.7 for an analogue, half of it shared within a study). Signs are no data. Inputs and predictions move by regression over {futures}
futures; nothing is run again, so a prediction cannot leave the range that was simulated. {touched} numbers are tied to the data, of which
about {chance:.1f} by chance. It is reported, and **not** part of the packaged fit.
"""
CHANGED = " **This version's model, its data or the findings are others than those of the run.**"
WEAK = {
    "": "yes",
    "model": "no (the model is too wide)",
    "study": "no (the study is too wide)",
    "open": "no (an open sign)",
    "few": "no (too few futures)",
    "chance": "no (within the sampling error of what is asked)",
}


def page() -> str:
    """Return the page."""
    kept = stored()
    return (
        (data() / TEMPLATE)
        .read_text(encoding="utf-8")
        .format(
            expressed=sum(one.model is not None for one in kept.results),
            count=len(kept.results),
            futures=kept.futures,
            date=kept.date,
            since=CHANGED if stale() else "",
            tally=_tally(kept),
            losses=_losses(kept),
            answered=_answered(kept),
            cannot=_cannot(kept),
            learned=_learned(kept),
            reasons="; ".join(f"`{name}`, {why}" for name, why in WHY.items()),
            halves=_halves(kept),
        )
    )


def _groups(kept: Results) -> Iterable[tuple[str, list[Result]]]:
    for use in reversed(USES):
        rows = [one for one in kept.results if one.use == use and one.model is not None]
        tests = [one for one in rows if not one.consistency]
        yield f"**{HALVES[use]} half, tests**", tests
        yield (
            f"{HALVES[use]} half, cited or moved",
            [one for one in rows if one.consistency and "analogue" not in one.consistency],
        )
        yield f"{HALVES[use]} half, analogues", [one for one in rows if "analogue" in one.consistency]


def _tally(kept: Results) -> str:
    lines = [
        "| (with power) | inside | outside | wrong sign | a model in which nothing happens: inside |",
        "|---|---|---|---|---|",
    ]
    for name, rows in _groups(kept):
        found = counted(one.model_dump() for one in rows)
        cells = [f"{found[verdict][0]} ({found[verdict][1]})" for verdict in ("inside", "outside", "wrong_sign")]
        lines.append(f"| {name} | {' | '.join(cells)} | {_nothing(rows)} |")
    tests = next(rows for _, rows in _groups(kept))
    inside = sum(one.verdict == "inside" for one in tests)
    powered = sum(one.verdict == "inside" and one.power for one in tests)
    said = (
        f"\n**Of {len(tests)} findings that test it, the model answers {inside}, {powered} of them with power.** The aim was four of "
        "five, half of them with power. What it misses comes first.\n"
    )
    return "\n".join(lines) + "\n" + said


def _nothing(rows: Sequence[Result]) -> int:
    findings = (packaged()[one.id] for one in rows)
    return sum(
        judge(one, Interval(one.nothing, one.nothing, one.nothing)).verdict == "inside"
        if one.unit != "sign"
        else not one.estimate
        for one in findings
    )


def _rows(kept: Results, *verdicts: str) -> list[dict[str, Any]]:
    chosen = [one.model_dump() for one in kept.results if one.verdict in verdicts]
    return [dict(one) for one in ordered(chosen)]


def _losses(kept: Results) -> str:
    parts = ["\n## What the model does not answer\n"]
    rows = _rows(kept, "wrong_sign", "outside")
    for title, use, test in (
        ("Test half, tests", "test", True),
        ("Training half, tests", "train", True),
        ("Test half, checks of consistency", "test", False),
        ("Training half, checks of consistency", "train", False),
    ):
        found = [one for one in rows if one["use"] == use and (not one["consistency"]) == test]
        parts.append(f"\n### {title}\n" + ("" if found else "None.\n"))
        parts += [_paragraph(one) for one in found]
    for use in reversed(USES):
        barely = [f"`{one['id']}`" for one in rows if one["weakness"] == "chance" and one["use"] == use]
        if barely:
            parts.append(f"\n### {HALVES[use].capitalize()} half, barely\n")
            parts.append(f"Within the sampling error of what a sign asks: {', '.join(barely)}.\n")
    return "".join(parts)


def _paragraph(one: dict[str, Any]) -> str:
    facts = (
        f"published {_number(one['published']['estimate'])} ({_number(one['published']['low'])} to {_number(one['published']['high'])}) "
        f"{one['unit']}, on the model's scale {_band(one['target'])}; the model {_band(one['model'])}"
    )
    if one["total"] is not None and "did" in one["statistic"]:
        facts += f", the whole country {_band(one['total'])}"
    weight = {one["halved"], one["doubled"]} - {one["verdict"]}
    if weight:
        facts += (
            f"; another weight of the treated unit would make it {' or '.join(WORDS[word] for word in sorted(weight))}"
        )
    why = f" ({', '.join(one['consistency'])})" if one["consistency"] else ""
    kind, _, rest = one["statistic"].partition(",")
    taken = f"{kind.replace('_', ' ').capitalize()},{rest}"
    head = f"**`{one['id']}`**{why}: {WORDS[one['verdict']]}, power: {WEAK[one['weakness']]}. {taken}: {facts}."
    return f"\n{head} {_reading(one)}\n"


@cache
def _readings() -> dict[str, Any]:
    return dict(parse(READINGS, (data() / READINGS).read_bytes()))


def _reading(one: dict[str, Any]) -> str:
    found = _readings().get(one["id"])
    if found is None or one["verdict"] not in found["verdict"]:
        return "Nobody has read this result yet."
    return str(found["text"])


def _answered(kept: Results) -> str:
    lines = [
        "\n## What it answers\n",
        "| finding | half | counts as | on the model's scale | model, 5 to 95 % | power |",
        "|---|---|---|---|---|---|",
    ]
    for one in _rows(kept, "inside"):
        why = ", ".join(one["consistency"]) or "test"
        cells = (
            f"`{one['id']}`",
            HALVES[one["use"]],
            why,
            _band(one["target"]),
            _band(one["model"]),
            WEAK[one["weakness"]],
        )
        lines.append(f"| {' | '.join(cells)} |")
    barely = [f"`{one['id']}`" for one in _rows(kept, "inside") if _at_the_edge(one)]
    said = f"\nBarely, within {EDGE:.0%} of an end of the interval: {', '.join(barely)}.\n" if barely else ""
    return "\n".join(lines) + "\n" + said


def _at_the_edge(one: dict[str, Any]) -> bool:
    """Whether a median lies inside the published interval, at its very end; a null and a sign have other rules."""
    target, middle = one["target"], one["model"]["median"]
    nearest = min(middle - target["low"], target["high"] - middle)
    null = packaged()[one["id"]].estimate == packaged()[one["id"]].nothing
    return one["unit"] != "sign" and not null and bool(nearest < EDGE * (target["high"] - target["low"]))


def _cannot(kept: Results) -> str:
    lines = ["\n## What cannot be expressed\n", "| finding | half | what is missing |", "|---|---|---|"]
    lines += [f"| `{one['id']}` | {HALVES[one['use']]} | {one['missing']} |" for one in _rows(kept, "not_expressible")]
    return "\n".join(lines) + "\n"


def _learned(kept: Results) -> str:
    """Return what learning from the training half would change, by half."""
    found = kept.learned
    if found is None:
        return ""
    after = {one.id: one for one in found.after}
    lines = [
        LEARNED.format(data=len(found.data), futures=found.futures, touched=len(found.informed), chance=found.chance),
        "| (with power) | inside before | inside after |\n|---|---|---|",
    ]
    for name, rows in _groups(kept):
        both = [one for one in rows if one.id in after]
        before = counted(one.model_dump() for one in both)["inside"]
        then = counted(after[one.id].model_dump() for one in both)["inside"]
        lines.append(f"| {name} | {before[0]} ({before[1]}) of {len(both)} | {then[0]} ({then[1]}) |")
    if found.informed:
        lines.append("\n| input | spread left | moved by, in sds | tied to |\n|---|---|---|---|")
        for each in found.informed[:MOST_INFORMED]:
            place = f"[{each.place}]" if each.place else ""
            lines.append(f"| `{each.parameter}{place}` | {each.sd:.2f} | {each.shift:+.2f} | {', '.join(each.by)} |")
    return "\n".join(lines) + "\n"


def _halves(kept: Results) -> str:
    lines = [
        "| what the finding says | training: inside, of those run, of all | test: inside, of those run, of all |",
        "|---|---|---|",
    ]
    for lean, words in LEANS.items():
        cells = []
        for use in USES:
            rows = [one for one in kept.results if one.use == use and one.lean == lean]
            run = [one for one in rows if one.model is not None]
            cells.append(f"{sum(one.verdict == 'inside' for one in run)}, {len(run)}, {len(rows)}")
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _band(band: dict[str, float] | Band) -> str:
    low, median, high = (
        band[name] if isinstance(band, dict) else getattr(band, name) for name in ("low", "median", "high")
    )
    return f"{_number(median)} ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    """Return a number with three digits, without the zero before its point; what rounds to nothing is 0."""
    if abs(value) < 5e-5:
        return "0"
    if abs(value) >= 1e4:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{float(f'{value:.3g}'):g}".replace("-0.", "-.").removeprefix("0") or "0"
