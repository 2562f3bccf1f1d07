"""Conditions as data: what decision-makers see, and the programs of branches, for a small machine inside the simulation.

A plan's branches and exits are conditions over observables. Were they compiled into the simulation, every plan would wait for a program of
its own. So they are arrays of fixed sizes, the same in all futures, which one compiled program reads: a list of operations, each on two
values computed before it. What a condition means is defined in plain Python by ``premortem.plan.controls.program.holds``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from premortem.arrays import jax, jnp, lax
from premortem.model.controls import Branch, Observable, Program
from premortem.model.index_sets import VARIANT_BITS
from premortem.model.luck import Luck, address
from premortem.model.pytrees import pytree, static
from premortem.model.units import NEGLIGIBLE_DIVISOR

OWNER = "campaign"
"""Owner of the luck of what is observed."""

OPERATIONS = ("+", "-", "*", "/", "<", "<=", ">", ">=", "and", "or", "neg", "not", "avg", "change")
WINDOWS = ("avg", "change")

OUTCOMES, REPORT_WEEKS, OBSERVABLES, BRANCHES, NUMBERS, STEPS, KEPT, KEPT_WEEKS = 4, 32, 16, 16, 32, 64, 4, 261
"""Room for: outcomes of an observable, weeks until it is reported, observables, branches, numbers, operations, windows and their weeks.

