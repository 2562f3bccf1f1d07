"""``premortem plans``: the plans that come with the package."""

from __future__ import annotations

import typer

from premortem.cli.output import Format, FormatOption, console, print_json


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="plans", help="List the packaged plans: the op-ed's and its alternatives.")(plans)


def plans(form: FormatOption = Format.TEXT) -> None:
    """List the packaged plans."""
    print_plans(form)


def print_plans(form: Format) -> None:
    """Print id, title, sources, summary and parent of every packaged plan."""
    from premortem.plan.language import catalogue, packaged
    from premortem.plan.language.load import load

    loaded = [load(name).plan for name in packaged.names()]
    if form is Format.JSON:
        print_json(
            [
                {
                    "id": plan.id,
                    "title": plan.title,
                    "source": list(plan.source),
                    "summary": plan.summary,
                    "variant_of": plan.extends,
                }
                for plan in loaded
            ]
        )
        return
    from rich.table import Table

    titles = catalogue.vocabulary("source").words
    grid = Table("plan", "title", "proposed or described by", box=None, header_style="dim", padding=(0, 2, 1, 0))
    for plan in loaded:
        name = f"{plan.id}\n  variant of {plan.extends}" if plan.extends else str(plan.id)
        grid.add_row(name, plan.title, "\n".join(titles[key] for key in plan.source))
    console().print(grid)
