"""Writes what a study says for a decision on the op-ed's plan, as written and fully resourced, into docs/deciding_first_results.md.

python scripts/deciding.py STUDY [FILE ...]

The study holds status_quo, border_task_forces, border_task_forces_resourced and rivals, keeps its weeks and draws. What takes runs of
its own is given as files: attribute, to elements and to mechanisms, as JSON (premortem decide attribute STUDY --format json > FILE.json);
search, redteam and trace as the text that the command prints, in search.txt, redteam.txt and trace.txt: its sentences, then the rest, to
be opened; so in groups.txt what sensitivity says of a study of its own, by Saltelli's design over mechanisms. The future to trace is the
one that `typical` names. A file in_words.md is what a reader who has seen all of it would say; it
stands first.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

import premortem as pm
from premortem.decisions.attribute import KINDS, half
from premortem.decisions.frame import read
from premortem.decisions.result import READING_WORDS, Result
from premortem.decisions.saying import amount, listed, title
from premortem.evidence import outcomes
from premortem.wording.numbers import per_cent

PAGE = Path(__file__).parents[1] / "docs/deciding_first_results.md"
PLANS = ("border_task_forces", "border_task_forces_resourced")
HARM = ("civilians_killed_us", "us_killed", "abuse_complaints", "displaced")
LEAST_EXPLAINED = 0.02
"""Share of how a difference varies that a tree must explain in unseen futures to be shown."""
SHORT = ("homicides_mx", "us_killed", "civilians_killed_us", "fiscal_cost")
PRINTED = {
    "groups": "How much of it is luck, and which mechanisms carry the rest?",
    "search": "What would beat it?",
    "redteam": "Does it survive an enemy that adapts?",
    "trace": "What happens in one future?",
}
"""Headings of what is shown as its command prints it, by the name of the file."""
TRACED = ("homicides_mx", "us_killed")
"""By whose differences a typical future is chosen."""
LEAST_SHARE = 0.001
"""Of the sum of a column of wedges: what stays below it in every column is no row."""
ASKED = ("homicides_mx", "fiscal_cost", *HARM)


def said(result: Result) -> Iterator[str]:
    """Yield what a result says, and its warnings, a line of a list each."""
    yield from (f"- {words}" for words in result.words)
    yield from (f"- *Warning: {words}*" for words in result.warnings)


def leaves(result: Result) -> Iterator[str]:
    """Yield the table of a tree's leaves."""
    (table,) = result.tables
    yield f"| {' | '.join(table.columns)} |"
    yield "|---" * len(table.columns) + "|"
    yield from (f"| {' | '.join(row)} |" for row in table.rows)
    explained = result.uncertainty["explained_in_unseen_futures"]
    yield ""
    first = READING_WORDS[result.inputs["readings"][0]]
    yield f"{first}, the tree explains {max(explained, 0):.0%} of how the difference varies in futures that it has not seen."
    yield ""
    yield from (f"- *Warning: {words}*" for words in result.warnings)


def changes(study: pm.Study, plan: str) -> Iterator[str]:
    """Yield a table of average changes with their range over futures, and in how many futures the plan does better and worse."""
    both = {"as_likely": study.compare(plan), "carried_out": study.compare(plan).carried_out}
    heads = [
        head
        for name in both
        for head in (f"{READING_WORDS[name]}: average change (nine futures in ten)", "better / worse")
    ]
    yield f"| outcome | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    for outcome in ASKED:
        cells = []
        for one in both.values():
            line = one.line(outcome)
            gap = line.difference
            cells.append(amount(line.outcome, line.expected.difference, gap.low, gap.high, change=True))
            cells.append(f"{per_cent(line.share_better or 0.0)} / {per_cent(line.share_worse or 0.0)}")
        yield f"| {outcomes.load()[outcome].title} | {' | '.join(cells)} |"


