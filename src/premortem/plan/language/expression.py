"""The condition language of plans: small, total, over observables; parsed and checked, never run as code.

Grammar (``docs/plan_language.md``)::

    condition  = or ;                                   (* must be boolean *)
    or         = and , { "or" , and } ;
    and        = not , { "and" , not } ;
    not        = "not" , not | comparison ;
    comparison = sum , [ ( "<" | "<=" | ">" | ">=" ) , sum ] ;
    sum        = term , { ( "+" | "-" ) , term } ;
    term       = factor , { ( "*" | "/" ) , factor } ;
    factor     = "-" , factor | "(" , or , ")" | number | "true" | "false" | call | observable ;
    call       = ( "avg" | "change" ) , "(" , sum , "," , integer , ")" ;

Types are boolean and number with a unit. A literal takes any unit in sums and comparisons and is a pure number in
products. What a parsed condition computes is defined in ``program``.

Plans know observables only. Whoever reads results gives other `Names`: dotted ones, and ones that take words, for which the language has
equality::

    comparison = ... | name , "=" , word ;              (* word: a name, a whole number or "anything in quotes" *)
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from premortem.errors import nearest
from premortem.plan.language import catalogue

TEXT_LIMIT, TOKEN_LIMIT, DEPTH_LIMIT = 500, 200, 32
WINDOW = (1, 260)
TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<name>[^\W\d]\w*)|(?P<sign><=|>=|[-+*/()<>,]))"
)
TOKEN_OF_RESULTS = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<name>[^\W\d]\w*(?:\.\w+)*)|(?P<quoted>\"[^\"\n]*\")"
    r"|(?P<sign><=|>=|[-+*/()<>,=]))"
)
"""The same with dotted names, words in quotes and the sign of equality."""
WORDS = ("and", "or", "not", "true", "false", "avg", "change")

Operator = Literal["<", "<=", ">", ">=", "+", "-", "*", "/", "and", "or"]
Unit = tuple[tuple[str, int], ...]
"""A unit as sorted (base, exponent) pairs; () is a pure number."""
Kind = Unit | Literal["boolean", "any"]
"""What an expression is: a truth value, a number with a unit, or a literal that takes any unit."""


@dataclass(frozen=True)
class OneOf:
    """What a name is that takes words: ``name = word`` is the truth value observed as ``name=word``."""

    words: tuple[str, ...]


Names = Mapping[str, Kind | OneOf]
"""What a condition over results may name, and what each is."""


class ConditionError(ValueError):
    """A condition is wrong: ``kind`` as in the error table of the language, ``offset`` counts characters from 0."""

    def __init__(self, kind: str, message: str, offset: int = 0, found: str = "", allowed: str = "") -> None:
        super().__init__(message)
        self.kind, self.message, self.offset, self.found, self.allowed = kind, message, offset, found, allowed


@dataclass(frozen=True)
class Literally:
    """A number or truth value written out."""

    value: float | bool


@dataclass(frozen=True)
class Observed:
    """The value of an observable as known at the end of the week."""

    name: str


@dataclass(frozen=True)
class Unary:
    """``-x`` or ``not x``."""

    operator: Literal["-", "not"]
    operand: Node


@dataclass(frozen=True)
class Binary:
    """Arithmetic, comparison, or a connective of two truth values."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True)
class Window:
    """``avg(x, weeks)`` or ``change(x, weeks)``."""

    function: Literal["avg", "change"]
    operand: Node
    weeks: int


Node = Literally | Observed | Unary | Binary | Window


@dataclass(frozen=True)
class Condition:
    """A condition that has passed every check: its text and its tree."""

    text: str
    tree: Node

    @classmethod
    def parse(cls, text: str, names: Names | None = None) -> Condition:
        """Parse and check a condition.

        Parameters
        ----------
        names : what it may name in place of the observables of plans.

        Raises
        ------
        ConditionError
            With the kind ``expr_syntax``, ``expr_unknown_name``, ``expr_type``, ``expr_unit``, ``lookalike`` or
            ``too_large`` and the place in the text.

        Examples
        --------
        >>> Condition.parse("us_killed > 50 and us_support < 0.4").observables
        ('us_killed', 'us_support')
        >>> Condition.parse("consent.mexico = none", {"consent.mexico": OneOf(("none", "sought"))}).observables
        ('consent.mexico=none',)
        """
        if len(text) > TEXT_LIMIT:
            raise ConditionError("too_large", "a condition too long", 0, f"{len(text)} characters", f"{TEXT_LIMIT}")
        tree, kind = _Parser(text, names).condition()
        if kind != "boolean":
            raise ConditionError("expr_type", "a condition must be true or false", 0, say(kind), "a comparison")
        return cls(text, tree)

    @property
    def observables(self) -> tuple[str, ...]:
        """Names of the observables that it looks at, each once, in order."""
        return tuple(dict.fromkeys(node.name for node in walk(self.tree) if isinstance(node, Observed)))

    def __str__(self) -> str:
        return self.text


