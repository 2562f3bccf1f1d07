"""Loading a plan: from a file or a packaged name to a typed plan that knows where every value was written."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from premortem import text
from premortem.errors import InputError, Problem, Where, meant, nearest
from premortem.plan.language import catalogue, packaged, phases
from premortem.plan.language.document import SIZE_LIMIT, Node, Plain, node_of, parse
from premortem.plan.language.extends import find, flatten
from premortem.plan.language.fields import NAMES
from premortem.plan.language.kinds import SLUG
from premortem.plan.language.problems import element_name, from_validation, listed, ordered
from premortem.plan.language.schema import Plan
from premortem.text import is_file
from premortem.theatre.folder import DEFAULT
from premortem.theatre.folder import packaged as packaged_theatres
from premortem.theatre.glossary import Glossary, of


@dataclass(frozen=True)
class State:
    """The plan as it stands from a week on, or once a branch has called a phase.

    ``phase`` names the phase that led here (empty: the start), ``week`` when (None: when a branch calls it).
    """

    phase: str
    week: int | None
    plan: Plan


@dataclass(frozen=True)
class LoadedPlan:
    """A valid plan with its text and places.

    ``root`` is the tree of the plan with all that parents gave it; ``texts`` the text of every file it was made of,
    by the name that places use; ``warnings`` what is legal but worth a look.
    """

    plan: Plan
    file: str
    root: Node = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    warnings: tuple[Problem, ...] = ()

    @property
    def source(self) -> str:
        """Text of the plan's own file."""
        return self.texts[self.file]

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of what the plan says (comments, order and layout aside), in hexadecimal."""
        data = self.plan.model_dump(mode="json", by_alias=True) | {"theatre": self.plan.glossary.name}
        return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def where(self, path: str, *, of_value: bool = False) -> Where:
        """Return the place of what a dotted path names (``task_force.west.base``, ``zone``, ``success.0``:
        elements without an id go by their number).

        A field that the plan does not state has the place of the table it belongs to, at last line 1 of the file.
        """
        parts = path.split(".") if path else []
        for end in range(len(parts), 0, -1):
            node = find(self.root, ".".join(parts[:end]))
            if node is not None:
                return node.where(path, of_value=of_value and end == len(parts))
        return Where(self.file, 1, 1, path)

    def stated(self, path: str) -> bool:
        """Whether the plan, or a parent of it, writes the field, be it as ``"unspecified"``."""
        return find(self.root, path) is not None

    def states_with(self, called: Sequence[str], dated: Sequence[tuple[str, int]] = ()) -> tuple[State, ...]:
        """Return the plan with some phases called from the start, and as each scheduled phase then leaves it.

        ``dated``: phases that are called from a week on, beside those that the plan itself schedules.
        """
        root = self.root
        nodes = {name: node for name, _, node in _phase_nodes(self.root)}
        for name in called:
            root, _ = phases.apply(root, nodes[name])
        made = [State(",".join(called), 0, self._plan(root))]
        scheduled = [step for step in _phase_nodes(self.root) if step[1] is not None]
        scheduled += [(name, week, nodes[name]) for name, week in dated]
        for name, week, node in sorted(scheduled, key=lambda step: step[1] or 0):
            root, _ = phases.apply(root, node)
            made.append(State(name, week, self._plan(root)))
        return tuple(made)

    def _plan(self, root: Node) -> Plan:
        return Plan.model_validate(root.plain(), context=self.plan.glossary)

    @cached_property
    def states(self) -> tuple[State, ...]:
        """The plan at its start, as each scheduled phase leaves it, and as each called phase leaves the start."""
        made = list(self.states_with(()))
        for name, week, node in _phase_nodes(self.root):
            if week is None:
                after, _ = phases.apply(self.root, node)
                made.append(State(name, None, self._plan(after)))
        return tuple(made)


def load(plan: str | Path) -> LoadedPlan:
    """Load a plan from a file, or a packaged plan by its name.

    Parameters
    ----------
    plan
        A path, or the name of a packaged plan such as ``status_quo``. A text that names a packaged plan and no file is
        a name.

    Raises
    ------
    InputError
        With every problem of the file, each with kind, place, what was found, what is allowed, nearest spelling.
    """
    file, text = _read(plan)
    return load_text(text, file, Path(file).parent if not packaged.is_packaged(file) else None)


def load_text(text: str, file: str = "plan.toml", folder: Path | None = None) -> LoadedPlan:
    """Load a plan from its text; ``folder`` is where a plan that it extends is looked for first."""
    texts = {file: text}

    def parent(name: str, child: Node) -> Node | None:
        beside = folder / f"{name}.toml" if folder and not packaged.is_packaged(child.file) else None
        if beside is not None and is_file(beside):
            found, read = _read(beside)
        elif packaged.exists(name):
            found, read = packaged.file(name), packaged.text(name)
        else:
            return None
        texts[found] = read
        return parse(read, found)

    root = flatten(parse(text, file), parent)
    if "id" not in root.table:
        root.table["id"] = Node(_slug(Path(file.removeprefix(packaged.PREFIX)).stem), file)
    plan = _valid(root, _theatre(root, folder))
    return LoadedPlan(plan, file, root, texts, tuple(_warnings(root, texts)))


def altered(loaded: LoadedPlan, changes: Mapping[str, Plain | None]) -> LoadedPlan:
    """Return a plan with some things set, or taken out where the value is None; its text and places stay those of the file.

    Parameters
    ----------
    changes : dotted path -> value as TOML holds it. A path names a field, a table, or what is inside an element, which goes by its id or
        else its number; a whole element can be taken out.

    Raises
    ------
    InputError
        If it would not be a valid plan.
    """
    root = loaded.root.copy()
    for path, value in changes.items():
        head, _, last = path.rpartition(".")
        holder, held = root, find(root, path)
        for part in head.split(".") if head and find(root, head) is None else ():
            holder = holder.table.setdefault(part, Node({}, root.file))
        holder = find(root, head) or holder if head else root
        if isinstance(holder.value, list):
            holder.value[:] = [item for item in holder.value if item is not held]
        elif value is None:
            holder.table.pop(last, None)
        else:
            holder.table[last] = node_of(value, root.file)
    return replace(loaded, plan=_valid(root, loaded.plan.glossary), root=root, warnings=())


def _valid(root: Node, glossary: Glossary) -> Plan:
    """Return the plan of a tree, and of each phase of it, or raise every problem."""
    plan, problems = _validate(root, glossary)
    problems += _references(root)
    if not problems:
        problems += _phase_problems(root, glossary)
    if problems or plan is None:
        raise InputError(*ordered(problems))
    return plan


def _theatre(root: Node, folder: Path | None) -> Glossary:
    """Return the glossary of the theatre that a plan names; a folder's path, seen from the file that names it, is made absolute.

    Raises
    ------
    InputError
        ``unknown_theatre``; a text that is no file may name packaged theatres only.
    """
    named = root.table.get("theatre")
    if named is None or not isinstance(named.value, str) or named.value in packaged_theatres():
        return of(named.value if named and isinstance(named.value, str) and named.value else DEFAULT)
    beside = None if packaged.is_packaged(named.file) or folder is None else Path(named.file).parent
    path = None if beside is None else (beside / named.value).resolve()
    if path is None or not is_file(path / "theatre.toml"):
        allowed = ", ".join(sorted(packaged_theatres())) + ", or the path of a folder with a theatre.toml"
        near = nearest(named.value, packaged_theatres())
        where = named.where("theatre", of_value=True)
        raise InputError(Problem("unknown_theatre", "no such theatre", where, repr(named.value), allowed, near))
    root.table["theatre"] = Node(str(path), named.file, named.key, named.span)
    return of(str(path))


def _slug(stem: str) -> str:
    """Return an identifier made of a file's name.

    >>> _slug("My plan-2")
    'my_plan_2'
    """
    name = re.sub(r"[^a-z0-9_]+", "_", stem.lower()).lstrip("_0123456789")[:64]
    return name or "plan"


def _read(plan: str | Path) -> tuple[str, str]:
    """Return the name for places and the text of a plan."""
    name = str(plan)
    if isinstance(plan, str) and packaged.exists(name) and not Path(name).exists():
        return packaged.file(name), packaged.text(name)
    try:
        return name, text.read(plan, SIZE_LIMIT)
    except FileNotFoundError:
        near = packaged.nearest_name(name)
        allowed = "a plan file, or one of: " + ", ".join(packaged.names())
        raise InputError(Problem("unreadable", "no such plan", Where(name), name, allowed, near)) from None


def _validate(root: Node, glossary: Glossary) -> tuple[Plan | None, list[Problem]]:
    try:
        return Plan.model_validate(root.plain(), context=glossary), []
    except ValidationError as error:
        return None, from_validation(error, root, glossary)


def _references(root: Node) -> list[Problem]:
    """Return the problems between parts of a plan; works on any tree, valid or not."""
    problems: list[Problem] = []
    seen: dict[tuple[str, object], Node] = {}
    for array, key in NAMES.items():
        space = "element" if array in {"task_force", "domestic", "sea", "partner"} else array
        held = root.table.get(array)
        for item in held.items if held else ():
            named = item.table.get(key)
            if named is None or not isinstance(named.value, str):
                continue
            first = seen.setdefault((space, named.value), named)
            if first is not named:
                before = first.where()
                message = f"{named.value!r} is there already, at {before.file}:{before.line}"
                where = named.where(f"{array}.{named.value}.{key}", of_value=True)
                problems.append(Problem("duplicate_id", message, where, repr(named.value), "each name once"))
    known = sorted(str(name) for space, name in seen if space == "phase")
    for path, called in _calls(root):
        if isinstance(called.value, str) and called.value not in known:
            where = called.where(path, of_value=True)
            message = f"no phase named {called.value!r}"
            cure = meant(called.value, known)
            slip, near = called.value if cure else "", nearest(called.value, known)
            allowed = ", ".join(known) or "none"
            problems.append(Problem("bad_reference", message, where, repr(called.value), allowed, near, slip, cure))
    return [*problems, *_unknown_sources(root, {str(name) for space, name in seen if space == "reference"})]


def _calls(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield path and node of every name of a phase that a branch or a bargain calls."""
    for array in ("branch", "bargain"):
        held = root.table.get(array)
        for index, item in enumerate(held.items if held else ()):
            name = element_name(item, array) or str(index)
            then = item.table.get("then")
            callers = {"then.phase": then.table.get("phase") if then else None} | {
                key: item.table.get(key) for key in ("agreed", "refused")
            }
            yield from ((f"{array}.{name}.{key}", node) for key, node in callers.items() if node is not None)


