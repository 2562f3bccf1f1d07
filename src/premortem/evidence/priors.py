"""The language of priors: from text such as ``lognormal(140, 0.35)`` to a distribution.

Grammar::

    prior    = form "(" argument { "," argument } ")"
    argument = number | prior | "[" number { "," number } "]" | number ":" prior

    normal(mean, sd)             lognormal(median, sd of log)   uniform(low, high)     loguniform(low, high)
    beta(a, b)                   gamma(shape, rate)             triangular(low, mode, high)
    point(x)                     dirichlet([a, b, ...])         mixture(weight: prior, weight: prior, ...)
    truncated(prior, low, high)  affine(prior, a, b) = a + b x  inverse(prior) = 1 / x
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from premortem.errors import InputError, Problem, Where, nearest
from premortem.evidence import distributions as dist

DEEPEST_NESTING = 8

# Form -> (class, what its arguments are). "x" a number, "d" a prior, "v" a list of numbers, "m" weighted priors.
_FORMS: dict[str, tuple[Callable[..., dist.Distribution], str]] = {
    "normal": (dist.Normal, "xx"),
    "lognormal": (dist.Lognormal, "xx"),
    "uniform": (dist.Uniform, "xx"),
    "loguniform": (dist.Loguniform, "xx"),
    "beta": (dist.Beta, "xx"),
    "gamma": (dist.Gamma, "xx"),
    "triangular": (dist.Triangular, "xxx"),
    "point": (dist.Point, "x"),
    "dirichlet": (dist.Dirichlet, "v"),
    "mixture": (dist.Mixture, "m"),
    "truncated": (dist.Truncated, "dxx"),
    "affine": (dist.Affine, "dxx"),
    "inverse": (dist.Inverse, "d"),
}

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]+)|(?P<mark>[()\[\],:]))"
)


def parse(text: str, where: Where | None = None) -> dist.Distribution:
    """Return the distribution that ``text`` describes.

    Parameters
    ----------
    where
        The place of the text in its file, for errors.

    Raises
    ------
    InputError
        If the text is not a prior; says what was found and what is allowed.
    """
    return _Reader(text, where or Where()).read()


class _Reader:
    """Recursive descent over the tokens of one prior."""

    def __init__(self, text: str, where: Where) -> None:
        self.text, self.where, self.at = text, where, 0

    def read(self) -> dist.Distribution:
        result = self.prior(0)
        if self.text[self.at :].strip():
            self.fail("nothing may follow a prior", self.text[self.at :].strip())
        return result

    def fail(self, message: str, found: str, allowed: str = "", near: str = "") -> NoReturn:
        where = replace(self.where, column=self.where.column or self.at + 1)
        raise InputError(Problem("prior", f"not a prior: {message}", where, found[:80] or "the end", allowed, near))

    def token(self, kind: str, allowed: str) -> str:
        match = _TOKEN.match(self.text, self.at)
        if not match or match[kind] is None or (kind == "mark" and match[kind] not in allowed.split()):
            self.fail("unexpected text", self.text[self.at :].strip(), allowed)
        self.at = match.end()
        return match[kind]

    def ahead(self, mark: str) -> bool:
        return self.text[self.at :].lstrip().startswith(mark)

    def number(self) -> float:
        value = float(self.token("number", "a number"))
        if abs(value) == float("inf"):
            self.fail("the number is too large", str(value))
        return value

    def prior(self, depth: int) -> dist.Distribution:
        if depth > DEEPEST_NESTING:
            self.fail(f"nested more than {DEEPEST_NESTING} deep", self.text[self.at :])
        form = self.token("name", ", ".join(_FORMS))
        if form not in _FORMS:
            self.fail("unknown form", form, ", ".join(_FORMS), nearest(form, _FORMS))
        make, signature = _FORMS[form]
        self.token("mark", "(")
        arguments: list[object] = []
        if signature == "v":
            arguments.append(self.numbers())
        elif signature == "m":
            arguments += self.weighted(depth)
        else:
            for n, kind in enumerate(signature):
                if n:
                    self.token("mark", ",")
                arguments.append(self.number() if kind == "x" else self.prior(depth + 1))
        self.token("mark", ")")
        try:
            return make(*arguments)
        except ValueError as error:
            self.fail(f"{form}: {error}", self.text)

    def numbers(self) -> tuple[float, ...]:
        self.token("mark", "[")
        values = [self.number()]
        while self.token("mark", ", ]") == ",":
            values.append(self.number())
        return tuple(values)

    def weighted(self, depth: int) -> list[object]:
        weights: list[float] = []
        parts: list[dist.Distribution] = []
        while True:
            weights.append(self.number())
            self.token("mark", ":")
            parts.append(self.prior(depth + 1))
            if not self.ahead(","):
                return [tuple(weights), tuple(parts)]
            self.token("mark", ",")
