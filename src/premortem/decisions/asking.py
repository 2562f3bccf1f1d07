"""A method asked of a study under each of its readings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from premortem.decisions import frame
from premortem.decisions.frame import Frame
from premortem.decisions.result import READING_WORDS, Result, together
from premortem.errors import InputError
from premortem.study.cases import Reading
from premortem.study.store import Store


def frames(
    store: Store, readings: Sequence[Reading], outcomes: Sequence[str], plans: Sequence[str], baseline: str
) -> dict[Reading, Frame]:
    """Return the results of plans of a study under each reading, as `premortem.decisions.frame.read` takes them, each outcome once.

    Raises
    ------
    InputError : a plan or outcome is not in the study, or too many futures failed.
    """
    once = list(dict.fromkeys(outcomes))
    return {name: frame.read(store, outcomes=once, plans=plans, against=baseline, reading=name) for name in readings}


def each(found_in: Mapping[Reading, Frame], method: Callable[[Reading, Frame], Result]) -> Result:
    """Return a method's result under every reading that has enough for it; one that has not is named in a warning.

    Raises
    ------
    InputError : no reading has enough.
    """
    found: dict[str, Result] = {}
    refused: dict[str, InputError] = {}
    for name, one in found_in.items():
        try:
            found[name] = method(name, one)
        except InputError as error:
            refused[name] = error
    if not found:
        raise next(iter(refused.values()))
    left_out = (f"{READING_WORDS[name]}: left out, {error.problems[0].message}" for name, error in refused.items())
    result = together(found)
    return dataclasses.replace(result, warnings=(*result.warnings, *left_out))
