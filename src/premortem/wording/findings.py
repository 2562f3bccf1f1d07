"""What ``premortem lint`` prints for people: counts first, the plan's own lines, the gravest, ten of them, with line and caret."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from premortem.lint.against import Change
from premortem.lint.finding import Finding
from premortem.lint.rule import SEVERITIES
from premortem.lint.show import WIDTH
from premortem.plan.language.load import LoadedPlan
from premortem.plan.language.packaged import PREFIX
from premortem.text import lines as lines_of
from premortem.wording.languages import Messages, spoken

SHOWN = 10  # findings, unless all are asked for


def listing(plan: LoadedPlan, findings: Sequence[Finding], *, whole: bool = False) -> Iterator[str]:
    """Yield what is found in a plan; of a variant, also how to see what it changes of its parent."""
    t = spoken()
    yield f"{plan.file}: {counts(findings)}"
    own = [one for one in findings if one.where.file == plan.file]
    if parent := _parent(plan):
        others, named = len(findings) - len(own), _named(plan.file)
        yield t("findings.own_lines", own=len(own), others=others, plan=named, parent=parent)
    yield from _some(findings, plan, whole=whole)


def changes(plan: LoadedPlan, change: Change, other: LoadedPlan, *, whole: bool = False) -> Iterator[str]:
    """Yield what a plan changes of the findings on another."""
    t, sizes = spoken(), {"added": len(change.added), "cured": len(change.cured), "kept": len(change.kept)}
    yield t("findings.changes", plan=plan.file, other=other.file, **sizes)
    if change.added:
        yield f"\n{t('findings.adds', counts=counts(change.added))}"
        yield from _some(change.added, plan, whole=whole)
    if change.cured:
        yield f"\n{t('findings.cures', counts=counts(change.cured))}"
        shown = _ordered(change.cured, other)
        for one in shown if whole else shown[:SHOWN]:
            yield _line(one)
        yield from _more(len(shown), whole=whole)


def counts(findings: Iterable[Finding]) -> str:
    """Return how many findings there are by severity, gravest first.

    >>> counts([])
    'nothing found'
    """
    t, found = spoken(), tuple(findings)
    if not found:
        return t("findings.none")
    number = Counter(one.severity for one in found)
    graves = (t(f"severity.{grave}", n=number[grave]) for grave in SEVERITIES if number[grave])
    still = sum(one.open for one in found)
    turn = f"; {t('findings.turn', n=still)}" if still else ""
    return f"{t('findings.count', n=len(found))}: {', '.join(graves)}{turn}"


def _some(findings: Iterable[Finding], plan: LoadedPlan, *, whole: bool) -> Iterator[str]:
    found = _ordered(findings, plan)
    for one in found if whole else found[:SHOWN]:
        yield f"\n{text(one, plan)}"
    yield from _more(len(found), whole=whole)


def _more(found: int, *, whole: bool) -> Iterator[str]:
    if found > SHOWN and not whole:
        yield f"\n{spoken()('findings.more', n=found - SHOWN)}"


def _ordered(findings: Iterable[Finding], plan: LoadedPlan) -> list[Finding]:
    """Return the plan's own lines before those of its parents, then the gravest first, what is sure before what is open."""
    return sorted(findings, key=lambda one: (one.where.file != plan.file, SEVERITIES.index(one.severity), one.open))


def _line(finding: Finding) -> str:
    t = spoken()
    said = f"  {finding.code} [{severity(finding, t)}] {message(finding, t)}"
    return said if len(said) <= WIDTH else f"{said[: WIDTH - 1].rstrip()}…"


def _parent(plan: LoadedPlan) -> str:
    """Return how to name the plan that a plan extends; empty where it extends none."""
    named = plan.root.table.get("extends")
    parent = named.value if named else None
    return next((name for file in plan.texts if Path(name := _named(file)).stem == parent), "")


def _named(file: str) -> str:
    """Return a file as the command line takes it: a packaged plan by its name alone."""
    return file.removeprefix(PREFIX).removesuffix(".toml") if file.startswith(PREFIX) else file


def text(finding: Finding, plan: LoadedPlan) -> str:
    """Return a finding for people: place, code, severity, message, citation, the line with a caret, what it turns on."""
    t = spoken()
    label = severity(finding, t)
    citation = f" ({t.translated(finding.rule.citation)})" if finding.rule.citation else ""
    place = f"{finding.where.file}:{finding.where.line}:{finding.where.column}"
    lines = [f"{place} {finding.code} [{label}] {message(finding, t)}{citation}", *_excerpt(finding, plan)]
    notes = []
    if finding.depends_on:
        turns = [path if plan.stated(path) else t("findings.not_stated", path=path) for path in finding.depends_on]
        notes.append(t("findings.depends", paths=", ".join(turns)))
    if finding.also:
        notes.append(t("findings.also", paths=", ".join(finding.also)))
    if finding.phase:
        notes.append(t("findings.phase", phase=finding.phase))
    margin = " " * (len(str(finding.where.line)) + 3)
    lines += [f"{margin}= {line}" for note in notes for line in _wrapped(note)]
    return "\n".join(lines)


def _excerpt(finding: Finding, plan: LoadedPlan) -> Iterator[str]:
    where = finding.where
    source = lines_of(plan.texts.get(where.file, ""))
    if not 0 < where.line <= len(source):
        return
    line = source[where.line - 1].expandtabs(1)
    number = str(where.line)
    yield f" {number} | {line}"
    rest = line[where.column - 1 :]
    length = len(rest.split("=", 1)[0].split("#", 1)[0].rstrip()) or 1
    yield f" {' ' * len(number)} | {' ' * (where.column - 1)}{'^' * length}"


def _wrapped(text: str) -> list[str]:
    first, *rest = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return [first, *(f"  {line}" for line in rest)]


def severity(finding: Finding, t: Messages) -> str:
    """Return how grave a finding is in a word, and whether it turns on what is left open."""
    word = t(f"findings.word_{finding.severity}")
    return t("findings.open", severity=word) if finding.open else word


def message(finding: Finding, t: Messages) -> str:
    """Return what a finding says, in a language where it is translated."""
    return t.translated(finding.message)
