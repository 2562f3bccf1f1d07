"""``premortem claims``: what the op-ed claims, what the evidence says, and what encodes it."""

from __future__ import annotations

from typing import Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, print_json

app = typer.Typer(help="The claims of the op-ed: verdict, evidence, and what encodes them.")


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="claims")


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, form: FormatOption = Format.TEXT) -> None:
    """List all claims with their verdicts."""
    if context.invoked_subcommand:
        return
    from premortem.cli import cards
    from premortem.evidence import load

    claims = sorted(load().claims.values(), key=lambda claim: (claim.paragraph == 0, claim.paragraph))
    if form is Format.JSON:
        print_json([cards.document(claim) for claim in claims])
    else:
        console().print(cards.claims(claims))


@app.command()
def show(
    ident: Annotated[str, typer.Argument(metavar="ID", help="Id of a claim.")], form: FormatOption = Format.TEXT
) -> None:
    """Show one claim with its evidence and what encodes it."""
    from premortem.cli import cards
    from premortem.evidence import ledger

    claims = ledger.load().claims
    if ident not in claims:
        raise ledger.unknown(ident, claims)
    if form is Format.JSON:
        print_json(cards.document(claims[ident]))
    else:
        console().print(cards.card(claims[ident]))