def _unknown_sources(root: Node, own: Set[str]) -> Iterator[Problem]:
    """Yield a problem for each source that neither the ledger nor the plan itself has."""
    held = root.table.get("source")
    ledger = catalogue.vocabulary("source")
    for item in held.items if held else ():
        if (
            isinstance(item.value, str)
            and SLUG.fullmatch(item.value)
            and not {item.value} & own
            and item.value not in ledger
        ):
            known = [*sorted(own), *ledger.words]
            near = nearest(item.value, known)
            message = "not in the list of source"
            where = item.where("source", of_value=True)
            cure = meant(item.value, known)
            slip = item.value if cure else ""
            yield Problem("unknown_name", message, where, repr(item.value), listed(known), near, slip, cure)


def _phase_nodes(root: Node) -> Iterator[tuple[str, int | None, Node]]:
    held = root.table.get("phase")
    for item in held.items if held else ():
        week = item.table.get("from_week")
        name = item.table["name"].value
        yield str(name), week.value if week and isinstance(week.value, int) else None, item


def _phase_problems(root: Node, glossary: Glossary) -> list[Problem]:
    """Return what is wrong with the plan that each phase leaves (the plan itself being valid)."""
    problems: list[Problem] = []
    for _, _, node in _phase_nodes(root):
        after, misplaced = phases.apply(root, node)
        problems += misplaced + _validate(after, glossary)[1]
    return problems


def _warnings(root: Node, texts: Mapping[str, str]) -> Iterator[Problem]:
    if len(texts) > 1:
        for key in ("title", "source"):
            node = root.table.get(key)
            if node and node.file != root.file:
                message = f"{key} is the parent's: a variant should have its own"
                yield Problem("inherited", message, Where(root.file, 1, 1, key))
    set_by: dict[tuple[int, str], str] = {}
    for name, week, node in _phase_nodes(root):
        settings = node.table.get("set")
        for path, value in (settings.table if settings and week is not None else {}).items():
            earlier = set_by.get((week or 0, path))
            if earlier is not None:
                message = f"{path} is set in week {week} by phases {earlier!r} and {name!r}: the later in the file wins"
                yield Problem("overridden", message, value.where(f"phase.{name}.set"))
            set_by[week or 0, path] = name
