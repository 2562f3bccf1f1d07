"""A many-objective search by an evolutionary method, generation by generation: killed at any moment, it goes on to the same end.

NSGA-III (Deb and Jain 2014, doi:10.1109/TEVC.2013.2281535) of the library pymoo (Blank and Deb 2020, doi:10.1109/ACCESS.2020.2990567).
What is kept of a generation is what was tried and what came out, as numbers: on resuming the method is made anew from its seed and given
all of them again, which takes a second and gives its random state too; nothing that could be executed is ever read from a file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem import sealed_file
from premortem.errors import InputError, Problem, RunError, Where

MARK = b"premortem generation 1\n"
"""What a kept generation begins with; then come the SHA-256 of the rest and its numbers, as JSON."""
MOST_DIVISIONS = 12

Floats = NDArray[np.float64]
Evaluate = Callable[[Floats], tuple[Floats, Floats]]
"""Tries ``[try, input]`` between 0 and 1 -> scores ``[try, objective]``, less is better, and excess ``[try, constraint]``, none allowed."""


@dataclass(frozen=True)
class Generation:
    """What was tried and what came out: ``units`` [try, input], ``scores`` [try, objective], ``excess`` [try, constraint]."""

    units: Floats
    scores: Floats
    excess: Floats

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """``[try]``: whether it keeps all constraints."""
        return np.asarray((self.excess <= 0).all(axis=1))

    @staticmethod
    def together(parts: list[Generation]) -> Generation:
        """Return all tries of some generations, in order."""
        names = ("units", "scores", "excess")
        return Generation(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True)
class Kept:
    """The generations in a folder, each a file that is whole or not there."""

    folder: Path

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:05d}.generation"

    def read(self, number: int) -> Generation | None:
        """Return a generation; None if it is not there, or not what was written."""
        content = sealed_file.read(self._path(number), MARK)
        if content is None:
            return None
        found = json.loads(content)
        return Generation(*(np.array(found[name], np.float64) for name in ("units", "scores", "excess")))

    def write(self, number: int, made: Generation) -> None:
        """Keep a generation.

        Raises
        ------
        RunError : it cannot be written.
        """
        numbers = {name: getattr(made, name).tolist() for name in ("units", "scores", "excess")}
        content = json.dumps(numbers, allow_nan=False).encode()
        if not sealed_file.write(self._path(number), MARK, content):
            raise RunError(Problem("unwritable", f"cannot write to {self.folder}; what is done is safe"))


@dataclass(frozen=True)
class Method:
    """How to search: how many are tried in all and in a generation, and the seed of all chance."""

    tries: int
    generation: int
    seed: int

    @property
    def generations(self) -> int:
        """Number of generations; the last one is whole."""
        return -(-self.tries // self.generation)


def require_library() -> None:
    """Check that pymoo is installed.

    Raises
    ------
    InputError : it is not.
    """
    _pymoo("core.algorithm")


def evolve(
    evaluate: Evaluate, first: Floats, objectives: int, constraints: int, method: Method, kept: Kept
) -> Iterator[Generation]:
    """Yield generation after generation, those that are kept already without evaluating anything.

    Parameters
    ----------
    first : tries of the first generation ``[generation, input]``.

    Raises
    ------
    InputError : pymoo is missing, or the generations that are kept are of another search.
    RunError : a generation cannot be written.
    """
    algorithm = _algorithm(first, objectives, constraints, method)
    problem_kind, evaluator = _pymoo("problems.static").StaticProblem, _pymoo("core.evaluator").Evaluator()
    for number in range(method.generations):
        asked = algorithm.ask()
        units = np.asarray(asked.get("X"), np.float64)
        made = kept.read(number)
        if made is None:
            scores, excess = evaluate(units)
            made = Generation(units, scores, excess)
            kept.write(number, made)
        elif not np.array_equal(made.units, units):
            message = "its generations are of another search, or of other versions of pymoo or NumPy; name a new folder"
            raise InputError(Problem("exists", message, Where(str(kept.folder))))
        evaluator.eval(problem_kind(algorithm.problem, F=made.scores, G=made.excess), asked)
        algorithm.tell(infills=asked)
        yield made


def _algorithm(first: Floats, objectives: int, constraints: int, method: Method) -> Any:
    problem = _pymoo("core.problem").Problem(
        n_var=first.shape[1], n_obj=objectives, n_ieq_constr=constraints, xl=0.0, xu=1.0
    )
    directions = _pymoo("util.ref_dirs").get_reference_directions(
        "das-dennis", objectives, n_partitions=divisions(objectives, method.generation)
    )
    made = _pymoo("algorithms.moo.nsga3").NSGA3(directions, pop_size=method.generation, sampling=first)
    never = _pymoo("core.termination").NoTermination()
    return made.setup(problem, termination=never, seed=method.seed, verbose=False)


def divisions(objectives: int, most: int) -> int:
    """Return into how many parts each objective is divided so that there are at most so many reference directions.

    >>> divisions(3, 100), divisions(7, 100)
    (12, 3)
    """
    return max(n for n in range(1, MOST_DIVISIONS + 1) if n == 1 or comb(n + objectives - 1, n) <= most)


def _pymoo(module: str) -> Any:
    try:
        return import_module(f"pymoo.{module}")
    except ImportError:
        raise InputError(
            Problem("missing_library", "search needs pymoo; install it with: pip install 'premortem[search]'")
        ) from None
