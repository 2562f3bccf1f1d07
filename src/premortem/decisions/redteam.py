"""Does a plan survive an enemy that adapts? Organisations and governments answer each plan of a menu by what is best for them.

Each side answers in turn, knowing the plan and what sides before it answered, by a search over its few strategic choices
(`premortem.analysis.red_team`). Then the last side and the planner play for the last side's yardstick without knowing each other's choice:
an approximate equilibrium by double oracle (`premortem.decisions.games`). What is found is counted in fresh futures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.red_team import Policy, choices, load
from premortem.decisions.compass import climb
from premortem.decisions.frame import MOST_FAILED
from premortem.decisions.games import NOTHING, Played, double_oracle
from premortem.decisions.result import require_known
from premortem.errors import InputError, Problem

FEWEST = 20
"""Futures: with fewer, hardly any answer is better beyond chance."""
MOST_PLANS = 12
MOST_FREEDOM = 0.9
PLANNED = "organisations"
"""The side whose yardstick the planner wants low: the two play a game."""

Floats = NDArray[np.float64]
Play = tuple[str, Policy]
Evaluate = Callable[[Sequence[Play], Sequence[str], bool], Mapping[str, Floats]]
"""Plays, outcomes, whether in fresh futures -> outcome -> ``[play, future]``, NaN where the run failed."""


@dataclass(frozen=True)
class Setting:
    """What is asked.

    Attributes
    ----------
    plan, baseline : what is judged, and what it is compared with.
    menu : plans that can be chosen, the two among them.
    sides : who answers, in their order. ``aims`` [side] the outcome that each wants to raise or lower.
    freedom : share of what is not known of the sides' conduct that is their choice, from 0 to `MOST_FREEDOM`.
    rounds : of the double oracle.
    outcomes : that are compared.
    """

    plan: str
    baseline: str
    menu: tuple[str, ...]
    sides: tuple[str, ...]
    aims: Mapping[str, str]
    freedom: float
    rounds: int
    outcomes: tuple[str, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices of all sides as ``side.choice``, in the order of a policy."""
        return tuple(choices(self.sides))

    def places(self, side: str) -> list[int]:
        """Return where a side's choices stand in a policy."""
        return [i for i, name in enumerate(self.choices) if name.startswith(f"{side}.")]

    def sign(self, side: str) -> float:
        """Return 1 where a side wants its yardstick high, -1 where low."""
        return 1.0 if load()[side].aims[self.aims[side]] == "up" else -1.0


def setting(
    plan: str,
    baseline: str,
    menu: Sequence[str],
    *,
    sides: Sequence[str],
    aims: Sequence[str],
    freedom: float,
    rounds: int,
    outcomes: Sequence[str],
) -> Setting:
    """Return what is asked, checked before anything is run.

    Raises
    ------
    InputError : an unknown side, an aim that no side may have, too many plans, or a number out of its bounds.
    """
    known = load()
    require_known("side", sides, list(known), "that answers")
    chosen = tuple(side for side in known if not sides or side in sides)
    possible = [aim for side in chosen for aim in known[side].aims]
    require_known("aim", aims, possible, "of a side that answers: a yardstick of its own, and never killing")
    wanted = {side: [aim for aim in aims if aim in known[side].aims] for side in chosen}
    for side, several in wanted.items():
        if len(set(several)) > 1:
            raise InputError(Problem("aim", "a side has one aim", found=f"{side}: {', '.join(several)}"))
    listed = tuple(dict.fromkeys([baseline, plan, *menu]))
    if len(listed) > MOST_PLANS:
        raise InputError(
            Problem(
                "menu",
                "too many plans to answer each: name some (--menu)",
                found=str(len(listed)),
                allowed=f"at most {MOST_PLANS}",
            )
        )
    if not 0 <= freedom <= MOST_FREEDOM:
        raise InputError(
            Problem(
                "freedom",
                "out of bounds (--freedom): an end of a prior may be infinite",
                found=f"{freedom:g}",
                allowed=f"0 to {MOST_FREEDOM:g}",
            )
        )
    if rounds < 1:
        raise InputError(Problem("rounds", "out of bounds (--rounds)", found=str(rounds), allowed="at least 1"))
    first = {side: several[0] if several else next(iter(known[side].aims)) for side, several in wanted.items()}
    return Setting(plan, baseline, listed, chosen, first, freedom, rounds, tuple(outcomes))


