"""``premortem exercise``: what exercises, experts and the op-ed predict, and in how many futures it comes true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, print_json

if TYPE_CHECKING:
    from premortem.analysis.hypotheses import Found, Hypothesis, Judged


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="exercise")(run)


def run(
    study: Annotated[
        str,
        typer.Argument(metavar="DIR", help="A study that keeps weeks and draws.", show_default="the stored record"),
    ] = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Show in what share of futures the predictions of tabletop exercises, experts and the op-ed come true, and what decides it.

    Those that the model cannot express say why. Without a study: the record that comes with this version (docs/exercise.md).
    """
    from premortem.analysis import hypotheses
    from premortem.api.studies import study as opened
    from premortem.evidence.made_of import EXERCISE

    judged = hypotheses.judge(opened(study).store) if study else hypotheses.stored().judged
    both = list(zip(hypotheses.hypotheses(), judged, strict=True))
    if form is Format.JSON:
        print_json([hypotheses.as_json(one, found) for one, found in both])
        return
    for one, found in both:
        _print(one, found)
    if not study and EXERCISE.older:
        console().print(
            "The model or its data has changed since this record was made: docs/exercise.md says when.", markup=False
        )


def _print(one: Hypothesis, judged: Judged) -> None:
    from premortem.wording.languages import spoken

    translated = spoken().translated
    says, source = map(translated, one.said)
    shown = console()
    shown.print(f"[bold]{one.id}[/bold]  {says} ({source})")
    if one.cannot:
        shown.print(f"  cannot be expressed: {translated(one.cannot)}", markup=False)
    elif not judged.found:
        shown.print(
            f"  not judged: the study lacks {one.plan}, {one.against} or an outcome that this is about", markup=False
        )
    else:
        against = "" if one.against == "status_quo" else f" against {one.against}"
        shown.print(f"  {one.plan}{against}: {translated(one.reads)}", markup=False)
        for reading, words in (("as_likely", "as likely to unfold"), ("carried_out", "if carried out")):
            if (found := judged.found.get(reading)) is not None:  # type: ignore[call-overload]
                shown.print(f"  {words}: {_said(found)}", markup=False)
    shown.print()


def _said(found: Found) -> str:
    from premortem.analysis.drawn import field
    from premortem.wording.numbers import per_cent

    decides = ", ".join(f"{field(name) or name} {rho:+.2f}" for name, rho in found.decides.items())
    return f"true in {per_cent(found.share)} of {found.futures:,} futures; " + (
        f"decided by {decides}" if decides else "nothing drawn decides it beyond chance"
    )
