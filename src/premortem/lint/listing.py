"""What ``premortem lint`` prints for people: counts first, the plan's own lines, the gravest, ten of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from premortem.lint.against import Change
from premortem.lint.finding import Finding
from premortem.lint.rule import SEVERITIES, Severity
from premortem.lint.show import WIDTH, text
from premortem.plan.language.load import LoadedPlan
from premortem.plan.language.packaged import PREFIX

SHOWN = 10  # findings, unless all are asked for
WORDS: dict[Severity, tuple[str, str]] = {
    "violation": ("violation", "violations"),
    "exposure": ("legal or planning risk", "legal or planning risks"),
    "needs-authority": ("needs an authority", "need an authority"),
    "notice": ("notice", "notices"),
}


def listing(plan: LoadedPlan, findings: Sequence[Finding], *, whole: bool = False) -> Iterator[str]:
    """Yield what is found in a plan; of a variant, also how to see what it changes of its parent."""
    yield f"{plan.file}: {counts(findings)}"
    own = [one for one in findings if one.where.file == plan.file]
    if parent := _parent(plan):
        yield (
            f"{len(own)} on its own lines, {len(findings) - len(own)} on lines of plans it extends; "
            f"what it changes: premortem lint {_named(plan.file)} --against {parent}"
        )
    yield from _some(findings, plan, whole=whole)


def changes(plan: LoadedPlan, change: Change, other: LoadedPlan, *, whole: bool = False) -> Iterator[str]:
    """Yield what a plan changes of the findings on another."""
    yield f"{plan.file} against {other.file}: adds {len(change.added)}, cures {len(change.cured)}, keeps {len(change.kept)}"
    if change.added:
        yield f"\nAdds {counts(change.added)}"
        yield from _some(change.added, plan, whole=whole)
    if change.cured:
        yield f"\nCures {counts(change.cured)}"
        shown = _ordered(change.cured, other)
        for one in shown if whole else shown[:SHOWN]:
            yield _line(one)
        yield from _more(len(shown), whole=whole)


def counts(findings: Iterable[Finding]) -> str:
    """Return how many findings there are by severity, gravest first.

    >>> counts([])
    'nothing found'
    """
    found = tuple(findings)
    if not found:
        return "nothing found"
    number = Counter(one.severity for one in found)
    graves = (f"{number[grave]} {WORDS[grave][number[grave] != 1]}" for grave in SEVERITIES if number[grave])
    still = sum(one.open for one in found)
    turn = f"; {still} of them {'turns' if still == 1 else 'turn'} on fields left open" if still else ""
    return f"{len(found)} finding{'s' * (len(found) != 1)}: {', '.join(graves)}{turn}"


def _some(findings: Iterable[Finding], plan: LoadedPlan, *, whole: bool) -> Iterator[str]:
    found = _ordered(findings, plan)
    for one in found if whole else found[:SHOWN]:
        yield f"\n{text(one, plan)}"
    yield from _more(len(found), whole=whole)


def _more(found: int, *, whole: bool) -> Iterator[str]:
    if found > SHOWN and not whole:
        yield f"\n{found - SHOWN} more: --all"


def _ordered(findings: Iterable[Finding], plan: LoadedPlan) -> list[Finding]:
    """Return the plan's own lines before those of its parents, then the gravest first, what is sure before what is open."""
    return sorted(findings, key=lambda one: (one.where.file != plan.file, SEVERITIES.index(one.severity), one.open))


def _line(finding: Finding) -> str:
    said = f"  {finding.code} [{finding.severity}] {finding.message}"
    return said if len(said) <= WIDTH else f"{said[: WIDTH - 1].rstrip()}…"


def _parent(plan: LoadedPlan) -> str:
    """Return how to name the plan that a plan extends; empty where it extends none."""
    named = plan.root.table.get("extends")
    parent = named.value if named else None
    return next((name for file in plan.texts if Path(name := _named(file)).stem == parent), "")


def _named(file: str) -> str:
    """Return a file as the command line takes it: a packaged plan by its name alone."""
    return file.removeprefix(PREFIX).removesuffix(".toml") if file.startswith(PREFIX) else file