def require_enough(count: int, option: str) -> None:
    """Check a number of futures that is asked for.

    Raises
    ------
    InputError : it is below `FEWEST`.
    """
    if count < FEWEST:
        raise InputError(
            Problem(
                "too_few",
                f"too few futures for redteam ({option}): with fewer, hardly any answer is better beyond chance",
                found=str(count),
                allowed=f"at least {FEWEST}",
            )
        )


class Runs:
    """What plays came to, each simulated once: the sides' yardsticks in the futures that are searched."""

    def __init__(self, setting: Setting, evaluate: Evaluate) -> None:
        self._aims = tuple(dict.fromkeys(setting.aims.values()))
        self._evaluate = evaluate
        self._known: dict[Play, dict[str, Floats]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, outcome: str, plays: Sequence[Play]) -> Floats:
        """Return ``[play, future]``, NaN where a run failed; plays not known yet are simulated together.

        Raises
        ------
        InputError : more than 5 % of the runs failed.
        """
        missing = [play for play in dict.fromkeys(plays) if play not in self._known]
        if missing:
            found = self._evaluate(missing, self._aims, False)
            for number, play in enumerate(missing):
                self._known[play] = {id_: values[number] for id_, values in found.items()}
            require_finished(np.stack([one[self._aims[0]] for one in self._known.values()]))
        return np.stack([self._known[play][outcome] for play in plays])


def require_finished(values: Floats) -> None:
    """Check that hardly any run failed, ``[play, future]``.

    Raises
    ------
    InputError : more than 5 % did.
    """
    failed = int(np.isnan(values).sum())
    if failed > MOST_FAILED * values.size:
        raise InputError(
            Problem(
                "too_many_failed",
                "too many runs failed: those left may differ from those lost",
                found=f"{failed:,} of {values.size:,}",
                allowed=f"at most {MOST_FAILED:.0%}",
            )
        )


@dataclass(frozen=True)
class Searched:
    """What the search found.

    ``answers`` [side] -> plan -> the policy with which that side, and those before it, answer the plan. ``game``: the approximate
    equilibrium of plans and the last side's policies, if it was among the sides; ``tried`` plays, each in all futures.
    """

    answers: Mapping[str, Mapping[str, Policy]]
    game: Played[str, Policy] | None
    tried: int


def search(setting: Setting, evaluate: Evaluate) -> Searched:
    """Look for the best answers of each side to each plan, and for the equilibrium between plans and the last side's answers.

    Raises
    ------
    InputError : more than 5 % of the runs failed.
    """
    runs = Runs(setting, evaluate)
    now: dict[str, Policy] = dict.fromkeys(setting.menu, (0.0,) * len(setting.choices))
    answers: dict[str, Mapping[str, Policy]] = {}
    for side in setting.sides:

        def asked(polls: Sequence[Sequence[Policy]], side: str = side) -> list[Floats]:
            plays = [(plan, policy) for plan, poll in zip(setting.menu, polls, strict=True) for policy in poll]
            values = setting.sign(side) * runs.of(setting.aims[side], plays)
            return np.split(values, np.cumsum([len(poll) for poll in polls])[:-1])

        found = climb([now[plan] for plan in setting.menu], setting.places(side) if setting.freedom else [], asked)
        now = dict(zip(setting.menu, found, strict=True))
        answers[side] = dict(now)
    game = _game(setting, runs, answers) if PLANNED in setting.sides else None
    return Searched(answers, game, len(runs))