A plan that needs more of one gets twice as much of it, or four times, and waits once for a program of that size.
"""


@pytree
class Conditions:
    """What may fire in a plan; the same in all futures.

    Values are numbered: first what is seen, then the week, the numbers that the plan states, and the results of operations.
    Unused room has no effect: operations end at ``steps``, and an unused branch has the number 0 for a condition.
    """

    outcomes: jax.Array  # [s, part] number of each outcome that is summed to what is seen; see `encode`
    cumulative: jax.Array  # [s] 1 where the running sum is reported
    lag: jax.Array  # [s] week
    error: jax.Array  # [s] log standard deviation
    luck: jax.Array  # [s] address of the error
    numbers: jax.Array  # [n]
    operation: jax.Array  # [i] index in OPERATIONS
    left: jax.Array  # [i] number of the left value, or of the only one
    right: jax.Array  # [i] number of the right value
    weeks: jax.Array  # [i] weeks that a window looks at, this one included
    window: jax.Array  # [i] where the operation keeps past values: its window, or the last place, which nothing reads
    steps: jax.Array  # [] operations in use
    result: jax.Array  # [b] number of the value that says whether the branch's condition holds
    delay: jax.Array  # [b] week
    sets: jax.Array  # [b, bit] 1 at the variant bit that the branch sets
    stops: jax.Array  # [b] 1 where it stops the campaign
    report_weeks: int = static()
    windows: int = static()
    window_weeks: int = static()


def _room(needed: int, usual: int) -> int:
    """Return the usual room, doubled until it is enough."""
    while usual < needed:
        usual *= 2
    return usual


@dataclasses.dataclass
class _Writer:
    """Turns postfix programs into operations on numbered values; a value is (kind, number) until all sizes are known."""

    seen: list[str]
    numbers: list[float] = dataclasses.field(default_factory=lambda: [0.0])
    operations: list[tuple[int, tuple[str, int], tuple[str, int], int, int | None]] = dataclasses.field(
        default_factory=list
    )
    windows: int = 0

    def write(self, program: Program) -> tuple[str, int]:
        stack: list[tuple[str, int]] = []
        for word, value in program:
            if word == "number":
                stack.append(self._number(float(value)))
            elif word == "observed":
                stack.append(("week", 0) if value == "week" else ("seen", self.seen.index(str(value))))
            else:
                right = stack.pop()
                left = right if word in {"neg", "not", *WINDOWS} else stack.pop()
                stack.append(self._operation(word, left, right, int(value)))
        (result,) = stack
        return result

    def _number(self, value: float) -> tuple[str, int]:
        if value not in self.numbers:
            self.numbers.append(value)
        return "number", self.numbers.index(value)

    def _operation(self, word: str, left: tuple[str, int], right: tuple[str, int], weeks: int) -> tuple[str, int]:
        window = None
        if word in WINDOWS:
            window, self.windows = self.windows, self.windows + 1
        # A change over some weeks compares this week with the one so many weeks before it.
        looked_at = weeks + 1 if word == "change" else weeks
        self.operations.append((OPERATIONS.index(word), left, right, looked_at, window))
        return "result", len(self.operations) - 1


def encode(branches: Sequence[Branch], observables: Sequence[Observable], outcomes: Sequence[str]) -> Conditions:
    """Return branches as data.

    Parameters
    ----------
    outcomes : ids of the model's outcomes, in the order in which `report` is given their totals. An observable of others is never seen: it
        is not a number, and every comparison with it is false.
    """
    writer = _Writer([seen.name for seen in observables])
    results = [writer.write(branch.condition) for branch in branches]
    nothing, unknown = len(outcomes), len(outcomes) + 1
    place = {id_: number for number, id_ in enumerate(outcomes)}
    room = {
        "seen": _room(len(observables), OBSERVABLES),
        "week": 1,
        "number": _room(len(writer.numbers), NUMBERS),
        "result": _room(len(writer.operations), STEPS),
    }
    first = dict(zip(room, np.cumsum([0, *room.values()]), strict=False))
    windows, steps, slots = _room(writer.windows, KEPT), room["result"], room["seen"]
    count = _room(len(branches), BRANCHES)
    codes, left, right, weeks, window = zip(*writer.operations, strict=True) if writer.operations else [()] * 5
    parts = _room(max((len(seen.outcomes) for seen in observables), default=0), OUTCOMES)

    def number(value: tuple[str, int]) -> int:
        kind, at = value
        return int(first[kind]) + at

    def whole(values: Sequence[int], size: int, unused: int = 0, kind: Any = np.int32) -> Any:
        return np.array([*values, *[unused] * (size - len(values))], kind)

    def real(values: Sequence[float], size: int) -> Any:
        return np.array([*values, *[0.0] * (size - len(values))], jnp.result_type(float))

    summed = [[place.get(id_, unknown) for id_ in seen.outcomes] for seen in observables]
    bits = [[branch.bit == bit for bit in range(VARIANT_BITS)] for branch in branches]
    fields: dict[str, Any] = {
        "outcomes": np.stack([whole(row, parts, nothing) for row in [*summed, *[[]] * (slots - len(summed))]]),
        "cumulative": real([seen.form == "cumulative" for seen in observables], slots),
        "lag": whole([seen.lag for seen in observables], slots),
        "error": real([seen.error for seen in observables], slots),
        "luck": whole([address(f"{OWNER}.{seen.name}") for seen in observables], slots, kind=np.uint32),
        "numbers": real(writer.numbers, room["number"]),
        "operation": whole(codes, steps),
        "left": whole([number(value) for value in left], steps),
        "right": whole([number(value) for value in right], steps),
        "weeks": whole(weeks, steps),
        "window": whole([windows if at is None else at for at in window], steps),
        "steps": np.int32(len(writer.operations)),
        "result": whole([number(value) for value in results], count, number(("number", 0))),
        "delay": real([branch.delay for branch in branches], count),
        "sets": np.stack([real(row, VARIANT_BITS) for row in [*bits, *[[]] * (count - len(bits))]]),
        "stops": real([branch.bit < 0 for branch in branches], count),
        "report_weeks": _room(max((seen.lag + 1 for seen in observables), default=0), REPORT_WEEKS),
        "windows": windows,
        "window_weeks": _room(max(weeks, default=0), KEPT_WEEKS),
    }
    return Conditions(**fields)


NONE = encode((), (), ())
"""Conditions of a plan in which nothing may fire."""


def report(
    conditions: Conditions, totals: jax.Array, sums: jax.Array, reports: jax.Array, week: jax.Array, luck: Luck
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return what decision-makers see at the end of a week, ``[s]`` (NaN where nothing is reported yet), the new sums and reports.

    ``totals`` [outcome]: of the whole country, of this week; ``sums`` [s]: running sums; ``reports`` [s, week modulo the room]: values with
    their errors, those of ``lag`` weeks ago being seen now.
    """
    ends = jnp.array(
        [0.0, jnp.nan], totals.dtype
    )  # the two numbers that follow those of outcomes: nothing, and never seen
    value = lax.stop_gradient(jnp.concatenate([totals, ends])[conditions.outcomes].sum(1))
    sums = sums + value
    error = jnp.exp(conditions.error * luck.normals(conditions.luck))
    now = jnp.where(conditions.cumulative > 0, sums, value) * error
    slots, weeks = reports.shape
    reports = lax.dynamic_update_slice_in_dim(reports, now[:, None], week % weeks, 1)
    read = jnp.arange(slots) * weeks + (week - conditions.lag) % weeks
    return reports.reshape(-1)[read], sums, reports


