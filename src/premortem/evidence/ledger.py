"""The evidence ledger: sources, facts, tables, claims and legal rules, read once and never changed."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Literal, Protocol, Self, TypeVar

from pydantic import Field, model_validator

from premortem.errors import DataError, InputError, Problem, Where, nearest
from premortem.evidence import own
from premortem.evidence.reading import Entry, Grade, build, data, document, line_of

TOPICS = (
    "arms",
    "capabilities",
    "cartels",
    "drugs",
    "effort",
    "flows",
    "forces",
    "geography",
    "measures",
    "politics",
    "series",
    "today",
    "wars",
)
"""The files of facts and tables."""
SHOWN = 5
"""Ids named of those that hold what was asked for."""


class Source(Entry):
    """Where something was read. ``seen`` says what of it was read, if not the whole page; ``year`` is missing where none was shown."""

    key: str
    title: str
    authors: str
    year: int | None = None
    publisher: str
    url: str = ""
    seen: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        """The key, under the name that all other entries use."""
        return self.key


class Fact(Entry):
    """One sourced statement: a number with unit and range, or a finding in words.

    ``low`` and ``high`` equal ``value`` where no range was published. A quantity with unit ``sign`` gives only the
    direction of an effect (-1, 0, 1). ``secondhand`` marks a figure read through a press account. ``known_on`` is the day of publication
    where a start needs it; `premortem.evidence.vintages` says what holds elsewhere.
    """

    id: str
    topic: str
    statement: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    finding: str = ""
    period: str
    place: str
    sources: tuple[str, ...] = Field(default=())
    locator: str
    grade: Grade
    use: str = ""
    note: str = ""
    secondhand: bool = False
    known_on: datetime.date | None = None

    @model_validator(mode="before")
    @classmethod
    def _point_range(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and "value" in values:
            return {"low": values["value"], "high": values["value"], **values}
        return values

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.value is None) == (not self.finding):
            raise ValueError("needs either a value or a finding in words")
        if self.value is None or self.low is None or self.high is None:
            if self.unit or self.low is not None or self.high is not None:
                raise ValueError("a finding in words has no unit and no range")
        elif not all(map(math.isfinite, (self.low, self.value, self.high))):
            raise ValueError("value, low and high must be finite")
        elif not self.low <= self.value <= self.high:
            raise ValueError(f"needs low <= value <= high, has {self.low:g}, {self.value:g}, {self.high:g}")
        elif not self.unit:
            raise ValueError("a value needs a unit")
        if not self.sources and self.grade != "M":
            raise ValueError("only a fact from memory (grade M) has no source")
        return self

    @property
    def has_range(self) -> bool:
        """Whether a range was published."""
        return self.low != self.high


class Table(Entry):
    """A table or map of the ledger. ``external`` names a third-party file that is not shipped; then there are no rows."""

    id: str
    topic: str
    title: str
    file: str = ""
    external: str = ""
    columns: Mapping[str, str]
    sources: tuple[str, ...] = Field(min_length=1)
    grade: Grade
    use: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.file) == bool(self.external):
            raise ValueError("needs either a file or an external file")
        return self

    @property
    def path(self) -> Traversable:
        """The packaged file.

        Raises
        ------
        DataError
            If the table is not shipped.
        """
        if not self.file:
            raise DataError(
                Problem("not_shipped", f"table {self.id} is third-party data that is not shipped: {self.external}")
            )
        return data() / self.file

    @cached_property
    def rows(self) -> tuple[Mapping[str, Any], ...]:
        """The rows by column: text for CSV, the properties of each feature for GeoJSON."""
        text = self.path.read_text(encoding="utf-8")
        if self.file.endswith(".geojson"):
            return tuple(feature["properties"] for feature in json.loads(text)["features"])
        return tuple(csv.DictReader(io.StringIO(text)))


class Side(Entry):
    """What one side says of a claim, and the facts it can cite."""

    says: str = Field(min_length=1)
    facts: tuple[str, ...] = ()


class Claim(Entry):
    """A claim or plan element of the op-ed, in our words, with our verdict. Paragraph 0 is what the text leaves out.

    ``authors`` is the strongest reading for the op-ed, ``critics`` what is held against it; ``evidence`` holds the facts of both.
    ``parameters`` carry it in the model beside those that rest on its evidence; ``altered`` are plans, each as what it changes of the
    op-ed's plan, that deny the claim or fill what it leaves open.
    """

    id: str
    paragraph: int = Field(ge=0)
    kind: str
    explicit: bool
    paraphrase: str
    verdict: Literal["supported", "partly supported", "disputed", "not checkable"]
    finding: str
    authors: Side
    critics: Side
    evidence: tuple[str, ...] = ()
    sources: tuple[str, ...] = Field(min_length=1)
    rules: tuple[str, ...] = ()
    unspecified: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _sides_within_the_evidence(self) -> Self:
        beside = {*self.authors.facts, *self.critics.facts} - {*self.evidence}
        if beside:
            raise ValueError(f"facts of a side are not in its evidence: {', '.join(sorted(beside))}")
        return self


class Rule(Entry):
    """A legal question that a plan may raise. ``test`` is a pseudo-expression in the words of the ledger's vocabulary."""

    id: str
    domain: str
    applies_when: str
    test: str
    finding: str
    severity: Literal["violation", "exposure", "needs-authority", "notice"]
    citation: str
    url: str = ""
    sources: tuple[str, ...]
    dispute: str
    grade: Grade
    cures: str = ""
    claims: tuple[str, ...] = ()


