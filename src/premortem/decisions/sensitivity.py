"""What does the answer hang on? Shares of the spread of a paired difference, by input and by group; luck apart where a design allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from premortem.analysis.drawn import CHOICE
from premortem.decisions import designed, given_data
from premortem.decisions.frame import Frame, groups
from premortem.decisions.given_data import MOST_GROUPS, Effect
from premortem.decisions.limits import Limit
from premortem.decisions.result import Result, Table, require_futures
from premortem.decisions.saying import meaning, title
from premortem.decisions.voi import group_words
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes as outcome_table
from premortem.evidence import parameters
from premortem.evidence.outcomes import OutcomeInfo
from premortem.study.chunks import OPEN
from premortem.study.design import LEFT_OPEN, LUCK, REST, Design
from premortem.study.provenance import Provenance
from premortem.wording.numbers import per_cent

FEWEST = 200
"""Futures: with fewer, what chance gives the strongest of a thousand inputs is as much as what a real one has."""
SHOWN = 15  # inputs
CHANCE = 0.05
"""Chance that any input, or any group, is named where none has an effect."""
SHUFFLES = 39
WIDEST = 0.5
"""Widest interval with which it is put in words how much knowledge would explain."""

Floats = NDArray[np.float64]


def sensitivity(frame: Frame, plan: str, outcome: str, design: Design) -> Result:
    """Say what the difference of an outcome between a plan and the baseline hangs on.

    Parameters
    ----------
    design : by which the study was run (`design_of`).

    Raises
    ------
    InputError : too few futures, a difference that is always the same, no draws, or a library is missing.
    """
    frame.require_inputs()
    info, difference = outcome_table.load()[outcome], frame.difference(outcome, plan)
    if np.ptp(difference) == 0:
        raise InputError(
            Problem("no_spread", "the difference is the same in every future: it hangs on nothing", found=outcome)
        )
    about = frame.about() | {"plan": plan, "outcome": outcome, "design": design.kind}
    if design.kind in {"saltelli", "morris"}:
        return _by_design(frame, design, difference, info, about)
    return _given(frame, design, difference, info, about)


def design_of(about: Provenance) -> Design:
    """Return the design by which a study was run; independent futures where it does not say."""
    spec = about.recipe.spec
    if spec is None:
        return Design("monte_carlo", about.futures, (), about.seed)
    made = about.recipe.design
    return Design(spec.design, spec.futures, made.columns, spec.seed, groups=made.groups)


def _given(frame: Frame, design: Design, difference: Floats, info: OutcomeInfo, about: dict[str, Any]) -> Result:
    require_futures("sensitivity", len(frame), FEWEST, "the strongest of a thousand inputs would be chance")
    inputs = frame.numbers()
    alone = given_data.first_order(inputs, difference)
    strongest = sorted(alone, key=lambda name: -alone[name])[:SHOWN]
    shown = {name: inputs[name] for name in strongest}
    singly = given_data.resampled(shown, difference)
    chance = by_chance(inputs, difference)
    clear = [name for name in strongest if alone[name] > chance and singly[name].low > 0]
    moved = designed.pawn(shown, difference)
    everyone = groups(list(inputs))
    gained = {
        name: given_data.explained({one: inputs[one] for one in members}, difference)
        for name, members in everyone.items()
    }
    own = {name: Effect.of(values) for name, values in gained.items()}
    errors = float(norm.isf(CHANCE / len(gained)))  # Bonferroni: of all groups that are tried
    standing = {name for name, values in gained.items() if Effect.of(values, errors).low > 0}
    leading = [name for name in sorted(own, key=lambda name: -own[name].share) if name in standing][:MOST_GROUPS]
    by_future = given_data.shapley({name: everyone[name] for name in leading}, inputs, difference)
    shapley = {name: Effect.of(values) for name, values in by_future.items()}
    together = Effect.of(sum(by_future.values(), np.zeros(len(frame)))) if by_future else Effect(0.0, 0.0, 0.0)
    knowledge = _knowledge(frame, design, difference)
    result = {
        "unit": info.unit,
        "spread": float(difference.std(ddof=1)),
        "inputs": [
            {**_about(name), "first_order": asdict(singly[name]), "pawn": moved[name], "clear": name in clear}
            for name in strongest
        ],
        "groups": {name: asdict(effect) for name, effect in sorted(own.items(), key=lambda item: -item[1].share)},
        "shapley": {name: asdict(effect) for name, effect in shapley.items()},
        "explained_together": asdict(together),
        "knowledge": asdict(knowledge) if knowledge else None,
    }
    warnings = list(_warnings(frame, design, leading))
    return Result(
        method="sensitivity",
        inputs=about | {"tried": len(inputs)},
        result=result,
        uncertainty={
            "interval": "90 %",
            "first_order_by_chance": chance,
            "convergence": _convergence(shown, difference),
        },
        warnings=tuple(warnings),
        words=tuple(_words(info, shapley, together, knowledge, clear, singly)),
        tables=tuple(_tables(info, own, shapley, clear, singly, moved, chance)),
    )


def by_chance(inputs: Mapping[str, Floats], target: Floats) -> float:
    """Return the first-order effect that the strongest of all inputs passes in one case of twenty where none has any.

    From shuffled futures: another shuffle passes the second highest of 39 in 2 of 40 cases.
    """
    random, sorted_in = np.random.default_rng(1), given_data.classes(inputs)
    highest = sorted(max(given_data.by_class(sorted_in, random.permutation(target)).values()) for _ in range(SHUFFLES))
    return highest[-round(CHANCE * (SHUFFLES + 1))]


def _convergence(inputs: Mapping[str, Floats], target: Floats) -> dict[str, dict[str, float]]:
    """Return first-order effects over a quarter, a half and all of the futures: number of futures -> input -> share."""
    found = {}
    for part in (4, 2, 1):
        count = len(target) // part
        found[str(count)] = given_data.first_order(
            {name: values[:count] for name, values in inputs.items()}, target[:count]
        )
    return found


def _knowledge(frame: Frame, design: Design, difference: Floats) -> Effect | None:
    if design.kind != "twins":
        return None
    whole = designed.whole_blocks(design, frame.futures)
    return designed.knowledge(design, difference[whole])


def _by_design(frame: Frame, design: Design, difference: Floats, info: OutcomeInfo, about: dict[str, Any]) -> Result:
    whole = designed.whole_blocks(design, frame.futures)
    target, rows = difference[whole], frame.futures[whole]
    if design.kind == "saltelli":
        effects: dict[str, Any] = designed.sobol(design, target)
        half = len(target) // design.block // 2 * design.block
        earlier = (
            designed.sobol(design, target[:half]) if half // design.block >= designed.FEWEST_BLOCKS["saltelli"] else {}
        )
        size, columns = "total", ["first", "total"]
    else:
        effects = designed.morris(design, rows, target)
        half = len(target) // design.block // 2 * design.block
        earlier = designed.morris(design, rows[:half], target[:half]) if half // design.block >= 10 else {}
        size, columns = "size", ["size"]
    ordered = sorted(effects, key=lambda name: -effects[name][size].share)
    if design.groups:
        return _by_group(frame, design, target, info, about, effects, earlier)
    table = Table(
        f"What the difference in {title(info)} hangs on, by the {design.kind} design",
        ("input", "group", *columns),
        tuple(
            (meaning(name), groups_word(name), *(_shown(effects[name][one]) for one in columns))
            for name in ordered[:SHOWN]
        ),
        "Sobol' indices: shares of variance, alone and with all that it acts together with."
        if design.kind == "saltelli"
        else f"Average size of elementary effects, in {info.unit}, over the range of each input.",
    )
    lost = len(frame) - int(whole.sum())
    warnings = [f"{lost} futures are left out: a run of their block failed."] if lost else []
    warnings.append(
        "What plans leave open, parameters that are vectors, and luck are the same within a block: they are not in the list."
    )
    if design.kind == "saltelli":
        warnings += unsure(effects, ordered, meaning)
    first, blocks = ordered[0], len(target) // design.block
    said = f"The difference in {title(info)} hangs most on {meaning(first)} ({first}): {_shown(effects[first][size])}."
    if design.kind == "saltelli" and too_few(effects[first][size]):
        said = f"{blocks:,} base samples are too few to say what the difference in {title(info)} hangs on."
    return Result(
        method="sensitivity",
        inputs=about | {"blocks": blocks, "left_out": lost},
        result={
            "unit": info.unit,
            "spread": float(target.std(ddof=1)),
            "inputs": [
                {**_about(name)} | {key: asdict(v) if isinstance(v, Effect) else v for key, v in effects[name].items()}
                for name in ordered
            ],
        },
        uncertainty={
            "interval": "90 %, over resamples",
            "convergence": {name: asdict(one[size]) for name, one in earlier.items()},
        },
        warnings=tuple(warnings),
        words=(said,),
        tables=(table,),
    )


def _by_group(
    frame: Frame,
    design: Design,
    target: Floats,
    info: OutcomeInfo,
    about: dict[str, Any],
    effects: Mapping[str, Mapping[str, Effect]],
    earlier: Mapping[str, Mapping[str, Effect]],
) -> Result:
    """Return what a Saltelli design over groups says: shares of each group, and luck apart from knowledge."""
    members = dict(design.groups)
    ordered = sorted(effects, key=lambda name: -effects[name]["total"].share)
    lost, luck = len(frame) - len(target), effects[LUCK]["total"]
    known = Effect(1 - luck.share, 1 - luck.high, 1 - luck.low)
    what, first = title(info), ordered[0]
    table = Table(
        f"What the difference in {what} hangs on, group by group",
        ("group of inputs", "inputs", "facts", "first", "total"),
        tuple(
            (
                _group_words(name), f"{len(members[name]):,}", f"{len(_facts(members[name])):,}",
                *(_percent(effects[name][one]) for one in ("first", "total")),
            )
            for name in ordered[:SHOWN]
        ),
        "Sobol' indices of groups: shares of how the difference varies, alone and with all that a group acts together with.",
    )  # fmt: skip
    return Result(
        method="sensitivity",
        inputs=about | {"blocks": len(target) // design.block, "left_out": lost, "tried": len(ordered)},
        result={
            "unit": info.unit,
            "spread": float(target.std(ddof=1)),
            "inputs": [
                {
                    "input": name, "meaning": _group_words(name), "group": name,
                    "members": list(members[name]), "facts": _facts(members[name]),
                    **{key: asdict(effect) for key, effect in effects[name].items()},
                }
                for name in ordered
            ],
            "knowledge": asdict(known),
        },
        uncertainty={
            "interval": "90 %, over resamples",
            "convergence": {name: asdict(one["total"]) for name, one in earlier.items()},
        },
        warnings=(*([f"{lost} futures are left out: a run of their block failed."] if lost else []),
            "A total above the first-order share is what a group does together with others: totals add up to more than one.",
            *unsure(effects, ordered)),
        words=tuple(_said_of_groups(what, first, effects[first], known, len(target) // design.block)),
        tables=(table,),
    )  # fmt: skip


def _group_words(name: str) -> str:
    """Return a group of a design as a reader says it."""
    return {LUCK: "luck", LEFT_OPEN: "what the plan leaves open", REST: "the other inputs"}.get(name) or group_words(
        name
    )


def _said_of_groups(what: str, first: str, shares: Mapping[str, Effect], known: Effect, samples: int) -> Iterator[str]:
    alone, whole = shares["first"], shares["total"]
    if too_few(whole):
        yield f"{samples:,} base samples are too few to say what the difference in {what} hangs on."
        return
    most = f"{_percent(alone)} alone, {_percent(whole)} in all"
    yield f"The difference in {what} hangs most on {_group_words(first)}: {most}."
    if known.high - known.low <= WIDEST:
        explained = _percent(known)
        yield f"Knowing every parameter, and what the plan leaves open, would explain {explained} of how it varies; the rest is luck."


def too_few(effect: Effect) -> bool:
    """Return whether a share comes out above all there is, or with an interval as wide as that."""
    return effect.share > 1 or effect.high - effect.low > 1


def unsure(
    effects: Mapping[str, Mapping[str, Any]], ordered: Sequence[str], said: Callable[[str], str] = _group_words
) -> Iterator[str]:
    """Yield warnings where a share is one that only chance can give: above all there is, or more alone than in all."""
    found = [name for name in ordered[:SHOWN] if effects[name]["first"].share > max(effects[name]["total"].share, 0.01)]
    if any(too_few(effects[name]["total"]) for name in ordered[:SHOWN]):
        yield "Shares above 100 %, or with intervals as wide, say nothing: a few futures carry how it varies. Take more base samples."
    if found:
        named = ", ".join(said(name) for name in found)
        yield f"More alone than in all is chance: read the total, or take more base samples ({named})."


def _facts(names: Sequence[str]) -> list[str]:
    """Return the facts behind some parameters, each once."""
    known = parameters.load()
    return sorted({fact for name in names if name in known for fact in known[name].facts})


def _about(name: str) -> dict[str, Any]:
    """Return an input with its group, and of a parameter its grade and the facts behind it."""
    known = parameters.load().get(name)
    rests = {"grade": known.grade, "facts": list(known.facts)} if known else {}
    return {"input": name.removeprefix(OPEN), "meaning": meaning(name), "group": next(iter(groups([name]))), **rests}


def groups_word(name: str) -> str:
    """Return the group of an input."""
    return next(iter(groups([name]))).replace("_", " ")


def _shown(effect: Effect) -> str:
    return f"{effect.share:.3g} ({effect.low:.2g} to {effect.high:.2g})"


def _percent(effect: Effect) -> str:
    low, high = (per_cent(max(x, 0.0)) for x in (effect.low, effect.high))
    return f"{per_cent(max(effect.share, 0.0))} ({low.removesuffix(' %')} to {high})"


def _warnings(frame: Frame, design: Design, leading: Sequence[str]) -> Iterator[str]:
    if not leading:
        yield "No group of inputs explains anything of the difference in unseen futures: more futures are needed, or it is luck."
    if design.kind != "twins":
        yield (
            "What is not explained is luck, inputs that act together, and inputs that are vectors: only a study with design = "
            '"twins" tells luck from knowledge.'
        )
    yield "What a group explains is in futures that the regression has not seen: with more futures it can only be shown to be more."
    if frame.failed:
        yield f"{sum(frame.failed.values()):,} futures failed under one of the plans and are left out."


def _words(
    info: OutcomeInfo,
    shapley: Mapping[str, Effect],
    together: Effect,
    knowledge: Effect | None,
    clear: Sequence[str],
    singly: Mapping[str, Effect],
) -> Iterator[str]:
    what = title(info)
    for name, effect in sorted(shapley.items(), key=lambda item: -item[1].share)[:3]:
        if effect.low > 0:
            yield f"{_percent(effect)} of how the difference in {what} varies goes back to {group_words(name)}."
    if shapley:
        if len(shapley) > 1:
            yield (
                f"Together {len(shapley)} groups explain {_percent(together)} of how the difference in {what} varies, in futures that were "
                "not used to learn from."
            )
    else:
        yield f"No group of inputs explains how the difference in {what} varies beyond chance."
    if clear:
        first = clear[0]
        named = Limit(first, True, 0.0).name + (f" = {first.partition(CHOICE)[2]}" if CHOICE in first else "")
        yield f"The strongest input for the difference in {what} is {named}: {_percent(singly[first])} alone."
    if knowledge:
        yield (
            f"Knowing every number that was drawn would explain {_percent(knowledge)} of how the difference in {what} varies; the rest is "
            "luck and what plans leave open."
        )


def _tables(
    info: OutcomeInfo,
    own: Mapping[str, Effect],
    shapley: Mapping[str, Effect],
    clear: Sequence[str],
    singly: Mapping[str, Effect],
    moved: Mapping[str, float],
    chance: float,
) -> Iterator[Table]:
    rows = [
        (group_words(name), _percent(own[name]), _percent(effect))
        for name, effect in sorted(shapley.items(), key=lambda item: -item[1].share)
    ]
    if rows:
        yield Table(
            f"Shares of how the difference in {title(info)} varies",
            ("group of inputs", "known alone", "Shapley effect"),
            tuple(rows),
            "In unseen futures; Shapley effects add up to what these groups explain together.",
        )
    known = parameters.load()
    lines = []
    for name in clear:
        grade = "left open" if name.startswith(OPEN) else known[name].grade if name in known else ""
        facts = ", ".join(known[name].facts) if name in known else ""
        said = meaning(name) + (f" = {name.partition(CHOICE)[2]}" if CHOICE in name else "")
        lines.append((said, grade, _percent(singly[name]), f"{moved[name]:.2f}", facts))
    if lines:
        note = (
            f"Alone: first-order effects, above what chance gives the strongest of all ({per_cent(max(chance, 0.0))})."
        )
        yield Table("Inputs that stand out", ("input", "grade", "alone", "PAWN", "facts"), tuple(lines), note)
