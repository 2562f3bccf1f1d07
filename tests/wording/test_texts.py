"""Texts that are found by their English words: what they become, and that each is a text of the data or the program."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path

import pytest
import tomli
import typer
from pydantic_core._pydantic_core import list_all_errors

from premortem.decisions.voi import group_words
from premortem.evidence import load as load_evidence
from premortem.evidence import parameters
from premortem.plan.language.fields import fields
from premortem.wording.languages import TEXTS, messages
from premortem.wording.quantities import measured
from premortem.wording.texts import PLACE, Texts, kilometres

ROOT = Path(str(resources.files("premortem")))
JOINED = re.compile(r'"\s*\n\s*f?"(?!")')
"""Between two parts of one text in a program."""
SPANISH = Texts(
    {
        "The plan uses {unit} of {base}.": "El plan usa {unit} de {base}.",
        "{n} weeks": "{n} semanas",
        "About {people} live there. {more}": "Ahí viven unas {people}. {more}",
        "a tank": "un tanque",
        "{claim}: {finding}": "{claim}: {finding}",
    },
    {"{first} and {last}": "{first} y {last}"},
)


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("The plan uses a tank and {x} of Fort Bliss.", "El plan usa un tanque y {x} de Fort Bliss."),
        ("  - 1,200 weeks ", "  - 1,200 semanas "),
        ("some weeks", "some weeks"),  # a place of one letter holds a number
        ("About 5 live there.", "Ahí viven unas 5."),
        ("12 weeks; unknown. a tank", "12 weeks; unknown. un tanque"),
        ("here and there", "here and there"),  # glue alone is no text
        ("so it is: a tank", "so it is: a tank"),
        ("a tank: 12", "un tanque: 12"),
        ("first\n3 weeks", "first\n3 semanas"),
    ],
)
def test_a_text_becomes_spanish_with_what_stands_in_it(english: str, spanish: str) -> None:
    assert SPANISH(english) == spanish


@pytest.mark.parametrize(
    ("miles", "both"),
    [
        ("zona de 20 millas", "zona de 20 millas (32 km)"),
        ("1 milla de línea", "1 milla (1.6 km) de línea"),
        ("unas 1,960 millas.", "unas 1,960 millas (3,150 km)."),
        ("100 millas cuadradas", "100 millas cuadradas (260 km²)"),
        ("20 millas (32 km)", "20 millas (32 km)"),
        ("30,900 millas cuadradas (80,000 km2)", "30,900 millas cuadradas (80,000 km2)"),
        ("0 millas, en millas", "0 millas, en millas"),
    ],
)
def test_kilometres_stand_beside_miles_once(miles: str, both: str) -> None:
    assert kilometres(miles) == both
    assert kilometres(both) == both


def entries() -> Iterator[tuple[str, str, str]]:
    for name in TEXTS:
        for found in tomli.loads((ROOT / f"data/report/es_{name}.toml").read_text()).values():
            yield from ((name, one["en"], one["es"]) for one in found)


def test_texts_have_the_same_places_in_both_languages_and_are_there_once() -> None:
    seen: dict[str, str] = {}
    for name, english, spanish in entries():
        assert set(PLACE.findall(english)) == set(PLACE.findall(spanish)), (name, english)
        assert len(set(PLACE.findall(english))) == len(PLACE.findall(english)), (name, english)
        assert spanish.strip(), (name, english)
        assert seen.setdefault(english, spanish) == spanish, f"{name}: two Spanish words for {english!r}"


PUT_TOGETHER = frozenset({
    "Missing argument", "Missing option", "No such command", "Did you mean", "at line", "at end of document",
    "USD on border duty", "USD on border duty and", "USD in a foreign theatre", "plans in the archive came in the last tenth of the tries",
    "were tried again in", "was tried again in", "of them dominate", "of them dominates", "and worse on", "is about the same as",
    "cost more than the budget of", "In these fresh futures none costs more than the budget of", "minutes more", "minute more",
    "elements were taken", "mechanisms were taken", "this looks for the futures in which", "futures in which the condition holds",
    "futures in which it does not", "Organisations would answer", "USD per officer per year", "a whole number of",
})  # fmt: skip
"""Pieces of texts that the program, or a library, puts together from words it chooses."""


@cache
def said() -> str:
    """Return every text of the program and of its data, one after the other."""
    of_typer = [
        Path(typer.__file__).parent / name for name in ("completion.py", "rich_utils.py", "_click/decorators.py")
    ]
    of_others = (
        *of_typer,
        *Path(typer.__file__).parent.glob("_click/*.py"),
        Path(str(tomllib.__path__[0])) / "_parser.py",
    )
    data = (
        path
        for ending in ("toml", "csv")
        for path in (ROOT / "data").rglob(f"*.{ending}")
        if path.parent.name != "report"
    )
    files = [*of_others, *ROOT.rglob("*.py"), *data]
    of_pydantic = "\n".join(error["message_template_python"] for error in list_all_errors())
    texts = [JOINED.sub("", path.read_text()).replace('\\"', '"').replace("\\\n", "") for path in files]
    texts.append(of_pydantic)
    return "\0".join(" ".join(text.split()) for text in texts)


def test_every_text_is_one_that_the_program_or_its_data_say() -> None:
    ledger = of_the_ledger()
    known = "\0".join((said(), *ledger))
    elsewhere = {
        "rules",
        "claims",
        "data",
        "explain",
    }  # tests/report/test_spanish.py holds these to what is said, numbers filled in
    unused = [
        (name, english)
        for name, english, _ in entries()
        if name not in elsewhere
        and english not in ledger
        and not all(piece in PUT_TOGETHER or piece in known for piece in fixed(english))
    ]
    assert unused == []


def of_the_ledger() -> set[str]:
    """Return what the entries of the ledger and the parameters say, and the words of their units."""
    book, priors = load_evidence(), parameters.load().values()
    texts = {
        text
        for fact in book.facts.values()
        for text in (fact.statement, fact.period, fact.place, fact.finding, fact.use, fact.note)
    }
    texts |= {side.says for claim in book.claims.values() for side in (claim.authors, claim.critics)}
    texts |= (
        {table.title for table in book.tables.values()} | {one.meaning for one in priors} | {one.note for one in priors}
    )
    units = {measured(fact.unit) for fact in book.facts.values()} | {measured(one.unit) for one in priors}
    rows = fields().values()
    texts |= {text for row in rows for text in (row.meaning, row.law, row.default)}
    groups = {one.id.partition(".")[0] for one in priors} | {f"plan: {row.path.partition('.')[0]}" for row in rows}
    texts |= set(map(group_words, groups)) - {""}
    return texts | units | {part for unit in units for part in re.split(" per |^per ", unit)}


def fixed(text: str) -> Iterator[str]:
    """Yield what of a text stands in the program as it is: its pieces between places, stops and commas."""
    for piece in re.split(r"\{[a-z_]+\}|[\[\]\\\\,;:.()\'\"]", " ".join(text.split())):
        if re.search("[a-z]{3}", piece):
            yield piece.strip()


def test_the_catalogue_of_a_language_holds_them() -> None:
    t = messages("es")
    assert t.translated("no such plan") == "no existe ese plan"
    assert messages("en").translated("no such plan") == "no such plan"