def in_short(study: pm.Study) -> Iterator[str]:
    """Yield what each plan changes if it is carried out, what harm hangs on, how long it is good for, and what beats it."""
    t = outcomes.load()
    for plan in PLANS:
        one = study.decisions(plan, readings=["carried_out"])
        compared = study.compare(plan).carried_out
        parts = []
        for outcome in SHORT:
            line = compared.line(outcome)
            change = amount(
                line.outcome, line.expected.difference, line.difference.low, line.difference.high, change=True
            )
            parts.append(f"{title(t[outcome])} {change}")
        yield f"- `{plan}`, carried out as written, changes on average, and in nine futures of ten: {listed(parts)}."
        found = one.conditions("civilians_killed_us")
        if found.uncertainty["explained_in_unseen_futures"] > LEAST_EXPLAINED:
            yield f"- What harm hangs on, carried out as written: {' '.join(found.words[:3])}"
        lasts = one.pathways("homicides_mx").words
        yield f"- How long it is good for, where {title(t['homicides_mx'])} are to be no higher than under `status_quo`: {lasts[1]}"
        yield f"- What beats it there: {lasts[-1]}"
    yield f"- Over all that is asked: {study.decisions(PLANS[0], readings=['carried_out']).robustness().words[0]}"


def attributed(study: pm.Study, found: dict[str, Any]) -> Iterator[str]:
    """Yield the wedges of a stored result of ``premortem decide attribute``, their sum, and what it is in all futures of the study."""
    inputs = found["inputs"]
    plan, baseline = inputs["plan"], inputs["baseline"]
    for reading, by_outcome in found["result"].items():
        futures = inputs["readings"][reading]["futures"]
        yield f"{READING_WORDS[reading]}, {futures} futures, {inputs['orders']} orders, {inputs['new_runs']:,} runs of their own:"
        yield ""
        yield f"| {inputs['plan']} | {' | '.join(title(outcomes.load()[id_]) for id_ in by_outcome)} |"
        yield "|---" * (len(by_outcome) + 1) + "|"
        kind = KINDS[inputs["parts"]]
        first = next(iter(by_outcome.values()))["wedges"]
        names = [*inputs[kind.several], *([kind.rest] if kind.rest in first else [])]
        shown = [name for name in names if any(_counts(one, one["wedges"][name]) for one in by_outcome.values())]
        for name in shown:
            cells = [_change(id_, *one["wedges"][name].values()) for id_, one in by_outcome.items()]
            yield f"| {kind.words(name)} | {' | '.join(cells)} |"
        sums = [_change(id_, one["difference"], one["low"], one["high"]) for id_, one in by_outcome.items()]
        yield f"| **{plan} minus {baseline} in these {futures} futures** | {' | '.join(sums)} |"
        yield ""
        if len(shown) < len(names):
            count = len(names) - len(shown)
            left = f"1 {kind.one} that contributes" if count == 1 else f"{count} {kind.several} that contribute"
            yield f"Left out: {left} less than {LEAST_SHARE:.1%} of its sum to any column, at both ends of the interval."
            yield ""
        frame = read(study.store, outcomes=list(by_outcome), plans=[plan], against=baseline, reading=reading)
        whole = [_average(id_, frame.difference(id_, plan)) for id_ in by_outcome]
        yield (
            f"In all {len(frame)} futures of the study the averages are {listed(whole)}. "
            f"The first {futures} differ from them by the luck of so few: the table divides "
            f"what happens in these {futures}, not what the plan does on average."
        )
        yield ""


def _counts(one: dict[str, Any], wedge: dict[str, float]) -> bool:
    """Return whether a wedge, or an end of its interval, is a share of the whole difference that is worth a row."""
    return max(map(abs, wedge.values())) >= LEAST_SHARE * abs(one["difference"]) > 0


def _change(outcome: str, value: float, low: float, high: float) -> str:
    return amount(outcomes.load()[outcome], value, low, high, change=True)


def _average(outcome: str, values: NDArray[np.float64]) -> str:
    """Return an average over futures with its 90 % interval, with the title of the outcome."""
    mean, wide = float(values.mean()), half(len(values), float(values.std(ddof=1) / np.sqrt(len(values))))
    return f"{title(outcomes.load()[outcome])} {_change(outcome, mean, mean - wide, mean + wide)}"


def typical(study: pm.Study) -> Iterator[str]:
    """Yield which future is traced and why: the one that is nearest the middle by the size of both differences, carried out as written."""
    frame = read(study.store, outcomes=TRACED, plans=[PLANS[0]], reading="carried_out")
    differences = [frame.difference(id_, PLANS[0]) for id_ in TRACED]
    sizes = [rankdata(np.abs(one)) / len(frame) for one in differences]
    place = int(sum(np.abs(one - 0.5) for one in sizes).argmin())
    names = listed([title(outcomes.load()[id_]) for id_ in TRACED])
    yield (
        f"Traced is future {frame.futures[place]} of {len(frame)}, carried out as written: the one nearest the middle of all by the size "
        f"of the differences in {names} (sum of the distances of both ranks to the median)."
    )


