"""``premortem evidence``: show, search, list and check what the simulation rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, notes, print_json

if TYPE_CHECKING:
    from premortem.errors import Problem
    from premortem.evidence import Parameter, Record

app = typer.Typer(
    no_args_is_help=True,
    help="Look up what every number rests on: facts, sources, tables, claims, legal rules, parameters.",
)


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="evidence")


@app.command()
def show(
    ident: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a fact, table, claim, rule or parameter, or key of a source.")
    ],
    form: FormatOption = Format.TEXT,
) -> None:
    """Show one entry with its sources and what uses it."""
    from premortem.api.entries import evidence
    from premortem.cli import cards

    if not ident:
        raise typer.BadParameter("name an entry")
    record = evidence(ident).record
    if form is Format.JSON:
        print_json(cards.document(record))
    else:
        console().print(cards.card(record))


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="Words that an entry must hold, in any order.")],
    form: FormatOption = Format.TEXT,
) -> None:
    """Find entries and parameters by words."""
    from premortem.evidence import ledger, links

    _print_list(ledger.matching(links.everything().values(), " ".join(words)), form)


@app.command(name="list")
def list_(
    topic: Annotated[str, typer.Option(help="Only facts and tables of one topic, such as arms.")] = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """List facts and tables."""
    from premortem.errors import InputError, Problem, nearest
    from premortem.evidence import Fact, Table, load
    from premortem.evidence.ledger import TOPICS

    if topic and topic not in TOPICS:
        problem = Problem(
            "unknown_topic", f"there is no topic {topic!r}", allowed=", ".join(TOPICS), nearest=nearest(topic, TOPICS)
        )
        raise InputError(problem)
    ledger = load()
    entries: list[Fact | Table] = [*ledger.facts.values(), *ledger.tables.values()]
    _print_list([entry for entry in entries if topic in {"", entry.topic}], form)


@app.command()
def check(form: FormatOption = Format.TEXT) -> None:
    """Check that ids resolve, ranges are ordered, units are known, priors are usable, and nothing rests on memory."""
    from dataclasses import asdict

    from premortem.evidence import checks, links

    problems = checks.check() or _of_theatres()
    entries = len(links.everything()) if not problems else 0
    if form is Format.JSON:
        print_json({"ok": not problems, "entries": entries, "problems": [asdict(problem) for problem in problems]})
    elif problems:
        for problem in problems:
            console().print(str(problem), markup=False)
        notes().print(f"{len(problems)} problems")
    else:
        console().print(f"The evidence is in order: {entries:,} entries and parameters.")
    raise typer.Exit(code=1 if problems else 0)


def _of_theatres() -> list[Problem]:
    """Return what is wrong with the packaged theatres' capabilities: a mixture of roles without a source, or none at all."""
    from premortem.errors import InputError
    from premortem.theatre import folder, glossary

    problems: list[Problem] = []
    for name in folder.packaged():
        try:
            assert glossary.of(name).mixtures
        except InputError as error:
            problems += error.problems
    return problems


def _print_list(found: Sequence[Record | Parameter], form: Format) -> None:
    from premortem.cli import cards

    if form is Format.JSON:
        print_json([cards.summary(record) for record in found])
    elif found:
        console().print(cards.listing(found))
    notes().print(f"{len(found):,} found" if found else "nothing found")
