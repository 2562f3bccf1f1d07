"""What answers leave of a plan's gains, in numbers and words: from what `premortem.decisions.redteam` found and confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import Interval
from premortem.analysis.red_team import Policy, choices, load
from premortem.decisions.frame import sign
from premortem.decisions.games import NOTHING, Played
from premortem.decisions.redteam import PLANNED, Confirmed, Searched, Setting, game_plays, stands_without
from premortem.decisions.result import Result, Table
from premortem.decisions.saying import Z90, amount, listed, nine_in_ten, share, title, within
from premortem.evidence import outcomes as outcome_table
from premortem.wording.numbers import per_cent, scale

RESAMPLES = 400
SEED = 1

Floats = NDArray[np.float64]
Numbers = dict[str, float]


def result_of(setting: Setting, searched: Searched, found: Confirmed, about: Mapping[str, Any]) -> Result:
    """Return what was found as a result.

    Parameters
    ----------
    about : reading, years, futures searched, and other things that were asked.
    """
    count = len(next(iter(found.values.values()))[0])
    drawn = np.random.default_rng(SEED).integers(0, count, size=(RESAMPLES, count))
    survival = {
        plan: {id_: _survival(setting, searched, found, drawn, plan, id_) for id_ in setting.outcomes}
        for plan in setting.menu
        if plan != setting.baseline
    }
    answers = {
        plan: {side: _answer(setting, searched, found, plan, side) for side in setting.sides} for plan in setting.menu
    }
    game = exploitability = None
    if searched.game is not None:
        game = _game(setting, searched, searched.game, found)
        exploitability = _exploitability(setting, searched, searched.game, found, drawn)
    return Result(
        method="redteam",
        inputs={
            "plan": setting.plan,
            "baseline": setting.baseline,
            "plans": list(setting.menu),
            "sides": {
                side: {"aim": setting.aims[side], "wants": load()[side].aims[setting.aims[side]]}
                for side in setting.sides
            },
            "choices": {name: choice.moves for name, choice in choices(setting.sides).items()},
            "freedom": setting.freedom,
            "plays_tried": searched.tried,
            **about,
            "futures": count,
            "failed": {"some run of a fresh future failed": found.failed} if found.failed else {},
        },
        result={"survival": survival, "answers": answers, "game": game},
        uncertainty={
            "interval": "90 %, over fresh futures; of shares and of what can be exploited, from resamples of them",
            "exploitability": exploitability,
        },
        warnings=tuple(_warnings(setting, survival[setting.plan], found, count)),
        words=tuple(_words(setting, survival[setting.plan], answers[setting.plan], game, exploitability)),
        tables=tuple(_tables(setting, survival, answers, searched)),
    )


def _numbers(values: Floats) -> Numbers:
    half = Z90 * float(values.std(ddof=1) / np.sqrt(len(values)))
    mean = float(values.mean())
    return {"average": mean, "low": mean - half, "high": mean + half}


def _none(setting: Setting) -> Policy:
    return (0.0,) * len(setting.choices)


def _survival(
    setting: Setting, searched: Searched, found: Confirmed, drawn: NDArray[np.int64], plan: str, outcome: str
) -> dict[str, Any]:
    """Return an outcome's difference between plan and baseline, both unanswered and both answered, and the share of a gain that is left."""
    info, last = outcome_table.load()[outcome], searched.answers[setting.sides[-1]]
    base = found.of(outcome, (setting.baseline, _none(setting)))
    free = found.of(outcome, (plan, _none(setting))) - base
    met = found.of(outcome, (plan, last[plan])) - found.of(outcome, (setting.baseline, last[setting.baseline]))
    gain = _numbers(sign(info) * free)
    left = None
    if gain["low"] > 0 and gain["average"] >= info.mattering(float(base.mean())):
        shares = met[drawn].mean(axis=1) / free[drawn].mean(axis=1)
        low, high = nine_in_ten(shares).tolist()
        left = {"share": float(met.mean() / free.mean()), "low": low, "high": high}
    return {
        "unit": info.unit,
        "baseline": float(base.mean()),
        "unanswered": _numbers(free),
        "answered": _numbers(met),
        "change": _numbers(met - free),
        "survives": left,
    }


def _answer(setting: Setting, searched: Searched, found: Confirmed, plan: str, side: str) -> dict[str, Any]:
    """Return a side's answer to a plan, what it is worth to that side, and what it is still worth once all have answered."""
    place, aim = setting.sides.index(side), setting.aims[side]
    before = searched.answers[setting.sides[place - 1]][plan] if place else _none(setting)
    after, last = searched.answers[side][plan], searched.answers[setting.sides[-1]][plan]
    without = stands_without(setting, searched, side, plan)

    def worth(policy: Policy, other: Policy) -> Numbers:
        return _numbers(setting.sign(side) * (found.of(aim, (plan, policy)) - found.of(aim, (plan, other))))

    chosen = {setting.choices[place].partition(".")[2]: after[place] for place in setting.places(side)}
    return {"choices": chosen, "worth": worth(after, before), "worth_in_the_end": worth(last, without)}


