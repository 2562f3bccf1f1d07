"""docs/research_agenda.md: what decides most, what is known of it, what would settle it, and what settling it would be worth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from premortem.analysis.inputs import About, about_input
from premortem.decisions.saying import within
from premortem.decisions.voi import Proposed, read_proposed
from premortem.evidence import confidence, ledger, outcomes, parameters
from premortem.evidence.confidence import AGENDA, Decides
from premortem.evidence.made_of import DECIDES, since
from premortem.evidence.reading import Entry, data, listed

FILE, BY_CHANCE = "research_agenda.toml", "worth_by_chance.json"

HEAD = """# Research agenda: what decides most, and what would settle it

The {count} inputs that decide most between `{plan}` and `{baseline}` ({futures:,} futures of {years} years from {begins}, seed {seed},
run of {run_on}; score: mean squared rank correlation over the headline outcomes, in the half of the futures that did not choose them).
Worth: how much lower an outcome would be on average,
over the whole run, if the input were known before one of the two plans is chosen for that outcome alone (expected value of partial
perfect information, with its 90 % interval; 0: knowing it would not change the choice). It is the most that any study of the input
could be worth there, by this model, with its assumptions. What would settle an input is a proposal
(`src/premortem/data/research_agenda.toml`, `proposed_studies.toml`), not a plan of anybody's.

**Chosen in one half, valued in the other.** The inputs were put in this order by the futures of even number; scores and worths are those of
the odd ones, which no choice has flattered. {by_chance} of the {count} have a score there of no more than an input that decides nothing
would have on average (one over the number of futures): that the first half chose them was chance.

Read with care: the odd futures are {half:,}, and of so many values some lie above 0 by chance. The first row of the table is what inputs
that decide nothing show by the same count ({tried} random numbers, `scripts/worth_by_chance.py`).
{above} What is left open by the plan is no matter of research.

Written by `scripts/generate` from a stored study (`scripts/exercise.py`). For a study of your own: `premortem decide voi`.

