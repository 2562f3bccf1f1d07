"""``premortem claims``: what the op-ed claims, what the evidence says, what encodes it, and whether that does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from premortem.cli.output import Format, FormatOption, console, notes, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from premortem.coverage import Cover
    from premortem.evidence import Claim

app = typer.Typer(help="The claims of the op-ed: verdict, evidence, and what encodes them.")


SHOWN = 6
"""Names in a line of a table."""


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="claims")


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """List all claims with their verdicts and what encodes them."""
    if context.invoked_subcommand:
        return

    claims = _claims()
    if form is Format.JSON:
        print_json([_document(claim) for claim in claims])
    else:
        console().print(_list(claims))


@app.command()
def show(
    ident: Annotated[str, typer.Argument(metavar="ID", help="Id of a claim.")], form: FormatOption = Format.TEXT
) -> None:
    """Show one claim with its evidence and what encodes it."""
    from premortem.cli import cards
    from premortem.errors import InputError, Problem, nearest
    from premortem.evidence import ledger

    claims = ledger.load().claims
    if ident not in claims:
        about = ledger.matching(claims.values(), ident.replace("_", " ").rstrip("s"))[:SHOWN]
        allowed = ", ".join(claim.id for claim in about) or "an id of: premortem claims"
        near = nearest(ident, claims)
        raise InputError(Problem("unknown_id", f"no claim has the id {ident!r}", allowed=allowed, nearest=near))
    if form is Format.JSON:
        print_json(_document(claims[ident]))
    else:
        console().print(cards.card(claims[ident]))
        console().print(_encoded(claims[ident]))


@app.command()
def coverage(form: FormatOption = Format.TEXT) -> None:
    """Prove that every claim does something: alter the op-ed's plan claim by claim, and compare inputs and findings.

    A claim of the plan is covered if each altered plan changes what the simulation receives or what the linter finds; an
    empirical one if facts and a parameter, outcome or rule carry it; a value judgement if something answers it, or its
    card says why nothing can. Exits with 1 if a claim is not covered.
    """
    from premortem.coverage import coverage as cover

    covers = cover(_claims())
    uncovered = [item for item in covers if not item.covered]
    if form is Format.JSON:
        print_json(
            {
                "total": len(covers),
                "covered": len(covers) - len(uncovered),
                "simulated": sum(item.covered and item.simulated for item in covers),
                "linted": sum(item.covered and item.linted for item in covers),
                "uncovered": [item.claim.id for item in uncovered],
                "claims": [_cover(item) for item in covers],
            }
        )
    else:
        console().print(_covers(covers))
        told = f"{len(covers) - len(uncovered)} of {len(covers)} claims are covered: {_counted(covers)}"
        notes().print(told + (f"; not: {', '.join(item.claim.id for item in uncovered)}" if uncovered else ""))
    raise typer.Exit(code=1 if uncovered else 0)


def _counted(covers: Iterable[Cover]) -> str:
    """Return in words how many claims act in the simulation, in the linter, in both, or are answered in words."""
    kinds = [(item.simulated, item.linted) for item in covers if item.covered]
    both, only_simulated, only_linted, neither = (
        kinds.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))
    )
    return (
        f"{both + only_simulated} by the simulation ({only_simulated} by it alone), "
        f"{both + only_linted} by the linter ({only_linted} by it alone), {neither} by facts and an answer in words"
    )


def _claims() -> list[Claim]:
    """Return the claims by paragraph, what the text leaves out last."""
    from premortem.evidence import load

    return sorted(load().claims.values(), key=lambda claim: (claim.paragraph == 0, claim.paragraph))


def _document(claim: Claim) -> dict[str, Any]:
    from dataclasses import asdict

    from premortem.claims import encoding
    from premortem.cli import cards

    return cards.document(claim) | {"encoded_by": asdict(encoding(claim))}


def _cover(item: Cover) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "id": item.claim.id,
        "kind": item.claim.kind,
        "covered": item.covered,
        "simulated": item.simulated,
        "linted": item.linted,
        "lacking": item.lacking,
        "alterations": [asdict(alteration) for alteration in item.alterations],
    }


def _list(claims: Iterable[Claim]) -> RenderableType:
    """Return claims by paragraph: verdict, the claim in our words, and how much encodes it."""
    from rich.table import Table
    from rich.text import Text

    from premortem.claims import encoding

    grid = Table(box=None, pad_edge=False, show_edge=False)
    grid.add_column("par.", justify="right")
    grid.add_column("claim", style="bold", no_wrap=True)
    grid.add_column("verdict", no_wrap=True)
    grid.add_column("in our words", overflow="fold", ratio=2)
    grid.add_column("encoded by", overflow="fold", ratio=1)
    for claim in claims:
        paragraph = str(claim.paragraph) if claim.paragraph else "-"
        counts = {"facts": claim.evidence, **vars(encoding(claim))}
        told = ", ".join(f"{len(ids)} {_one(kind, len(ids))}" for kind, ids in counts.items() if ids)
        grid.add_row(paragraph, claim.id, claim.verdict, Text(claim.paraphrase), Text(told or "nothing", "dim"))
    return grid


def _one(kind: str, count: int) -> str:
    return kind.removesuffix("s") if count == 1 else kind


def _encoded(claim: Claim) -> RenderableType:
    """Return what encodes a claim by name, and how the plan is altered to show it."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from premortem.claims import encoding

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for kind, ids in vars(encoding(claim)).items():
        if ids:
            grid.add_row(kind, ", ".join(ids))
    if claim.altered:
        grid.add_row("shown by", Text("\n".join(text.strip() for text in claim.altered)))
    return Group(Text("\nEncoded by", "bold"), Padding(grid if grid.row_count else "nothing", (0, 0, 0, 2)))


def _covers(covers: Iterable[Cover]) -> RenderableType:
    """Return for each claim what its altered plans change, or what carries it."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, show_edge=False)
    for name, style in (("claim", "bold"), ("kind", ""), ("covered", ""), ("simulated", ""), ("linted", "")):
        grid.add_column(name, style=style, no_wrap=True)
    grid.add_column("by", overflow="fold", ratio=1)
    for item in covers:
        answers = (
            "yes" if item.covered else "NO",
            *("yes" if does else "no" for does in (item.simulated, item.linted)),
        )
        grid.add_row(item.claim.id, item.claim.kind, *answers, Text(_by(item), "dim"))
    return grid


def _by(item: Cover) -> str:
    from premortem.claims import encoding

    if item.lacking:
        return item.lacking
    if item.alterations:
        changed = (name for alteration in item.alterations for name in (*alteration.controls, *alteration.rules))
        names = list(dict.fromkeys(changed))
        rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        return "altered: " + ", ".join(names[:SHOWN]) + rest
    encoded = encoding(item.claim)
    carried = [*encoded.outcomes, *encoded.parameters, *encoded.rules][:SHOWN]
    return ", ".join(carried) or f"{item.claim.verdict}: {item.claim.finding}"
