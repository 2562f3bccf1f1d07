"""``premortem lint``: check plans like code."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from premortem.cli.output import print_json, say
from premortem.cli.streams import folded

if TYPE_CHECKING:
    from premortem.errors import Problem
    from premortem.lint import Finding, Rule
    from premortem.plan.language.load import LoadedPlan


class Format(StrEnum):
    """What the command prints."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class FailOn(StrEnum):
    """The lowest severity that makes the exit code 1."""

    VIOLATION = "violation"
    EXPOSURE = "exposure"
    NEEDS_AUTHORITY = "needs-authority"
    NOTICE = "notice"
    NEVER = "never"


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="lint")(lint)


def lint(
    plans: Annotated[
        list[str] | None, typer.Argument(metavar="[PLAN]...", help="Plan files or packaged plans.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="Text for people, JSON or SARIF for programs.")
    ] = Format.TEXT,
    fail_on: Annotated[FailOn, typer.Option(help="Lowest severity that makes the exit code 1.")] = FailOn.VIOLATION,
    against: Annotated[
        str, typer.Option(metavar="PARENT", help="Say what one plan adds to and cures of the findings on another.")
    ] = "",
    whole: Annotated[bool, typer.Option("--all", help="Every finding, not the ten gravest.")] = False,
    select: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only this rule or family: AU, or AU101,AU102.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="CODE", help="Not this rule or family.")] = None,
    mend: Annotated[
        bool, typer.Option("--fix", help="First mend slips of the pen in the files, and show what was changed.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change, change nothing, and stop.")
    ] = False,
    explain: Annotated[str, typer.Option(metavar="CODE", help="Explain one rule and stop.")] = "",
    rules: Annotated[bool, typer.Option("--rules", help="List all rules and stop.")] = False,
    server: Annotated[
        bool, typer.Option("--lsp", help="Serve an editor over standard input and output (needs premortem\\[lsp]).")
    ] = False,
) -> None:
    """Check plans against law, forces, geography and their own aims.

    Ten findings are shown: those on the plan's own lines first, the gravest first. With --against the exit code follows what is added.

    --fix writes what can be meant in one way only: names a letter off, dates, thousands, words of older versions. Comments stay.

    A line "# lint: ignore CODE because REASON" in a plan's file leaves a rule out of its findings and its exit code; the reason is shown.

    The exit code is 1 where a finding is as grave as --fail-on says, else 0; of --diff it is 0, whether or not something would change.

    The linter informs: it never refuses to simulate, and what it says of law are questions for counsel, not advice.
    """
    if explain:
        _explain(explain, form)
    elif rules:
        _list_rules(form)
    elif server:
        _serve()
    elif not plans:
        raise typer.BadParameter("name at least one plan, or ask for --rules or --explain CODE")
    elif diff:
        _fix(plans, write=False)
    elif not against:
        if mend:
            _fix(plans, write=True)
        _lint(plans, form, fail_on, whole=whole, select=_codes(select), ignore=_codes(ignore))
    elif len(plans) > 1 or form is Format.SARIF:
        raise typer.BadParameter("--against compares one plan with another, as text or JSON")
    else:
        _lint_against(plans[0], against, form, fail_on, whole=whole)


def _serve() -> None:
    """Serve an editor until it hangs up."""
    from premortem.errors import InputError, Problem

    try:
        from premortem.lint.server import serve
    except ModuleNotFoundError as error:
        allowed = "pip install 'premortem[lsp]'"
        raise InputError(
            Problem("library", "the language server needs pygls", found=str(error), allowed=allowed)
        ) from None
    serve()


def _fix(plans: list[str], *, write: bool) -> None:
    """Print what is mended in files, on standard error where findings follow on the other, and write them if asked to."""
    from pathlib import Path

    from premortem.errors import InputError, Problem, Where
    from premortem.lint.fix import fix
    from premortem.plan.language import packaged, rewrite
    from premortem.plan.language.document import SIZE_LIMIT
    from premortem.text import is_file, read

    for name in plans:
        if not is_file(name):
            held = "a packaged plan is not changed" if packaged.exists(name) else "no such file"
            raise InputError(Problem("unreadable", held, Where(name), allowed="a file of yours"))
        fixed = fix(read(name, SIZE_LIMIT), name, Path(name).parent)
        for line in (*fixed.difference(name), *(f"mended: {name} {change}" for change in fixed.changes)):
            say(line, err=write)
        if not fixed.changes:
            say(f"{name}: nothing to mend", err=write)
        elif write:
            rewrite.write(Path(name), fixed.text)


