"""docs/research_agenda.md: what decides most, what is known of it, what would settle it, and what settling it would be worth."""

from __future__ import annotations

from collections.abc import Sequence

from premortem.analysis.inputs import About, about_input
from premortem.decisions.voi import Proposed, read_proposed
from premortem.evidence import confidence, ledger, outcomes
from premortem.evidence.confidence import AGENDA, Decides
from premortem.evidence.made_of import DECIDES, since

HEAD = """# Research agenda: what decides most, and what would settle it

The {count} inputs that decide most between `{plan}` and `{baseline}` ({futures:,} futures of {years} years from {begins}, seed {seed},
run of {run_on}; score: mean squared rank correlation over the headline outcomes, in the half of the futures that did not choose them).
Worth: how much lower an outcome would be on average,
over the whole run, if the input were known before one of the two plans is chosen for that outcome alone (expected value of partial
perfect information, with its 90 % interval; 0: knowing it would not change the choice). It is the most that any study of the input
could be worth there, by this model, with its assumptions. What would settle an input is a proposal
(`src/premortem/data/proposed_studies.toml`), not a plan of anybody's.

**Chosen in one half, valued in the other.** The inputs were put in this order by the futures of even number; scores and worths are those of
the odd ones, which no choice has flattered. {by_chance} of the {count} have a score there of no more than an input that decides nothing
would have on average (one over the number of futures): that the first half chose them was chance.

Read with care: of so many values some lie above 0 by chance, and the odd futures are {half:,}. What is left open by the plan is no
matter of research.

Written by `scripts/generate` from a stored study (`scripts/exercise.py`). For a study of your own: `premortem decide voi`.

{since}"""


def page() -> str:
    """Return the page."""
    stored, studies = confidence.decides(), read_proposed()
    names = list(stored.worth)
    heads = [f"worth: {outcomes.load()[id_].title}" for id_ in AGENDA]
    half = stored.futures // 2
    chance = sum(stored.scores[name] <= 1.0 / (half - 1) for name in names)
    given = {"count": len(names), "since": since(DECIDES), "half": half, "by_chance": chance or "None"}
    text = HEAD.format(**given, **{name: getattr(stored, name) for name in _GIVEN})
    columns = ("", "input", "score", "what it is", "what is known", "what would settle it", *heads)
    text += f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n"
    for place, name in enumerate(names, start=1):
        about = about_input(name)
        cells = (
            f"{place}",
            f"`{about.id}`",
            f"{stored.scores[name]:.3f}",
            about.meaning,
            _known(about),
            _settles(about, studies),
            *(_worth(stored, name, id_) for id_ in AGENDA),
        )
        text += f"| {' | '.join(cells)} |\n"
    return text + _unproposed(names, studies)


_GIVEN = ("plan", "baseline", "futures", "years", "begins", "seed", "run_on")


def _known(about: About) -> str:
    if about.kind == "open field":
        return "nothing to know: the plan leaves it open, and it is drawn from a wide law"
    grade = "an assumption" if about.grade == "assumption" else f"grade {about.grade}"
    facts = ", ".join(f"`{fact}`{_grade(fact)}" for fact in about.facts)
    return f"{grade}: {about.prior} {about.unit}; {facts or 'no fact'}"


def _grade(fact: str) -> str:
    grade = getattr(ledger.load().records.get(fact), "grade", "")
    return f" ({grade})" if grade else ""


def _settles(about: About, studies: Sequence[Proposed]) -> str:
    if about.kind == "open field":
        return "the plan's authors could state it"
    found = [one.title for one in studies if about.id in one.informs]
    return "; ".join(found) or "no study is proposed yet"


def _worth(stored: Decides, name: str, outcome: str) -> str:
    value, low, high = stored.worth[name][outcome]
    return "0" if high <= 0 else f"{max(value, 0):,.0f} ({max(low, 0):,.0f} to {high:,.0f})"


def _unproposed(names: Sequence[str], studies: Sequence[Proposed]) -> str:
    covered = {name for one in studies for name in one.informs}
    bare = [name for name in names if about_input(name).kind == "parameter" and name not in covered]
    return f"\nWithout a proposed study: {', '.join(f'`{name}`' for name in bare) or 'none'}.\n"
