"""What a study means for a decision, in a report: sentences, pictures, tables and warnings of ``premortem decide``, method by method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from premortem.decisions import asking, conditions
from premortem.decisions.discover import cases_of, discover
from premortem.decisions.frame import Frame, default_outcomes, readings
from premortem.decisions.pathways import Target, pathways
from premortem.decisions.result import Result, together
from premortem.decisions.robustness import robustness
from premortem.decisions.sensitivity import design_of, sensitivity
from premortem.decisions.timeline import timeline
from premortem.decisions.voi import Benefit, read_proposed, voi
from premortem.errors import InputError
from premortem.frames import pl
from premortem.report.deciding_figures import figure
from premortem.report.pictures import Figure
from premortem.study.cases import Reading
from premortem.study.store import Store

FIRST = "homicides_mx"
"""The outcome that methods of one outcome are asked of, where the study keeps it."""
SLOW, MOST = ("voi", "pathways", "sensitivity", "timeline"), 2000
"""Methods that look at everything many times over, and in how many futures of all plans together a report waits for them: ten seconds."""
SORTING, MOST_DRAWN = ("conditions", "discover"), 20_000_000
"""Methods that sort all inputs several times, and how many numbers drawn a report gives them: with 56 million it took 3.3 GB of memory."""
WAITS = "a report does not wait for it ({size}); the command says it."
SORTS = "a report has not the memory for it ({size}); the command says it."


@dataclass(frozen=True)
class Asked:
    """A method, and what it says; ``refused``: why it says nothing of this study."""

    method: str
    command: str
    result: Result | None = None
    refused: str = ""

    @cached_property
    def figure(self) -> Figure | None:
        """Return the picture of what it says."""
        return None if self.result is None else replace(figure(self.result), name=f"decide_{self.method}")


class _Undrawn(Store):
    """A study of which outcomes are read alone: of many futures, what was drawn is the larger part."""

    def draws(self) -> pl.LazyFrame:
        """Return nothing drawn."""
        return super().draws().select("future").head(0)


def asked(store: Store, plan: str, baseline: str) -> tuple[Asked, ...]:
    """Return what each method that runs nothing new says of a plan against its baseline."""
    return tuple(_asked(store, plan, baseline))


def _asked(store: Store, plan: str, baseline: str) -> Iterator[Asked]:
    kept, told_apart = store.provenance.outcomes, readings(store)
    directed = default_outcomes(kept)
    if not directed:
        return
    outcome = FIRST if FIRST in directed else directed[0]

    def outcomes_alone() -> dict[Reading, Frame]:
        undrawn = _Undrawn(store.folder, store.provenance, store.seals, store.reading)
        return asking.frames(undrawn, told_apart, [], (), baseline)

    def two(outcomes: list[str]) -> dict[Reading, Frame]:
        return asking.frames(store, told_apart, outcomes, (plan,), baseline)

    def all_plans(outcomes: list[str]) -> dict[Reading, Frame]:
        return asking.frames(store, told_apart, outcomes, (), baseline)

    methods: dict[str, tuple[str, Callable[[], Result]]] = {
        "robustness": ("", lambda: together({name: robustness(one) for name, one in outcomes_alone().items()})),
        "conditions": (
            f"--plan {plan} --outcome {outcome}",
            lambda: conditions.conditions(two([outcome]), plan, outcome),
        ),
        "discover": (
            f"--plan {plan} --outcome {outcome}",
            lambda: asking.each(two([outcome]), lambda _, one: discover(one, *cases_of(one, outcome, plan), plan)),
        ),
        "voi": (
            f"--outcome {outcome}",
            lambda: asking.each(all_plans([outcome]), lambda _, one: voi(one, Benefit.of(outcome), read_proposed(""))),
        ),
        "pathways": (
            f"--plan {plan} --outcome {outcome}",
            lambda: asking.each(
                all_plans([outcome]), lambda _, one: pathways(store, one, plan, Target(outcome), directed)
            ),
        ),
        "timeline": (f"--plan {plan}", lambda: asking.each(two([]), lambda _, one: timeline(store, one, plan))),
        "sensitivity": (
            f"--plan {plan} --outcome {outcome}",
            lambda: asking.each(
                two([outcome]), lambda _, one: sensitivity(one, plan, outcome, design_of(store.provenance))
            ),
        ),
    }
    about = store.provenance
    inputs = len(store.draws().collect_schema().names())
    too_large = {
        **dict.fromkeys(SLOW, WAITS if len(about.plans) * about.futures > MOST else ""),
        **dict.fromkeys(SORTING, SORTS if inputs * about.futures > MOST_DRAWN else ""),
    }
    for name, (options, ask) in methods.items():
        command = f"premortem decide {name} {store.folder.url} {options}".rstrip()
        if why := too_large.get(name):
            size = f"{len(about.plans)} plans in {about.futures:,} futures"
            yield Asked(name, command, refused=why.format(size=size))
            continue
        try:
            yield Asked(name, command, ask())
        except InputError as error:
            problem = error.problems[0]
            detail = "; ".join(part for part in (problem.found, problem.allowed) if part)
            yield Asked(name, command, refused=f"{problem.message} ({detail})" if detail else problem.message)