def walk(node: Node) -> Iterator[Node]:
    """Yield a tree's nodes, left to right, each after its parent."""
    yield node
    if isinstance(node, Binary):
        yield from walk(node.left)
        yield from walk(node.right)
    elif isinstance(node, Unary | Window):
        yield from walk(node.operand)


def unit_of(text: str) -> Unit:
    """Return the unit written as ``person/week``.

    >>> unit_of("person/week")
    (('person', 1), ('week', -1))
    """
    over, _, under = text.partition("/")
    return _combine(((over, 1),), ((under, 1),) if under else (), -1)


def say(kind: Kind) -> str:
    """Return a kind in words, as shown in messages.

    >>> say(unit_of("person/week"))
    'a number in person/week'
    """
    if kind == "boolean":
        return "true or false"
    if kind == "any":
        return "a number"
    over = "*".join(f"{base}^{n}" if n > 1 else base for base, n in kind if n > 0)
    under = "/".join(f"{base}^{-n}" if n < -1 else base for base, n in kind if n < 0)
    unit = f"{over or '1'}/{under}" if under else over
    return f"a number in {unit}" if unit else "a pure number"


def _combine(left: Unit, right: Unit, sign: int) -> Unit:
    powers = Counter(dict(left))
    for base, power in right:
        powers[base] += sign * power
    return tuple(sorted((base, power) for base, power in powers.items() if power))


@dataclass(frozen=True)
class _Token:
    kind: Literal["number", "name", "quoted", "sign", "end"]
    text: str
    offset: int


def _tokens(text: str, token: re.Pattern[str]) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = token.match(text, at)
        if not match:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise ConditionError("expr_syntax", "not a sign of the condition language", at, text[at])
        kind: Literal["number", "name", "quoted", "sign"] = match.lastgroup  # type: ignore[assignment]
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
        if len(found) > TOKEN_LIMIT:
            raise ConditionError("too_large", f"more than {TOKEN_LIMIT} signs and names", found[-1].offset)
    return [*found, _Token("end", "the end", len(text))]


