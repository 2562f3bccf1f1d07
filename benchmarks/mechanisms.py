"""What each mechanism costs: ``python benchmarks/mechanisms.py`` (needs the package).

Operations are counted, not timed: those that a trace of the opening and of one week of the full model holds, by the mechanism whose code
asked for them, and the numbers a future they make. Operations decide how long a compilation takes, numbers how long a week does; both are
the same on every machine, so that two versions can be compared on a busy one. ``model.py`` measures seconds.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import jax
import jax.numpy as jnp

from premortem.analysis.couplings import default
from premortem.engine import week
from premortem.model.controls import packed
from premortem.model.index_sets import VARIANT_BITS
from premortem.model.luck import Luck

CALLS = ("jit", "pjit", "closed_call", "custom_jvp_call")


def operations(jaxpr: Any, asked: Any = None) -> Iterator[tuple[Any, Any]]:
    """Yield every operation, those of inner functions too, with the one of the outermost function that asked for it."""
    for operation in jaxpr.eqns:
        outer = asked or operation
        inner = [value for value in operation.params.values() if hasattr(value, "jaxpr") or hasattr(value, "eqns")]
        if inner and operation.primitive.name in CALLS:
            for value in inner:
                yield from operations(getattr(value, "jaxpr", value), outer)
        else:
            yield operation, outer


def place(operation: Any) -> tuple[str, str]:
    """Return whether an operation belongs to the opening or to a week, and the mechanism whose code asked for it."""
    frames = [(PurePath(frame.file_name), frame.function_name) for frame in operation.source_info.traceback.frames]
    names = {name.rpartition(".")[2] for path, name in frames if path.parts[-2:] == ("engine", "week.py")}
    mechanism = next((path.stem for path, _ in frames if path.parent.name == "mechanisms"), "(engine)")
    return "week" if "step" in names else "opening", mechanism


def first_week(model: week.Model, setup: week.Setup) -> Any:
    """Return the state after a week, whose luck is drawn in one go as a run draws it."""
    orders = jax.tree.map(lambda x: x[0, 0], setup.controls.orders)
    setup = dataclasses.replace(setup, controls=dataclasses.replace(setup.controls, orders=orders))
    variants = [packed(orders, 0)] * 2**VARIANT_BITS
    start, state = week.begin(model, setup, orders)
    wanted = week.draws(model, setup, start, state, variants)
    luck = Luck(jax.random.key(0), noisy=model.noise).with_draws(wanted)
    return week.step(model, setup, start, state, variants, jnp.zeros((), int), luck)


def main() -> None:
    model, setup = default()
    traced = jax.make_jaxpr(lambda given: first_week(model, given))(setup)
    counted: dict[str, Counter[str]] = {"opening": Counter(), "week": Counter()}
    numbers: Counter[str] = Counter()
    for operation, asked in operations(traced.jaxpr):
        phase, mechanism = place(asked)
        counted[phase][mechanism] += 1
        if phase == "week":
            numbers[mechanism] += sum(math.prod(result.aval.shape) for result in operation.outvars)
    names = sorted({*counted["opening"], *counted["week"]}, key=lambda name: -counted["week"][name])
    print("| mechanism | operations of the opening | of a week | numbers a week |\n|---|---|---|---|")
    for name in names:
        print(f"| {name} | {counted['opening'][name]} | {counted['week'][name]} | {numbers[name]:,} |")
    print(f"| all | {counted['opening'].total()} | {counted['week'].total()} | {numbers.total():,} |")


if __name__ == "__main__":
    main()