def _codes(words: Iterable[str] | None) -> tuple[str, ...]:
    """Return codes that were given one by one, or several with commas or spaces between them."""
    return tuple(code.upper() for word in words or () for code in word.replace(",", " ").split())


def _lint(
    plans: list[str], form: Format, fail_on: FailOn, *, whole: bool, select: Sequence[str], ignore: Sequence[str]
) -> None:
    from premortem.api.plans import plan
    from premortem.errors import InputError
    from premortem.lint.choosing import chosen, reasons
    from premortem.wording.findings import listing
    from premortem.wording.languages import spoken

    linted: list[tuple[LoadedPlan, tuple[Finding, ...]]] = []
    problems: list[Problem] = []
    for name in plans:
        try:
            read = plan(name)
        except InputError as error:
            problems += error.problems
        else:
            wanted = chosen(read.findings, select, (*ignore, *reasons(read.loaded)))
            linted.append((read.loaded, wanted))
    findings = [finding for _, found in linted for finding in found]
    if form is Format.JSON:
        print_json([*(finding.record() for finding in findings), *map(_unreadable, problems)])
    elif form is Format.SARIF:
        from premortem.lint import sarif

        print_json(sarif.log(findings, problems))
    else:
        for number, (loaded, found) in enumerate(linted):
            for line in ("",) * bool(number) + tuple(listing(loaded, found, whole=whole)):
                typer.echo(folded(line, sys.stdout))
            for code, reason in reasons(loaded).items():
                typer.echo(spoken()("findings.left_out", code=code, reason=reason))
            for warning in loaded.warnings:
                say(f"note: {warning}", err=True)
    if problems:
        raise InputError(*problems)
    _exit(findings, fail_on)


def _lint_against(name: str, parent: str, form: Format, fail_on: FailOn, *, whole: bool) -> None:
    from premortem.api.plans import plan
    from premortem.lint.against import against
    from premortem.wording.findings import changes

    child, other = plan(name), plan(parent)
    change = against(child.loaded, child.findings, other.loaded, other.findings)
    if form is Format.JSON:
        print_json(change.record())
    else:
        for line in changes(child.loaded, change, other.loaded, whole=whole):
            typer.echo(folded(line, sys.stdout))
    _exit(change.added, fail_on)


def _exit(findings: Iterable[Finding], fail_on: FailOn) -> NoReturn:
    """End with 1 where a finding is as grave as the threshold."""
    from premortem.lint import SEVERITIES

    bad = SEVERITIES[: SEVERITIES.index(fail_on.value) + 1] if fail_on is not FailOn.NEVER else ()
    raise typer.Exit(code=1 if any(finding.severity in bad for finding in findings) else 0)


def _unreadable(problem: Problem) -> dict[str, Any]:
    """Return why a plan could not be read, as plain data beside the findings on others."""
    where = problem.where
    place = {"file": where.file, "line": where.line, "column": where.column, "path": where.key}
    return {"code": None, "name": problem.kind, "severity": "unreadable", **place, "message": problem.message}


def _explain(code: str, form: Format) -> None:
    from premortem.lint import show
    from premortem.lint.catalogue import rule_of
    from premortem.wording.languages import spoken

    rule = rule_of(code)
    if form is Format.TEXT:
        typer.echo(show.explanation(rule, spoken().translated))
    else:
        print_json(_card(rule))


def _list_rules(form: Format) -> None:
    from premortem.lint import rules, sarif
    from premortem.lint.catalogue import FAMILIES
    from premortem.wording.languages import spoken

    if form is Format.JSON:
        print_json([_card(rule) for rule in rules().values()])
    elif form is Format.SARIF:
        print_json(sarif.log(()))
    else:
        family = ""
        for rule in rules().values():
            if rule.family != family:
                family = rule.family
                typer.echo(f"{family} {spoken().translated(FAMILIES[family])}")
            typer.echo(f"  {rule.code}  {spoken().translated(rule.severity):<19}  {rule.name}")


def _card(rule: Rule) -> dict[str, Any]:
    from dataclasses import fields

    return {f.name: getattr(rule, f.name) for f in fields(rule) if f.name != "check"}