def _game(setting: Setting, runs: Runs, answers: Mapping[str, Mapping[str, Policy]]) -> Played[str, Policy]:
    """Play plans against policies of the organisations, whose other numbers are each plan's own: what sides before answered.

    It begins without an answer, so that the first round shows what answers are worth where the planner does not expect them.
    """
    places = setting.places(PLANNED)
    aim, sign = setting.aims[PLANNED], setting.sign(PLANNED)

    def full(plan: str, own: Policy) -> Play:
        return plan, joined(answers[PLANNED][plan], places, own)

    def futures(plans: Sequence[str], policies: Sequence[Policy]) -> Floats:
        flat = sign * runs.of(aim, [full(plan, own) for plan in plans for own in policies])
        return flat.reshape(len(plans), len(policies), -1)

    def payoffs(plans: Sequence[str], policies: Sequence[Policy]) -> Floats:
        return averages(futures(plans, policies))

    def best_plan(policies: Sequence[Policy], mixture: Floats) -> str:
        return setting.menu[int((payoffs(setting.menu, policies) @ mixture).argmin())]

    def best_policy(plans: Sequence[str], mixture: Floats) -> Policy:
        used = [(plan, weight) for plan, weight in zip(plans, mixture, strict=True) if weight > NOTHING]
        names, weights = [plan for plan, _ in used], np.array([weight for _, weight in used])

        def asked(polls: Sequence[Sequence[Policy]]) -> list[Floats]:
            return [np.tensordot(weights, futures(names, poll), axes=1) for poll in polls]

        start = max(listed, key=lambda own: float(weights @ payoffs(names, [own])[:, 0]))
        (found,) = climb([start], range(len(places)) if setting.freedom else [], asked, polls=1)
        if found not in listed:
            listed.append(found)
        return found

    own = [tuple(answers[PLANNED][plan][i] for i in places) for plan in setting.menu]
    listed: list[Policy] = list(dict.fromkeys([(0.0,) * len(places), *own]))
    return double_oracle(
        setting.menu,
        listed[:1],
        payoffs,
        best_plan,
        best_policy,
        tolerance=0.0,
        rounds=setting.rounds,
    )


def joined(policy: Policy, places: Sequence[int], own: Policy) -> Policy:
    """Return a policy with other numbers at some places."""
    found = list(policy)
    for place, value in zip(places, own, strict=True):
        found[place] = value
    return tuple(found)


def averages(values: Floats) -> Floats:
    """Return averages over the futures in which no run failed, ``[..., future]``."""
    fine = np.isfinite(values).reshape(-1, values.shape[-1]).all(axis=0)
    return np.asarray(values[..., fine].mean(axis=-1))


@dataclass(frozen=True)
class Confirmed:
    """What was found, in fresh futures in which no run failed.

    ``values``: outcome -> ``[play, future]``, of ``plays``; ``failed``: number of futures left out.
    """

    plays: tuple[Play, ...]
    values: Mapping[str, Floats]
    failed: int
    _place: dict[Play, int] = field(default_factory=dict)

    def of(self, outcome: str, play: Play) -> Floats:
        """Return an outcome of a play, ``[future]``."""
        if not self._place:
            self._place.update({one: number for number, one in enumerate(self.plays)})
        return np.asarray(self.values[outcome][self._place[play]])


def stands_without(setting: Setting, searched: Searched, side: str, plan: str) -> Policy:
    """Return the last answers to a plan without those of a side."""
    places = setting.places(side)
    return joined(searched.answers[setting.sides[-1]][plan], places, (0.0,) * len(places))


def game_plays(setting: Setting, searched: Searched) -> list[list[Play]]:
    """Return the plays of the game, ``[plan, policy]``."""
    if searched.game is None:
        return []
    places = setting.places(PLANNED)
    last = searched.answers[PLANNED]
    return [[(plan, joined(last[plan], places, own)) for own in searched.game.columns] for plan in setting.menu]


def confirm(setting: Setting, searched: Searched, evaluate: Evaluate) -> Confirmed:
    """Simulate in fresh futures each plan unanswered, answered by one side after the other, and all plays of the game.

    Raises
    ------
    InputError : more than 5 % of the runs failed.
    """
    none: Policy = (0.0,) * len(setting.choices)
    plays = [(plan, none) for plan in setting.menu]
    plays += [(plan, answers[plan]) for answers in searched.answers.values() for plan in setting.menu]
    plays += [(plan, stands_without(setting, searched, side, plan)) for side in setting.sides for plan in setting.menu]
    plays += [play for row in game_plays(setting, searched) for play in row]
    once = tuple(dict.fromkeys(plays))
    wanted = tuple(dict.fromkeys([*setting.outcomes, *setting.aims.values()]))
    values = evaluate(once, wanted, True)
    bad = np.any([np.isnan(one) for one in values.values()], axis=0)
    require_finished(np.where(bad, np.nan, 0.0))
    fine = ~bad.any(axis=0)
    return Confirmed(once, {id_: one[:, fine] for id_, one in values.items()}, int((~fine).sum()))