{since}"""


class Source(Entry):
    """What was looked up, and where."""

    what: str
    url: str


class Known(Entry):
    """Of one input: what ``evidence`` there is beyond the facts its prior cites, with ``sources``, and what ``settles`` it."""

    id: str
    evidence: str
    sources: tuple[Source, ...] = ()
    settles: str


class Chance(Entry):
    """What knowing a random number is worth by the count of `Decides.worth`: outcome -> average, and what one in twenty exceeds.

    ``tried``: how many random numbers; ``code``: that of the study.
    """

    tried: int
    code: str
    worth: dict[str, tuple[float, float]]


@cache
def known() -> Mapping[str, Known]:
    """Return what has been looked up, by input.

    Raises
    ------
    DataError : the packaged file is wrong, with every fault.
    """
    return {one.id: one for one in listed(Known, FILE, "input", "id")}


@cache
def by_chance() -> Chance:
    """Return the stored worth of random numbers (`scripts/worth_by_chance.py`)."""
    return Chance.model_validate(json.loads((data() / BY_CHANCE).read_bytes()))


def page() -> str:
    """Return the page."""
    stored, studies = confidence.decides(), read_proposed()
    names = list(stored.worth)
    half = stored.futures // 2
    chance = sum(stored.scores[name] <= 1.0 / (half - 1) for name in names)
    given = {
        "count": len(names),
        "since": since(DECIDES),
        "half": half,
        "by_chance": chance or "None",
        "above": _above(stored),
        "tried": by_chance().tried,
    }
    text = HEAD.format(**given, **{name: getattr(stored, name) for name in _GIVEN})
    columns = ("", "input", "score", "grade", *(f"worth: {outcomes.load()[id_].title}" for id_ in AGENDA))
    text += f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n"
    nothing = ("", "an input that decides nothing", f"{1.0 / (half - 1):.3f}", "", *map(_chance, AGENDA))
    text += f"| {' | '.join(nothing)} |\n"
    for place, name in enumerate(names, start=1):
        about = about_input(name)
        worths = (_worth(stored, name, id_) for id_ in AGENDA)
        text += (
            f"| {' | '.join((f'{place}', f'`{about.id}`', f'{stored.scores[name]:.3f}', _grade(about), *worths))} |\n"
        )
    return (
        text
        + "".join(_section(place, name, studies) for place, name in enumerate(names, start=1))
        + _unproposed(names, studies)
    )


_GIVEN = ("plan", "baseline", "futures", "years", "begins", "seed", "run_on")


def _grade(about: About) -> str:
    if about.kind == "open field":
        return "left open"
    return "luck" if _is_luck(about.id) else about.grade


def _is_luck(ident: str) -> bool:
    return ident in (found := parameters.load()) and not found[ident].lasting


def _section(place: int, name: str, studies: Sequence[Proposed]) -> str:
    about = about_input(name)
    if about.kind == "open field":
        said = [
            ("What it is", about.meaning),
            ("To settle it", "nothing to know: the plan leaves it open; its authors could state it"),
        ]
    else:
        facts = ", ".join(f"`{fact}`{_fact_grade(fact)}" for fact in about.facts)
        grade = "an assumption" if about.grade == "assumption" else f"grade {about.grade}"
        found = known().get(about.id)
        said = [
            ("What it is", about.meaning),
            ("Its prior", f"{about.prior} {about.unit}; {grade}; {facts or 'no fact'}"),
            ("Evidence", _evidence(found)),
            ("To settle it", found.settles if found else "nothing has been worked out yet"),
            ("Proposed studies that inform it", _proposed(about, studies)),
        ]
    return f"\n### {place}. `{about.id}`\n" + "".join(f"- **{what}.** {_sentence(text)}\n" for what, text in said)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", ")")) else f"{text}."


def _evidence(found: Known | None) -> str:
    if found is None:
        return "nothing beyond the facts of its prior has been looked up yet"
    return f"{found.evidence} {'; '.join(f'[{one.what}]({one.url})' for one in found.sources)}".strip()


def _fact_grade(fact: str) -> str:
    grade = getattr(ledger.load().records.get(fact), "grade", "")
    return f" ({grade})" if grade else ""


def _proposed(about: About, studies: Iterable[Proposed]) -> str:
    if _is_luck(about.id):
        return "none: nothing can be found out about luck"
    found = (
        f"{one.title} (expected to take away {100 * one.share[0]:.0f} to {100 * one.share[1]:.0f} % of its variance, by {one.basis})"
        for one in studies
        if about.id in one.informs
    )
    return "; ".join(found) or "none yet"


def _worth(stored: Decides, name: str, outcome: str) -> str:
    value, low, high = stored.worth[name][outcome]
    return "0" if high <= 0 else f"{max(value, 0):,.0f} ({max(low, 0):,.0f} to {high:,.0f})"


def _chance(outcome: str) -> str:
    average, most = by_chance().worth[outcome]
    return "0" if average <= 0 else f"{average:,.{0 if average >= 1 else 1}f}; one in twenty more than {most:,.0f}"


def _above(stored: Decides) -> str:
    """Say how many of the inputs are worth more than one in twenty that decide nothing."""
    worths, chance = stored.worth.values(), by_chance().worth
    found = (
        f"{within(outcomes.load()[id_].title)}: {sum(one[id_][0] > chance[id_][1] for one in worths)}" for id_ in AGENDA
    )
    return f"Of the {len(worths)} inputs, worth more than what one in twenty of them shows: {'; '.join(found)}."


def _unproposed(names: Sequence[str], studies: Sequence[Proposed]) -> str:
    covered = {name for one in studies for name in one.informs}
    bare = [
        name for name in names if about_input(name).kind == "parameter" and name not in covered and not _is_luck(name)
    ]
    return f"\nWithout a proposed study: {', '.join(f'`{name}`' for name in bare) or 'none'}.\n"