Record = Source | Fact | Table | Claim | Rule


@dataclass(frozen=True)
class Ledger:
    """Everything that is known, by id. ``digest`` is a hash of all evidence, geography and parameters."""

    sources: Mapping[str, Source]
    facts: Mapping[str, Fact]
    tables: Mapping[str, Table]
    claims: Mapping[str, Claim]
    rules: Mapping[str, Rule]
    vocabulary: Mapping[str, tuple[str, ...]]
    digest: str

    @cached_property
    def records(self) -> Mapping[str, Record]:
        """Facts, tables, claims, rules and sources together, by id."""
        return MappingProxyType({**self.sources, **self.rules, **self.claims, **self.tables, **self.facts})

    def __getitem__(self, ident: str) -> Record:
        """Return the entry with this id.

        Raises
        ------
        InputError
            If there is none, with the nearest spelling.
        """
        try:
            return self.records[ident]
        except KeyError:
            raise unknown(ident, self.records) from None

    def search(self, words: str) -> list[Record]:
        """Return the entries that hold every one of ``words``; see `matching`."""
        return matching(self.records.values(), words)


class _Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=_Named)


def matching(records: Iterable[N], words: str) -> list[N]:
    """Return the records that hold every one of ``words`` (any case, accents ignored): ids that match first, sources last."""
    wanted = _plain(words).split()
    found = [record for record in records if all(word in _plain(repr(record)) for word in wanted)]
    return sorted(
        found, key=lambda record: (isinstance(record, Source), not all(word in _plain(record.id) for word in wanted))
    )


def unknown(ident: str, known: Mapping[str, object]) -> InputError:
    """Return the error for an id that is not in ``known``: with the closest spelling, or the ids that hold it, or how to search."""
    near = nearest(ident, known)
    word = _plain(ident)
    holding = [] if near or not word else [one for one in known if word in one]
    more = f" and {len(holding) - SHOWN} more" if len(holding) > SHOWN else ""
    allowed = (
        ", ".join(holding[:SHOWN]) + more if holding else "" if near else "an id of: premortem evidence search WORDS"
    )
    return InputError(Problem("unknown_id", f"nothing has the id {ident!r}", allowed=allowed, nearest=near))


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


@cache
def load() -> Ledger:
    """Return the packaged ledger, with the reader's own entries over it (read once).

    Raises
    ------
    DataError
        If a packaged file is wrong: every fault with file and line.
    InputError
        If the reader's own data are wrong.
    """
    folder, ours = data() / "evidence", own.given()
    content = {name: (folder / f"{name}.toml").read_bytes() for name in (*TOPICS, "sources", "claims", "rules")}
    raw = {name: document(f"evidence/{name}.toml") for name in content}

    seen: dict[str, str] = {}

    def read(model: type[Any], name: str, kind: str, key: str = "id", **more: str) -> Iterator[tuple[str, Any]]:
        rows = [(str(row.get(key, "")), row | more) for row in raw[name].get(kind, [])]
        for entry in build(model, f"{name}.toml", content[name], rows):
            if entry.id in seen:
                where = Where(f"{name}.toml", line_of(entry.id, content[name].decode()))
                raise DataError(
                    Problem("twice", f"the id {entry.id!r} is already used in {seen[entry.id]}.toml", where)
                )
            seen[entry.id] = name
            yield entry.id, entry

    sources = dict(read(Source, "sources", "source", "key"))
    facts = {k: v for topic in TOPICS for k, v in read(Fact, topic, "fact", topic=topic)}
    digest = _digest(data())
    return Ledger(
        sources=MappingProxyType(ours.laid(Source, "source", sources)),
        facts=MappingProxyType(ours.laid(Fact, "fact", facts, topic=own.TOPIC)),
        tables=MappingProxyType({k: v for topic in TOPICS for k, v in read(Table, topic, "table", topic=topic)}),
        claims=MappingProxyType(dict(read(Claim, "claims", "claim"))),
        rules=MappingProxyType(dict(read(Rule, "rules", "rule"))),
        vocabulary=MappingProxyType({k: tuple(v) for k, v in raw["rules"].get("vocabulary", {}).items()}),
        digest=hashlib.sha256(f"{digest} {ours.digest}".encode()).hexdigest() if ours.digest else digest,
    )


def _digest(folder: Traversable) -> str:
    total = hashlib.sha256()
    for name in ("evidence", "geo", "parameters"):
        _add(total, name, folder / name)
    return total.hexdigest()


def _add(total: hashlib._Hash, name: str, place: Traversable) -> None:
    if place.is_dir():
        for child in sorted(place.iterdir(), key=lambda item: item.name):
            _add(total, f"{name}/{child.name}", child)
    elif place.is_file():
        total.update(f"{name}\0".encode() + hashlib.sha256(place.read_bytes()).digest())
