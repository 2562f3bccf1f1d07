"""What decides, in a report: the screen of each headline outcome, its figure, and the card that opens behind a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from premortem.analysis.chance import among_all, share_range
from premortem.analysis.compare import headlines
from premortem.analysis.drawn import field
from premortem.analysis.inputs import About, about_input
from premortem.analysis.screen import Screen
from premortem.evidence import ledger, parameters
from premortem.evidence.ledger import Source
from premortem.report.figures import spread
from premortem.report.material import Material
from premortem.report.pictures import Figure, shortened
from premortem.wording.inputs import input_words
from premortem.wording.languages import Messages
from premortem.wording.numbers import per_cent
from premortem.wording.sentences import Statement, statement
from premortem.wording.tables import behind as place

STRONGEST = 8
SCREENED = 4  # outcomes
MOVERS = 5  # inputs on a card
SOURCES = 3  # of a mechanism, where none of the inputs on a card has a source
LABEL = 64  # characters


@dataclass(frozen=True)
class Deciding:
    """What stands out: its column of draws, its name, how it goes with the difference, and whether a plan leaves it open."""

    name: str
    words: str
    correlation: float
    left_open: bool


@dataclass(frozen=True)
class Screened:
    """What decides an outcome: those that stand out, strongest first, and their figure; none where nothing does. ``tried``: how many."""

    statement: Statement
    tried: int
    clear: tuple[Deciding, ...]
    figure: Figure | None


@dataclass(frozen=True)
class Mover:
    """An input that moves a number: its name, what of the spread of ranks it accounts for, its grade, and its sources."""

    words: str
    share: str
    about: About
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Why:
    """What stands behind a headline number of a plan: the outcome, the inputs that move it most, the mechanism that computes it.

    ``sources``: those of the mechanism, where none of the inputs has one.
    """

    plan: str
    statement: Statement
    mechanism: str
    movers: tuple[Mover, ...]
    sources: tuple[Source, ...]

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return place(self.plan, self.statement.id)


def screens(material: Material, t: Messages) -> list[Screened]:
    """Return, for the first plan, the screen of the headline outcomes on which parameters and open fields stand out most."""
    lines = {line.outcome.id: line for line in headlines(material.comparisons[0].lines)}
    found = sorted(material.screens.get(material.comparisons[0].plan, {}).items(), key=lambda pair: -len(pair[1].clear))
    return [
        Screened(
            about,
            result.tried,
            tuple(
                Deciding(name, input_words(name, t), rho, field(name) is not None)
                for name, rho in result.clear[:STRONGEST]
            ),
            _figure(about, result, t) if result.clear else None,
        )
        for about, result in ((statement(lines[id_], t), result) for id_, result in found[:SCREENED])
    ]


def behind(material: Material, t: Messages) -> Iterator[Why]:
    """Yield what stands behind each headline number of each plan."""
    for one in material.comparisons:
        screened = material.screens.get(one.plan, {})
        least = among_all(screened.values())
        for line in headlines(one.lines):
            id_ = line.outcome.id
            movers = tuple(_movers(screened[id_], least, t)) if id_ in screened else ()
            mechanism = material.provenance.mechanism_of.get(id_, "")
            rest = () if any(mover.sources for mover in movers) else tuple(_of_mechanism(mechanism))[:SOURCES]
            yield Why(one.plan, statement(line, t), mechanism, movers, rest)


def _movers(result: Screen, least: float, t: Messages) -> Iterator[Mover]:
    book = ledger.load().sources
    for name, rho in result.ranked[:MOVERS]:
        about = about_input(name)
        sources = tuple(book[key] for key in about.sources if key in book and _address(book[key]))
        low, high = map(per_cent, share_range(rho, result.futures))
        doubt = "" if abs(rho) > least else f", {t('explain.chance')}"
        share = t("explain.share", share=per_cent(rho**2), range=f"{low.removesuffix(' %')} {t('to')} {high}")
        yield Mover(input_words(name, t), f"{share}{doubt}", about, sources)


def _of_mechanism(mechanism: str) -> Iterator[Source]:
    """Yield the sources that the parameters of a mechanism rest on, each once."""
    book, seen = ledger.load(), set[str]()
    for parameter in parameters.load().values():
        for fact in parameter.facts if parameter.mechanism == mechanism else ():
            for key in getattr(book.records.get(fact), "sources", ()):
                if key in book.sources and key not in seen and _address(book.sources[key]):
                    seen.add(key)
                    yield book.sources[key]


def _address(source: Source) -> bool:
    return source.url.startswith(("https://", "http://"))


def _figure(about: Statement, result: Screen, t: Messages) -> Figure:
    entries = [(shortened(input_words(name, t), LABEL), rho) for name, rho in result.clear[:STRONGEST]]
    labels = [label for label, _ in entries]
    own = [
        (label if labels.count(label) == 1 else f"{label} ({number})", rho)
        for number, (label, rho) in enumerate(entries, 1)
    ]
    chart, phone = (
        spread.correlations(own, result.threshold, t("decides.axis"), phone=small) for small in (False, True)
    )
    return Figure(f"{about.id}_decides", chart, t("decides.figure", title=about.title), phone)