def _played(setting: Setting, searched: Searched, game: Played[str, Policy], found: Confirmed) -> tuple[Floats, Floats]:
    """Return what plans pay to answers in fresh futures, ``[plan, answer, future]``, and the mixture of plans."""
    aim, plus = setting.aims[PLANNED], setting.sign(PLANNED)
    values = plus * np.array([[found.of(aim, play) for play in row] for row in game_plays(setting, searched)])
    return values, np.array([game.row_mixture[game.rows.index(plan)] for plan in setting.menu])


def _game(setting: Setting, searched: Searched, game: Played[str, Policy], found: Confirmed) -> dict[str, Any]:
    """Return the approximate equilibrium, with what each answer makes of each plan."""
    values, plans = _played(setting, searched, game, found)
    matrix, plus = values.mean(axis=-1), setting.sign(PLANNED)
    names = [setting.choices[place].partition(".")[2] for place in setting.places(PLANNED)]
    return {
        "aim": setting.aims[PLANNED],
        "plans": {plan: float(weight) for plan, weight in zip(setting.menu, plans, strict=True)},
        "answers": [
            {
                "share": float(weight),
                "choices": dict(zip(names, own, strict=True)),
                "makes": {plan: float(plus * row[i]) for plan, row in zip(setting.menu, matrix, strict=True)},
            }
            for i, (own, weight) in enumerate(zip(game.columns, game.column_mixture, strict=True))
        ],
        "value": plus * float(plans @ matrix @ game.column_mixture),
    }


def _exploitability(
    setting: Setting, searched: Searched, game: Played[str, Policy], found: Confirmed, drawn: NDArray[np.int64]
) -> dict[str, Any]:
    """Return what both sides could still gain by any answer found: in fresh futures, and round by round in those that were searched."""
    values, plans = _played(setting, searched, game, found)

    def gap(matrix: Floats) -> float:
        return float((plans @ matrix).max() - (matrix @ game.column_mixture).min())

    low, high = nine_in_ten([gap(values[..., some].mean(axis=-1)) for some in drawn]).tolist()
    plus = setting.sign(PLANNED)
    return {
        "fresh": {"average": gap(values.mean(axis=-1)), "low": low, "high": high},
        "trace": [
            {
                "plans": step.rows,
                "answers": step.columns,
                "value": plus * step.value,
                "low": plus * step.low,
                "high": plus * step.high,
                "gap": step.gap,
            }
            for step in game.steps
        ],
    }


def _warnings(setting: Setting, survival: Mapping[str, Any], found: Confirmed, count: int) -> Iterator[str]:
    yield (
        f"Answers are moves of {len(setting.choices)} choices within the priors of the ledger, {per_cent(setting.freedom)} of the way at "
        "most; what an enemy could invent beyond them is not here."
    )
    yield "Best answers found, not best answers: a search that finds none better proves nothing, so what survives is an upper bound."
    yield "A side answers once, at the start, and holds to it; both the plan and the baseline are answered."
    if PLANNED in setting.sides:
        yield "The game has one yardstick, which a plan may lower by killing too: it ranks plans by nothing else."
    yield f"{count} fresh futures: differences too small for them are not seen."
    if all(one["survives"] is None for one in survival.values()):
        yield "No share of a gain is shown where the gain itself is not clear or does not matter."
    if found.failed:
        yield f"{found.failed} fresh futures are left out, because a run of theirs failed."


def _how_far(value: float) -> str:
    return "" if abs(value) == 1 else " (half-way)" if abs(value) == 0.5 else f" ({per_cent(abs(value))} of the way)"


def policy_words(side: str, chosen: Mapping[str, float]) -> str:
    """Return a side's policy in words, nothing where it does as the model has it."""
    known = load()[side].choices
    done = [
        (known[name].up if value > 0 else known[name].down) + _how_far(value) for name, value in chosen.items() if value
    ]
    return "; ".join(done)


