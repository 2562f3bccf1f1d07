"""What a number is, which inputs move it most, and through which mechanisms they reach it.

Inputs are all parameters and open fields drawn, ranked by their rank correlation with the paired difference (`analysis.screen`, with its
limits). Their share is its square: what of the spread of ranks one input alone accounts for. Mechanisms are linked by what one provides and
another reads when it proposes (``docs/model/who_feeds_whom.md``).
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from premortem.analysis import decisive
from premortem.analysis.chance import among_all, share_range
from premortem.analysis.compare import OutcomeComparison, compare
from premortem.analysis.couplings import couplings
from premortem.analysis.inputs import About, about_input
from premortem.errors import InputError, Problem, nearest
from premortem.evidence import outcomes
from premortem.study.store import Store

SHOWN = 5  # inputs

_WORD = re.compile(r"[^\W_]+")

Coupling = tuple[str, str, str]
"""Reader, what it reads (a stock or a signal), provider."""


@dataclass(frozen=True)
class Link:
    """One step of a chain: ``reader`` reads ``what`` of ``provider``."""

    provider: str
    reader: str
    what: tuple[str, ...]


@dataclass(frozen=True)
class Mover:
    """An input that moves a number: rank ``correlation`` with the difference over ``futures``, and the shortest ``chain`` to the outcome.

    ``clear``: whether it stands out from what chance explains in all headline outcomes together, as in the short answer.
    """

    about: About
    correlation: float
    clear: bool
    chain: tuple[Link, ...]
    futures: int

    @property
    def share(self) -> float:
        """Share of the spread of ranks that it accounts for alone."""
        return self.correlation**2

    @property
    def share_range(self) -> tuple[float, float]:
        """The interval of 90 % of that share."""
        return share_range(self.correlation, self.futures)


@dataclass(frozen=True)
class Account:
    """Why an outcome differs between two plans.

    ``mechanism`` computes the outcome and ``reads`` from others; ``movers`` are the strongest of the ``tried`` inputs. ``why_not`` says why
    there is no screen (too few futures, or no difference). ``titles`` of the plans, by id.
    """

    line: OutcomeComparison
    plan: str
    baseline: str
    futures: int
    mechanism: str
    reads: tuple[Link, ...]
    tried: int
    movers: tuple[Mover, ...]
    why_not: str
    titles: Mapping[str, str]


def account(store: Store, outcome: str, plan: str, baseline: str) -> Account:
    """Return why an outcome differs between two plans of a study.

    Raises
    ------
    InputError : the study lacks the outcome, a plan, or draws.
    """
    computed = store.provenance.mechanism_of
    if outcome not in computed:
        near, known = meant(outcome, computed), outcomes.load()
        allowed = "" if near else ", ".join(name for name in computed if name in known and known[name].headline)
        message = "the study keeps no such outcome"
        raise InputError(Problem("unknown_outcome", message, found=outcome, allowed=allowed, nearest=near))
    compared = compare(store.table().select("plan", "future", "fault", outcome).collect(), plan, baseline)
    (line,) = compared.lines
    headline = [id_ for id_ in computed if id_ in outcomes.load() and outcomes.load()[id_].headline]
    screens = decisive.screens(store, plan, baseline, list(dict.fromkeys((*headline, outcome))))
    screened, least = screens.get(outcome), among_all(screens.values())
    target, links = computed[outcome], couplings()
    movers = []
    for name, correlation in screened.ranked[:SHOWN] if screened else ():
        about = about_input(name)
        way = path(links, about.mechanisms, target)
        movers.append(Mover(about, correlation, abs(correlation) > least, way, screened.futures if screened else 0))
    reads = _links(coupling for coupling in links if coupling[0] == target)
    why_not = "" if screened else "too few futures, or the plans do not differ in it"
    tried = screened.tried if screened else 0
    titles = {one.id: one.title for one in store.provenance.recipe.plans}
    return Account(line, plan, baseline, compared.futures, target, reads, tried, tuple(movers), why_not, titles)


def meant(words: str, ids: Iterable[str]) -> str:
    """Return the outcome that somebody means: the first whose title, in any language, holds all the words, else the nearest id, or nothing.

    >>> meant("residents_killed", ["agents_killed", "civilians_killed_us"])
    'civilians_killed_us'
    """
    known, ids = outcomes.load(), list(ids)
    asked = set(_WORD.findall(words.lower()))
    for id_ in ids:
        named = f"{known[id_].title} {known[id_].spanish}".lower() if id_ in known else ""
        if asked and asked <= set(_WORD.findall(named)):
            return id_
    return nearest(words, ids)


def path(links: Iterable[Coupling], sources: Iterable[str], target: str) -> tuple[Link, ...]:
    """Return the shortest chain of mechanisms from one of ``sources`` to ``target``; empty where the target is one, or none leads there.

    >>> path([("b", "guns", "a"), ("c", "fear", "b")], ["a"], "c")
    (Link(provider='a', reader='b', what=('guns',)), Link(provider='b', reader='c', what=('fear',)))
    """
    readers: dict[str, set[str]] = defaultdict(set)
    what: dict[tuple[str, str], list[str]] = defaultdict(list)
    for reader, name, provider in sorted(links):
        readers[provider].add(reader)
        what[provider, reader].append(name)
    came = dict.fromkeys(sources, "")
    waiting = deque(came)
    while waiting and target not in came:
        here = waiting.popleft()
        for reader in sorted(readers[here] - came.keys()):
            came[reader] = here
            waiting.append(reader)
    chain: list[Link] = []
    while before := came.get(target):
        chain.append(Link(before, target, tuple(what[before, target])))
        target = before
    return tuple(reversed(chain))


def _links(couplings: Iterable[Coupling]) -> tuple[Link, ...]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for reader, name, provider in sorted(couplings):
        found[provider, reader].append(name)
    return tuple(Link(provider, reader, tuple(names)) for (provider, reader), names in found.items())