def evaluate(
    conditions: Conditions, seen: jax.Array, since_start: jax.Array, windows: jax.Array, week: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return whether each branch's condition holds, ``[b]``, and the windows with this week's values.

    A value that is not known yet, or a division by nearly nothing, makes its comparison false. ``windows``: [window, week modulo the room].
    """
    column = week % windows.shape[1]
    results = jnp.zeros(conditions.operation.shape, seen.dtype)
    numbers = jnp.asarray(conditions.numbers, seen.dtype)
    since = jnp.asarray(lax.stop_gradient(since_start), seen.dtype)[None]
    values = jnp.concatenate([seen, since, numbers, results])
    first = len(values) - len(results)

    def do(at: jax.Array, carried: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        values, windows = carried
        code, window = _at(conditions.operation, at), _at(conditions.window, at)
        left, right = _at(values, _at(conditions.left, at)), _at(values, _at(conditions.right, at))
        windows = lax.dynamic_update_slice(windows, left[None, None], (window, column.astype(window.dtype)))
        result = lax.cond(
            code >= OPERATIONS.index("avg"),
            lambda: _looked_back(_at(windows, window), code, _at(conditions.weeks, at), week, left),
            lambda: _computed(code, left, right),
        )
        return lax.dynamic_update_index_in_dim(values, result, first + at, 0), windows

    values, windows = lax.fori_loop(0, conditions.steps, do, (values, windows))
    return values[conditions.result] > 0, windows


def _at(values: jax.Array, index: jax.Array) -> Any:
    return lax.dynamic_index_in_dim(values, index, keepdims=False)


def _looked_back(past: jax.Array, code: jax.Array, weeks: jax.Array, week: jax.Array, now: jax.Array) -> jax.Array:
    """Return the mean of what is known of the last weeks, or the change since the oldest of it."""
    age = (week - jnp.arange(len(past))) % len(past)
    known = (age < weeks) & ~jnp.isnan(past)
    count = known.sum()
    oldest = jnp.where(known, age, -1).max()
    mean = jnp.where(known, past, 0.0).sum() / jnp.maximum(count, 1)
    change = now - jnp.where(known & (age == oldest), past, 0.0).sum()
    return jnp.where(count > 0, jnp.where(code == OPERATIONS.index("avg"), mean, change), jnp.nan)


def _computed(code: jax.Array, left: jax.Array, right: jax.Array) -> jax.Array:
    fine = jnp.abs(right) >= NEGLIGIBLE_DIVISOR
    ratio = jnp.where(fine, left / jnp.where(fine, right, 1.0), jnp.nan)
    compared = [
        (test(left, right)).astype(left.dtype) for test in (jnp.less, jnp.less_equal, jnp.greater, jnp.greater_equal)
    ]
    results = [
        left + right,
        left - right,
        left * right,
        ratio,
        *compared,
        left * right,
        jnp.maximum(left, right),
        -left,
        1.0 - left,
    ]
    return lax.select_n(jnp.minimum(code, len(results) - 1), *results)
