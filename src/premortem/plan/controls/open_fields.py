"""Draws for what a plan leaves open: each field left ``"unspecified"`` takes one value per future.

The laws are data (data/open_fields.toml). A draw is addressed by the seed, the field's path and the future, so two variants of a plan that
leave the same field open meet the same value, and stating one field moves no other. What is not drawn matters to the linter only
(``sampled = false``), or holds as the note of its law says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from premortem.evidence import priors, sampling
from premortem.evidence.distributions import Triangular
from premortem.plan.language import catalogue
from premortem.plan.language.words import Nothing, Unspecified

Floats = NDArray[np.float64]
Value = TypeVar("Value", bound=np.generic)
Open = Unspecified
ELEMENT = re.compile(r"^(task_force|domestic|sea|partner|measure|deal|bargain)\.[^.]+\.")


def law(path: str) -> catalogue.OpenLaw:
    """Return the law of a field by its path in a plan.

    >>> law("task_force.btfg_texas.forward_share").prior
    'uniform(0.25, 0.70)'
    """
    return catalogue.open_laws()[ELEMENT.sub(r"\1[].", path)]


class Draws:
    """Values of a plan's fields in some futures: stated ones repeated, open ones drawn.

    ``drawn`` collects the paths that were in fact open, ``values`` what they came to: path -> [future] of numbers, flags or words; a field
    that is shared out over groups has an entry a group (``task_force.texas.effort.labs``).
    """

    def __init__(self, seed: int, futures: NDArray[np.int64]) -> None:
        self.seed = seed
        self.futures = np.asarray(futures, dtype=np.int64)
        self.drawn: set[str] = set()
        self.values: dict[str, NDArray[Any]] = {}

    @cached_property
    def ones(self) -> Floats:
        """A one for each future."""
        return np.ones(len(self.futures))

    def record(self, path: str, values: NDArray[Value]) -> NDArray[Value]:
        """Keep what an open field came to, ``[future]``, and return it; of phases that draw it again, the first counts."""
        self.values.setdefault(path, values)
        return values

    def uniform(self, path: str, elements: int = 1) -> Floats:
        """Return the uniform numbers behind an open field, ``[future]`` or ``[future, element]``; what they become is for ``record``."""
        self.drawn.add(path)
        u = sampling.uniform(self.seed, f"plan.{path}", self.futures, elements)
        return u[:, 0] if elements == 1 else u

    def number(self, path: str, value: float | Unspecified) -> Floats:
        """Return a number, ``[future]``; an open one by its prior."""
        if not isinstance(value, Unspecified):
            return value * self.ones
        return self.record(path, priors.parse(law(path).prior).quantile(self.uniform(path)))

    def flag(self, path: str, value: bool | Unspecified) -> Floats:
        """Return 0 or 1, ``[future]``."""
        if not isinstance(value, Unspecified):
            return float(value) * self.ones
        chance = sum(choice.weight for choice in law(path).choices if choice.value is True)
        total = sum(choice.weight for choice in law(path).choices)
        return self.record(path, self.uniform(path) < chance / total).astype(float)

    def choice(self, path: str, value: object | Unspecified) -> list[object]:
        """Return one value per future: a word, a number, or a tuple of words; stated absence is the word ``none``."""
        if not isinstance(value, Unspecified):
            return ["none" if isinstance(value, Nothing) else value] * len(self.futures)
        choices = law(path).choices
        edges = np.cumsum([choice.weight for choice in choices])
        picked = np.searchsorted(edges / edges[-1], self.uniform(path), side="right")
        chosen = [choices[min(i, len(choices) - 1)].value for i in picked]
        self.record(path, np.array([_word(one) for one in chosen], dtype=object))
        return chosen

    def one_hot(self, path: str, value: str | Unspecified, words: Sequence[str]) -> Floats:
        """Return which of ``words`` holds, ``[future, word]``."""
        return np.array([[float(word == chosen) for word in words] for chosen in self.choice(path, value)])

    def level(self, path: str, value: float | Unspecified, lever: catalogue.Lever) -> Floats:
        """Return a lever's level; an open one is triangular with its mode at the status quo, over the side the bounds leave."""
        if not isinstance(value, Unspecified):
            return value * self.ones
        return self.record(path, Triangular(lever.low, lever.status_quo, lever.high).quantile(self.uniform(path)))

    def shares(
        self, path: str, stated: Mapping[str, float | Unspecified] | Unspecified, groups: Sequence[str]
    ) -> Floats:
        """Return shares of effort over ``groups``, ``[future, group]``.

        Stated shares hold; open ones split what remains by a flat Dirichlet; groups that the plan does not name get nothing, unless all are
        open.
        """
        given: Mapping[str, float | Unspecified] = (
            dict.fromkeys(groups, Open.UNSPECIFIED) if isinstance(stated, Unspecified) else stated
        )
        fixed = np.array([v if isinstance(v := given.get(g, 0.0), int | float) else 0.0 for g in groups])
        open_groups = np.array([isinstance(given.get(g, 0.0), Unspecified) for g in groups])
        if not open_groups.any():
            return np.outer(self.ones, fixed)
        u = self.uniform(path, len(groups)).reshape(-1, len(groups))  # of one group too
        weights = -np.log(u) * open_groups  # exponential: their shares are a flat Dirichlet
        result: Floats = fixed + (1 - fixed.sum()) * weights / weights.sum(1, keepdims=True)
        for i, group in enumerate(groups):
            if open_groups[i]:
                self.record(f"{path}.{group}", result[:, i])
        return result


def _word(value: object) -> str:
    """Return a choice as one word: a list joined by plus."""
    return "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