class _Parser:
    """Recursive descent; every method returns a tree and what it is."""

    def __init__(self, text: str, names: Names | None = None) -> None:
        self.tokens = _tokens(text, TOKEN if names is None else TOKEN_OF_RESULTS)
        self.names = names
        self.at = 0
        self.depth = 0

    @property
    def now(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> _Token | None:
        """Step over the current token if it is one of ``texts`` and no number."""
        token = self.now
        if token.text in texts and token.kind in {"name", "sign"}:
            self.at += 1
            return token
        return None

    def need(self, text: str) -> None:
        if not self.take(text):
            raise ConditionError("expr_syntax", f"{text!r} is missing", self.now.offset, self.now.text, text)

    def condition(self) -> tuple[Node, Kind]:
        result = self.either()
        if self.now.kind != "end":
            token = self.now
            why = "comparisons cannot be chained" if token.text in {"<", "<=", ">", ">="} else "nothing may follow here"
            raise ConditionError("expr_syntax", why, token.offset, token.text, "and, or, or the end")
        return result

    def either(self) -> tuple[Node, Kind]:
        return self._connect("or", self.both)

    def both(self) -> tuple[Node, Kind]:
        return self._connect("and", self.negation)

    def _connect(self, word: Literal["and", "or"], part: Callable[[], tuple[Node, Kind]]) -> tuple[Node, Kind]:
        start = self.now.offset
        left, kind = part()
        while self.take(word):
            self._boolean(kind, start, word)
            start = self.now.offset
            right, kind = part()
            self._boolean(kind, start, word)
            left = Binary(word, left, right)
        return left, kind

    def negation(self) -> tuple[Node, Kind]:
        count = 0
        while self.take("not"):
            count += 1
        start = self.now.offset
        tree, kind = self.comparison()
        if count:
            self._boolean(kind, start, "not")
        for _ in range(count):
            tree = Unary("not", tree)
        return tree, kind

    def comparison(self) -> tuple[Node, Kind]:
        start = self.now.offset
        left, kind = self.sum()
        if sign := self.take("<=", ">=", "<", ">"):
            right_start = self.now.offset
            right, right_kind = self.sum()
            self._same(self._number(kind, start), self._number(right_kind, right_start), sign)
            return Binary(sign.text, left, right), "boolean"  # type: ignore[arg-type]
        return left, kind

    def sum(self) -> tuple[Node, Kind]:
        start = self.now.offset
        left, kind = self.term()
        while sign := self.take("+", "-"):
            right_start = self.now.offset
            right, right_kind = self.term()
            kind = self._same(self._number(kind, start), self._number(right_kind, right_start), sign)
            left = Binary(sign.text, left, right)  # type: ignore[arg-type]
        return left, kind

    def term(self) -> tuple[Node, Kind]:
        start = self.now.offset
        left, kind = self.factor()
        while sign := self.take("*", "/"):
            right_start = self.now.offset
            right, right_kind = self.factor()
            pair = self._number(kind, start), self._number(right_kind, right_start)
            if pair != ("any", "any"):
                over, under = (() if side == "any" else side for side in pair)
                kind = _combine(over, under, 1 if sign.text == "*" else -1)
            left = Binary(sign.text, left, right)  # type: ignore[arg-type]
        return left, kind

    def factor(self) -> tuple[Node, Kind]:
        token = self.now
        if self.take("-"):
            start = self.now.offset
            tree, kind = self.factor()
            return Unary("-", tree), self._number(kind, start)
        if self.take("("):
            self.depth += 1
            if self.depth > DEPTH_LIMIT:
                raise ConditionError("too_large", f"more than {DEPTH_LIMIT} levels of parentheses", token.offset)
            result = self.either()
            self.need(")")
            self.depth -= 1
            return result
        if token.kind == "number":
            self.at += 1
            value = float(token.text)
            if not math.isfinite(value):
                raise ConditionError("not_finite", "a number too large", token.offset, token.text)
            return Literally(value), "any"
        if self.take("true", "false"):
            return Literally(token.text == "true"), "boolean"
        if self.take("avg", "change"):
            return self.call(token)
        if token.kind == "name" and token.text not in WORDS:
            self.at += 1
            return self.observable(token)
        allowed = "a number, an observable, avg(...), change(...) or (...)"
        raise ConditionError("expr_syntax", "a value is missing", token.offset, token.text, allowed)

    def call(self, name: _Token) -> tuple[Node, Kind]:
        self.need("(")
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise ConditionError("too_large", f"more than {DEPTH_LIMIT} levels of parentheses", name.offset)
        start = self.now.offset
        tree, kind = self.sum()
        kind = self._number(kind, start)
        self.need(",")
        weeks = self.now
        if not (weeks.kind == "number" and weeks.text.isascii() and weeks.text.isdigit()):
            raise ConditionError("expr_syntax", "weeks must be a whole number", weeks.offset, weeks.text, "1 to 260")
        self.at += 1
        if not WINDOW[0] <= int(weeks.text) <= WINDOW[1]:
            raise ConditionError("out_of_range", "weeks outside their bounds", weeks.offset, weeks.text, "1 to 260")
        self.need(")")
        self.depth -= 1
        return Window(name.text, tree, int(weeks.text)), kind  # type: ignore[arg-type]

    def observable(self, token: _Token) -> tuple[Node, Kind]:
        if self.names is not None and token.text in self.names:
            kind = self.names[token.text]
            return self.word_of(token, kind) if isinstance(kind, OneOf) else (Observed(token.text), kind)
        known = catalogue.observables() if self.names is None else {}
        if token.text in known:
            return Observed(token.text), unit_of(known[token.text].unit)
        strange = next((letter for letter in token.text if not letter.isascii()), "")
        if strange:
            why = f"a deceptive letter in a name: {unicodedata.name(strange, 'an unnamed character')}"
            raise ConditionError("lookalike", why, token.offset, token.text)
        if self.names is not None:
            near = nearest(token.text, self.names)
            raise ConditionError("unknown_name_of_results", "not a name of the results", token.offset, token.text, near)
        raise ConditionError("expr_unknown_name", "not an observable", token.offset, token.text)

    def word_of(self, name: _Token, kind: OneOf) -> tuple[Node, Kind]:
        """Step over ``= word``."""
        self.need("=")
        word, allowed = self.now, ", ".join(kind.words)
        self.at += 1
        if (said := word.text.strip('"')) not in kind.words:
            raise ConditionError("expr_unknown_name", f"not a word of {name.text}", word.offset, word.text, allowed)
        return Observed(f"{name.text}={said}"), "boolean"

    @staticmethod
    def _boolean(kind: Kind, offset: int, word: str) -> None:
        if kind != "boolean":
            raise ConditionError("expr_type", f"{word!r} joins truth values only", offset, say(kind), "a comparison")

    @staticmethod
    def _number(kind: Kind, offset: int) -> Unit | Literal["any"]:
        if kind == "boolean":
            raise ConditionError("expr_type", "a truth value where a number is needed", offset, say(kind), "a number")
        return kind

    @staticmethod
    def _same(left: Unit | Literal["any"], right: Unit | Literal["any"], sign: _Token) -> Unit | Literal["any"]:
        if left == "any" or right == "any":
            return right if left == "any" else left
        if left != right:
            found = f"{say(left)} {sign.text} {say(right)}"
            raise ConditionError("expr_unit", "the two sides have different units", sign.offset, found, "equal units")
        return left