def _words(
    setting: Setting,
    survival: Mapping[str, Any],
    answers: Mapping[str, Any],
    game: Mapping[str, Any] | None,
    exploitability: Mapping[str, Any] | None,
) -> Iterator[str]:
    infos = outcome_table.load()
    gains = {id_: one["survives"] for id_, one in survival.items() if one["survives"]}
    against = f"{setting.plan} against {setting.baseline}"
    if gains:
        parts = [f"{title(infos[id_])} {share(**_shown(one))}" for id_, one in gains.items()]
        yield f"Of what {against} gains, this is left once both are answered: {listed(parts)}."
    else:
        yield f"No gain of {against} is clear and large enough to matter in these futures: none is there to be taken away."
    worse = [title(infos[id_]) for id_, one in survival.items() if _hurts(id_, one)]
    if worse:
        yield f"The answers make {setting.plan} clearly worse on {listed(worse)}."
    for side, one in answers.items():
        words, name, info = policy_words(side, one["choices"]), load()[side].title, infos[setting.aims[side]]
        if not words:
            yield f"{name}: no answer to {setting.plan} was found that serves {title(info)} better."
            continue
        worth = one["worth"]
        gained = amount(info, *(setting.sign(side) * worth[key] for key in _ordered(setting.sign(side))), change=True)
        unclear = "; whether that serves it is not clear in fresh futures" if worth["low"] <= 0 else ""
        yield f"{name} would answer {setting.plan} so: {words}. On {title(info)} that makes {gained}{unclear}."
    if game is not None and exploitability is not None:
        info = infos[game["aim"]]
        used = [f"{plan} ({per_cent(weight)})" for plan, weight in game["plans"].items() if weight > NOTHING]
        exploited = exploitability["fresh"]
        yield (
            f"Where neither side knows the other's choice, {title(info)} is lowest under {listed(used)}. In fresh futures the two "
            f"together could still gain {amount(info, exploited['average'], exploited['low'], exploited['high'])} by any answer found."
        )


def _shown(one: Mapping[str, float]) -> Numbers:
    return {"value": one["share"], "low": one["low"], "high": one["high"]}


def _ordered(plus: float) -> tuple[str, str, str]:
    return ("average", "low", "high") if plus > 0 else ("average", "high", "low")


def _hurts(outcome: str, one: Mapping[str, Any]) -> bool:
    info = outcome_table.load()[outcome]
    change: list[float] = [sign(info) * one["change"][key] for key in ("low", "average", "high")]
    return max(change) < 0 and -change[1] >= info.mattering(one["baseline"])


def _tables(
    setting: Setting,
    survival: Mapping[str, Mapping[str, Any]],
    answers: Mapping[str, Any],
    searched: Searched,
) -> Iterator[Table]:
    infos = outcome_table.load()

    def row(id_: str, one: Mapping[str, Any]) -> tuple[str, ...]:
        cells = [
            amount(infos[id_], *(one[key][part] for part in ("average", "low", "high")), change=True)
            for key in ("unanswered", "answered")
        ]
        return infos[id_].title, *cells, share(**_shown(one["survives"])) if one["survives"] else "no clear gain"

    heads = ("outcome", "unanswered", "both answered", "gain that is left")
    yield Table(
        f"{setting.plan} against {setting.baseline}: what answers leave",
        heads,
        tuple(row(id_, one) for id_, one in survival[setting.plan].items()),
        "Averages over fresh futures with 90 % intervals.",
    )
    others = tuple(
        (plan, *row(id_, one))
        for plan, by_outcome in survival.items()
        for id_, one in by_outcome.items()
        if plan != setting.plan and one["survives"]
    )
    if others:
        yield Table(f"Clear gains of other plans against {setting.baseline}", ("plan", *heads), others)
    lines = []
    for plan, by_side in answers.items():
        for side, one in by_side.items():
            info, plus = infos[setting.aims[side]], setting.sign(side)
            worth = amount(info, *(plus * one["worth"][key] for key in _ordered(plus)), change=True)
            words = policy_words(side, one["choices"]) or "as the model has it"
            lines.append((plan, load()[side].title, words, f"{within(info.title)}: {worth}"))
    yield Table("Best answers found", ("plan", "side", "answer", "what it makes"), tuple(lines))
    if searched.game is None:
        return
    info, plus = infos[setting.aims[PLANNED]], setting.sign(PLANNED)
    shown = scale(info.unit, [Interval(abs(step.value), 0.0, abs(step.value)) for step in searched.game.steps])
    steps = tuple(
        (str(number), str(step.columns), *(shown.interval(Interval(x, x, x))[0] for x in (plus * step.value, step.gap)))
        for number, step in enumerate(searched.game.steps, 1)
    )
    yield Table(
        f"Plans against answers, by {title(info)}, {shown.unit}",
        ("round", "answers listed", "value", "what both sides could still gain"),
        steps,
        "In the futures searched. The last column bounds the distance from the value where the answers found are best.",
    )
