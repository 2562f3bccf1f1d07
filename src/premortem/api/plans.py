"""Plans: read one, change it, check it, and see what each of its fields does."""

from __future__ import annotations

import datetime
import hashlib
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from premortem.api.arguments import Library, Progress, checked, plain
from premortem.errors import InputError, Problem, Where
from premortem.faults import LONGEST
from premortem.lint.engine import lint as find
from premortem.lint.finding import Finding
from premortem.plan.language import packaged
from premortem.plan.language.load import LoadedPlan, load, load_text
from premortem.plan.telling.difference import differences, in_words
from premortem.plan.telling.left_open import left_open
from premortem.text import target

if TYPE_CHECKING:
    import pandas as pd

    from premortem.analysis.effects import Effects
    from premortem.analysis.pass_through import PassThrough
    from premortem.frames import pl

LONGEST_ID, LONGEST_TITLE, LONGEST_SUMMARY = 64, 120, 800
WHOLE = 2**63
"""Whole numbers of TOML are smaller in size."""


@checked
@dataclass(frozen=True, eq=False)
class Plan:
    """A plan that never changes: `replace` returns another one.

    Two plans are equal when they say the same under the same id. In a notebook a plan shows its title, summary and timeline.

    Attributes
    ----------
    loaded : the typed plan with its text, places and warnings (``loaded.plan.zone.depth_miles``).
    folder : where plans that it extends are looked for first; None for packaged plans.
    changed : field -> value, what `replace` has set on the plan that it was called on first.
    """

    loaded: LoadedPlan
    folder: Path | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)
    _from: Plan | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """Name under which it stands in studies and tables."""
        assert self.loaded.plan.id is not None  # loading fills it in
        return self.loaded.plan.id

    @property
    def title(self) -> str:
        """One line that says what it is."""
        return self.loaded.plan.title

    @property
    def text(self) -> str:
        """Text of its file, without what a parent gives it; lines of findings count in it."""
        return self.loaded.source

    def replace(self, changes: Mapping[str, Any]) -> Plan:
        """Return the plan with some fields set; this one stays as it is.

        A packaged plan gives a variant that extends it; of a plan of your own the text is changed, with its comments. The new plan gets an
        id, a title and a summary that say what was changed, and ``source = ["project"]``, unless ``changes`` sets them.

        Parameters
        ----------
        changes : field -> value, as `premortem plan set` and TOML have them: ``{"zone.depth_miles": 5, "consent.mexico": "none"}``, an
            element's field by its id (``"task_force.west.dwell"``). ``"unspecified"`` leaves a field open. Numbers and dates may be
            NumPy's; an array, a set or a `decimal.Decimal` is refused.

        Raises
        ------
        InputError : no such field, or the plan would no longer be valid; every problem with its place and what is allowed.

        Examples
        --------
        >>> import premortem as pm
        >>> narrow = pm.plan("border_task_forces").replace({"zone.depth_miles": 5})
        >>> narrow.id, narrow.loaded.plan.zone.depth_miles
        ('border_task_forces_zone_depth_miles_5', 5)
        """
        from premortem.plan.language import rewrite  # here, because whoever only lints must not wait for it

        if not changes:
            return self
        base = self._from or self
        every = {**self.changed, **{path: _value(path, value) for path, value in changes.items()}}
        changed_to = ", ".join(f"{path} = {in_words(value)}" for path, value in every.items())
        names = {
            "id": _identifier(base.id, every),
            "title": textwrap.shorten(f"{base.title}; {changed_to}", LONGEST_TITLE, placeholder=" ..."),
            "source": ["project"],
            "locator": "",
        }
        own = not packaged.is_packaged(base.loaded.file)
        text = base.text if own else f'extends = "{base.id}"\n'
        wanted = {**names, **every}
        file = f"{wanted['id']}.toml"
        made = load_text(rewrite.set_values(text, wanted, file, base.folder), file, base.folder)
        if "summary" not in every:
            words = " ".join(found.words for found in differences(base.loaded.plan, made.plan))
            summary = textwrap.shorten(f"As {base.id}, but: {words or changed_to}", LONGEST_SUMMARY, placeholder=" ...")
            made = load_text(
                rewrite.set_values(made.source, {"summary": summary}, file, base.folder), file, base.folder
            )
        return Plan(made, base.folder, every, base)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the linter finds, in the order of lines: `lint` as objects that know their rule."""
        return find(self.loaded)

    @overload
    def lint(self, library: Literal["polars"] = "polars") -> pl.DataFrame: ...
    @overload
    def lint(self, library: Literal["pandas"]) -> pd.DataFrame: ...
    def lint(self, library: Library = "polars") -> pl.DataFrame | pd.DataFrame:
        """Return what the linter finds, a row a finding, in the order of lines.

        The linter informs: it never refuses to simulate, and what it says of law are questions for counsel.

        Returns
        -------
        Columns ``code`` (of the rule), ``severity`` (violation, exposure, needs-authority, notice), ``line`` (in ``file``, from 1),
        ``message``, and the others of ``premortem lint --format json``; a Polars frame, or a pandas one with ``library="pandas"``.

        Examples
        --------
        >>> import premortem as pm
        >>> found = pm.plan("border_task_forces").lint()
        >>> found.columns[:4]
        ['code', 'severity', 'line', 'message']
        """
        from premortem.api import frames

        records = [finding.record() for finding in self.findings]
        return frames.given(frames.of_records(records, frames.FINDING), library)

    def difference(self, other: Plan) -> pl.DataFrame:
        """Return what ``other`` changes of this plan: columns ``path``, ``before``, ``after`` (in words) and ``words``.

        Examples
        --------
        >>> import premortem as pm
        >>> plan = pm.plan("border_task_forces")
        >>> plan.difference(plan.replace({"zone.depth_miles": 5}))["path"].to_list()
        ['zone.depth_miles']
        """
        from premortem.api import frames

        rows = (
            {"path": d.path, "before": in_words(d.before), "after": in_words(d.after), "words": d.words}
            for d in differences(self.loaded.plan, other.loaded.plan)
        )
        return frames.of_records(rows, frames.DIFFERENCE)

    def open(self) -> pl.DataFrame:
        """Return the fields that it leaves open: ``path``, ``stated`` ("unspecified") and ``law``, what each future draws from."""
        from premortem.api import frames

        rows = ({"path": row.path, "stated": row.stated, "law": row.law.text} for row in left_open(self.loaded.plan))
        return frames.of_records(rows, frames.OPEN)

    def effects(
        self,
        *,
        futures: int = 40,
        years: int = 2,
        seed: int = 1,
        fields: Sequence[str] = (),
        workers: int = 0,
        progress: Progress | None = None,
    ) -> Effects:
        """Change each field that it states alone, in the same futures and the same luck, and return what moves, and what nothing simulates.

        Parameters
        ----------
        futures, years, seed : of the simulation, the same for every change.
        fields : fields or elements to keep to (``"zone.depth_miles"``, ``"task_force.west"``); by default all that it states.
        workers : worker processes; 0: threads of this process.
        progress : called with the status and the store, at the start and after every few futures.

        Returns
        -------
        ``effects``: a record a change (``field``, ``value``, ``varied_to``, ``outcomes_moved``, ``largest``, ``same_controls``), and
        ``not_simulated``: stated fields that no simulation reads, with the lint ``rules`` that check them.

        Raises
        ------
        InputError : it states no such field, or a number is out of its bounds.
        RunError : futures could not be computed.
        StoppedError : by Ctrl-C.

        Examples
        --------
        >>> import premortem as pm
        >>> found = pm.plan("zone_only").effects(fields=["zone.depth_miles"])  # doctest: +SKIP
        """
        from premortem.analysis.effects import effects
        from premortem.api.studies import executor

        return effects(
            self.loaded,
            futures=futures,
            years=years,
            seed=seed,
            executor=executor(workers),
            only=fields,
            progress=progress,
        )

    def pass_through(
        self,
        against: Plan,
        *,
        futures: int = 80,
        years: int = 5,
        seed: int = 1,
        workers: int = 0,
        progress: Progress | None = None,
    ) -> PassThrough:
        """Return how much of its effects against a baseline runs through Mexico's own effort, under each reading.

        Parameters
        ----------
        against : the baseline, at whose path own effort is held, state by state, in the same futures and the same luck.
        futures, years, seed : of the simulation.
        workers : worker processes; 0: threads of this process.
        progress : called with the status and the store, at the start of each case and after every few futures.

        Returns
        -------
        ``readings``: a reading -> headline outcomes, each as it comes about (``whole``), with own effort ``held``, and the ``part`` that
        ran through it; ``off``: how closely it was held.

        Raises
        ------
        InputError : a number is out of its bounds, or the two plans are one.
        RunError : futures could not be computed.
        StoppedError : by Ctrl-C.

        Examples
        --------
        >>> import premortem as pm
        >>> found = pm.plan("zone_only").pass_through(pm.plan("status_quo"))  # doctest: +SKIP
        """
        from premortem.analysis.pass_through import pass_through
        from premortem.api.studies import executor

        return pass_through(
            self.loaded,
            against.loaded,
            futures=futures,
            years=years,
            seed=seed,
            executor=executor(workers),
            progress=progress,
        )

    def save(self, path: str | Path) -> Path:
        """Write its text as a new file and return the path; a variant of a plan of your own needs that plan's file beside it.

        Raises
        ------
        InputError : there is such a file already, or it cannot be written.
        """
        from premortem.plan.language import rewrite

        rewrite.write(target(path), self.text, new=True)
        return Path(path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str]:
        return self.id, self.loaded.content_hash

    def __repr__(self) -> str:
        return f"<Plan {self.id}: {self.title}>"

    def _repr_html_(self) -> str:
        from premortem.report.notebook import plan_html

        return plan_html(self.loaded)


@checked
def plan(source: Plan | str | Path) -> Plan:
    """Return a plan: of a packaged name, of a file, or as it is.

    Parameters
    ----------
    source : ``"border_task_forces"`` (``premortem plans`` lists the names), or a path. A packaged name that is no file is a name.

    Raises
    ------
    InputError : not a plan; or every problem of the file, with its place, what was found, what is allowed and the nearest spelling.

    Examples
    --------
    >>> import premortem as pm
    >>> pm.plan("status_quo")
    <Plan status_quo: Status quo carried on>
    """
    if isinstance(source, Plan):
        return source
    loaded = load(source)
    return Plan(loaded, None if packaged.is_packaged(loaded.file) else Path(loaded.file).parent)


@checked
def plans(*, gallery: bool = False) -> tuple[Plan, ...]:
    """Return the packaged plans in order of their names: the op-ed's and its alternatives.

    Parameters
    ----------
    gallery : the real texts (bills, orders, decrees, operations) instead; see docs/gallery.md for what each orders and what the language
        cannot say of it.

    Examples
    --------
    >>> import premortem as pm
    >>> "status_quo" in [plan.id for plan in pm.plans()]
    True
    >>> "jump_start_2006" in [plan.id for plan in pm.plans(gallery=True)]
    True
    """
    return tuple(plan(name) for name in (packaged.gallery() if gallery else packaged.names()))


@checked
def replace(source: Plan | str | Path, changes: Mapping[str, Any]) -> Plan:
    """Return a plan with some fields set: `Plan.replace` of ``plan(source)``.

    Examples
    --------
    >>> import premortem as pm
    >>> pm.replace("zone_only", {"zone.depth_miles": 10}).id
    'zone_only_zone_depth_miles_10'
    """
    return plan(source).replace(changes)


@overload
def lint(source: Plan | str | Path, library: Literal["polars"] = "polars") -> pl.DataFrame: ...
@overload
def lint(source: Plan | str | Path, library: Literal["pandas"]) -> pd.DataFrame: ...
@checked
def lint(source: Plan | str | Path, library: Library = "polars") -> pl.DataFrame | pd.DataFrame:
    """Return what the linter finds in a plan, a row a finding: `Plan.lint` of ``plan(source)``.

    Examples
    --------
    >>> import premortem as pm
    >>> set(pm.lint("border_task_forces")["severity"]) <= {"violation", "exposure", "needs-authority", "notice"}
    True
    """
    return plan(source).lint(library)


def _value(path: str, value: Any) -> Any:
    """Return a value as a plan file can hold it, with NumPy's numbers and dates as Python's own; what none can hold is refused."""
    value = plain(value)
    if isinstance(value, Mapping):
        return {str(key): _value(f"{path}.{key}", inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_value(path, inner) for inner in value]
    if isinstance(value, int) and not -WHOLE <= value < WHOLE:
        found, allowed = f"a number of {value.bit_length():,} bits", "whole numbers of 64 bits"
    elif isinstance(value, str | int | float | datetime.date | datetime.time):
        return value
    else:
        found, allowed = repr(value)[:LONGEST], "a number, a text, true or false, a date, a list or a table"
    raise InputError(Problem("type", "no value that a plan can hold", Where(key=path), found, allowed))


def _identifier(base: str, changes: Mapping[str, Any]) -> str:
    """Return an id that says what was changed; where that is too long, one that differs where the changes do.

    >>> _identifier("zone_only", {"zone.depth_miles": 5, "consent.mexico": "none"})
    'zone_only_zone_depth_miles_5_consent_mexico_none'
    """
    words = re.sub(r"[^a-z0-9]+", "_", "_".join(f"{path}_{in_words(value)}" for path, value in changes.items()).lower())
    name = f"{base}_{words}".rstrip("_")
    if len(name) <= LONGEST_ID:
        return name
    short = hashlib.sha256(repr(sorted(changes.items())).encode()).hexdigest()[:8]
    return f"{base[: LONGEST_ID - 9]}_{short}"
