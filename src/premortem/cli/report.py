"""``premortem report``: a run or study as a brief to hand on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from premortem.cli.output import notes, say
from premortem.errors import InputError, Problem

if TYPE_CHECKING:
    from premortem.wording.languages import Messages


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="report")(report)


def report(
    run: Annotated[
        str, typer.Argument(metavar="[RUN_OR_STUDY]", help="Folder of a run or study, finished or not.")
    ] = "",
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            help="File to write: .html, .pdf, .md or .xlsx; a name without ending makes a folder of figures and tables.",
            show_default="report.html; brief.html with --brief, levers.html with --levers",
        ),
    ] = "",
    lang: Annotated[
        str, typer.Option(help="Language of the report: en or es.", show_default="PREMORTEM_LANG, else en")
    ] = "",
    brief: Annotated[bool, typer.Option("--brief", help="Two pages on one plan, as .html or .pdf.")] = False,
    levers: Annotated[
        str,
        typer.Option(
            help="Instead of a run: a file of premortem instant fit, or a plan with packaged levers, as one page that answers from disk.",
        ),
    ] = "",
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print the HTML report as PDF beside it (needs Chromium).")
    ] = False,
) -> None:
    """Write a report: the answer with its uncertainty, the plan, the findings, and what every number rests on."""
    from premortem import text
    from premortem.api.studies import study
    from premortem.wording.languages import messages, spoken

    words = messages(lang) if lang else spoken()  # an unknown language is an error before anything is read
    if bool(levers) == bool(run) or (levers and (brief or pdf)):
        message = "name a run or study, or levers with --levers; of levers there is one page, without --brief and --pdf"
        raise InputError(
            Problem("argument", message, found=" ".join(filter(None, (run, levers and f"--levers {levers}"))))
        )
    if levers:
        _levers(levers, Path(out or "levers.html"), words)
        return
    first = Path(out or ("brief.html" if brief else "report.html"))
    text.target(first)
    with notes().status("Reading the run"):
        read = study(run)
        partial = read.material.partial
    targets = [first, *([first.with_suffix(".pdf")] if pdf and first.suffix != ".pdf" else [])]
    for target in targets:
        with notes().status(f"Writing {target}"):
            read.report(target, lang=words.language, brief=brief)
        say(f"report: {target}", err=True)
    if partial:
        say("note: the report is marked as partial; it says why", err=True)


def _levers(source: str, target: Path, words: Messages) -> None:
    """Write the page of levers."""
    from premortem import text
    from premortem.report import levers
    from premortem.report.files import put

    if target.suffix != ".html":
        raise InputError(Problem("format", "levers are a page", found=target.name, allowed=".html"))
    text.target(target)
    put(target, levers.page(levers.opened(source), words).encode())
    say(f"levers: {target}", err=True)