def head(study: pm.Study) -> Iterator[str]:
    """Yield what the page rests on."""
    about = study.store.provenance
    begins = about.recipe.begins
    yield "# First results for a decision: the op-ed's plan"
    yield ""
    yield "<!-- written by scripts/deciding.py -->"
    names = ", ".join(f"`{name}`" for name in study.plans)
    fit = about.recipe.posterior
    draws = (
        "priors, not fitted to the record"
        if fit is None
        else f"drawn by the packaged fit to the record (known on {fit.known_on})"
    )
    yield (
        f"{len(study.plans)} plans ({names}), {about.futures:,} futures of {about.years} years from {begins}, seed {about.seed}, {draws}. "
        "Every number is the model's, under its assumptions; "
        "[deciding](deciding.md) says how each is made, and what must be known before quoting it. Intervals: 90 %. "
        f"Code of the model: {about.code[:12]} (`premortem study run` writes it into the provenance); another gives other numbers. "
        "What other codes were used is said below. No test makes this page again."
    )


def given(study: pm.Study, stored: Iterable[Path]) -> Iterator[str]:
    """Yield what took runs of its own, from the files that hold it."""
    for path in stored:
        if path.suffix == ".json":
            found = json.loads(path.read_text(encoding="utf-8"))
            yield f"\n## `{found['inputs']['plan']}`: what does each {KINDS[found['inputs']['parts']].one} contribute?\n"
            yield from attributed(study, found)
            yield from (f"- *Warning: {words}*" for words in found["warnings"])
        else:
            yield f"\n## {PRINTED[path.stem]}\n"
            if path.stem == "trace":
                yield from typical(study)
                yield ""
            words, _, rest = path.read_text(encoding="utf-8").strip().partition("\n\n")
            yield from fenced(words)
            yield "\n<details><summary>Tables, and what to know before quoting</summary>\n"
            yield from fenced(rest)
            yield "\n</details>"


def fenced(text: str) -> Iterator[str]:
    """Yield a text as it was printed."""
    yield "```text"
    yield from (line.rstrip() for line in text.splitlines())
    yield "```"


def page(folder: str, stored: list[str]) -> Iterator[str]:
    """Yield the lines of the page."""
    study = pm.study(folder)
    yield from head(study)
    whole = study.decisions(PLANS[0])
    files = list(map(Path, stored))
    yield from (one.read_text(encoding="utf-8") for one in files if one.suffix == ".md")
    yield "\n## In short\n"
    yield from in_short(study)
    yield "\n## Which plan does well over all futures?\n"
    yield from said(whole.robustness())
    for plan in PLANS:
        one = study.decisions(plan)
        yield f"\n## `{plan}`: what does it change?\n"
        yield from changes(study, plan)
        yield ""
        yield from said(one.timeline())
        yield f"\n## `{plan}`: when does it do better or worse?\n"
        for outcome in ASKED:
            found = one.conditions(outcome)
            name = outcomes.load()[outcome].title
            if len(found.result["leaves"]) > 1 and found.uncertainty["explained_in_unseen_futures"] > LEAST_EXPLAINED:
                yield f"**{name}**\n"
                yield from leaves(found)
            else:
                yield f"**{name}**: no tree explains in unseen futures when it does better or worse."
            yield ""
        yield f"\n## `{plan}`: in which futures does it do harm?\n"
        for when in (
            "difference.us_killed > 20",
            "difference.civilians_killed_us > 50",
            "difference.homicides_mx > 500",
        ):
            try:
                yield from said(one.discover(when=when))
            except pm.PremortemError as error:
                yield f"- `{when}`: {error.problems[0].message} ({error.problems[0].found})."
        yield f"\n## `{plan}`: what does it hang on?\n"
        for outcome in ("homicides_mx", "us_killed", "fiscal_cost"):
            yield from said(one.sensitivity(outcome))
        yield f"\n## `{plan}`: how long is it good for?\n"
        yield from said(one.pathways("homicides_mx"))
    yield "\n## What would it be worth to know more before choosing?\n"
    for outcome in ("homicides_mx", "civilians_killed_us"):
        yield from said(whole.voi(outcome))
    yield from given(study, (one for one in files if one.suffix != ".md"))
    yield "<!-- end -->"


if __name__ == "__main__":
    PAGE.write_text("\n".join(page(sys.argv[1], sys.argv[2:])) + "\n", encoding="utf-8")
