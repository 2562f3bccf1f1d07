"""``premortem plans``: the plans that come with the package."""

from __future__ import annotations

from typing import Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, print_json

GalleryOption = Annotated[
    bool, typer.Option("--gallery", help="The gallery of real texts (bills, orders, decrees, operations) instead.")
]


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="plans", help="List the packaged plans: the op-ed's and its alternatives.")(plans)


def plans(gallery: GalleryOption = False, form: FormatOption = Format.TEXT) -> None:
    """List the packaged plans, or the gallery of real texts."""
    from premortem.api import plans as api
    from premortem.plan.telling.gallery import cannot_say, study

    listed = api.plans(gallery=gallery)
    moves = study().get("moves", {})
    if form is Format.JSON:
        print_json(
            [
                {
                    "id": plan.id,
                    "title": plan.title,
                    "source": list(plan.loaded.plan.source),
                    "summary": plan.loaded.plan.summary,
                    "variant_of": plan.loaded.plan.extends,
                }
                | ({"cannot_say": list(cannot_say(plan.text)), "moves": moves.get(plan.id, [])} if gallery else {})
                for plan in listed
            ]
        )
        return
    from rich.table import Table

    from premortem.wording.languages import spoken

    grid = Table(box=None, header_style="dim", padding=(0, 2, 1, 0), pad_edge=False)
    t = spoken()
    grid.add_column(t("cli.plan"), no_wrap=True)
    grid.add_column(t("cli.title"), overflow="fold")
    grid.add_column(t("cli.source"), overflow="fold")
    for plan in listed:
        parent = plan.loaded.plan.extends
        title = t.translated(plan.title) + (f"\n{t('cli.variant', parent=parent)}" if parent else "")
        grid.add_row(plan.id, title, "\n".join(plan.loaded.plan.source_titles.values()))
    console().print(grid)
