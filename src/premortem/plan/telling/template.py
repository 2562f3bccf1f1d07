"""A new plan file with every field of the language in it, explained, and open where nothing is known yet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from premortem.plan.language import catalogue
from premortem.plan.language.fields import Field, fields

TABLES = (
    "authority",
    "authority.congress",
    "consent",
    "command",
    "status",
    "roe",
    "civilians",
    "detention",
    "retaliation",
    "trade",
    "budget",
    "exit",
)
COMMENT = 44
MOST_WORDS = 12  # of a vocabulary that stand in a comment
"""Column at which comments stand."""


@dataclass(frozen=True)
class Draft:
    """What is known of a new plan: the rest is left open.

    ``zone`` is its kind and its depth in miles; ``task_forces`` gives the US state of each task force by its id,
    ``measures`` the level of each lever.
    """

    title: str
    source: Sequence[str] = ("project",)
    extends: str = ""
    start: date | None = None
    duration_weeks: int | None = None
    zone: tuple[str, float] | None = None
    task_forces: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)


def write(draft: Draft) -> str:
    """Return the text of a new plan: valid, commented, ready to be filled in."""
    known: dict[str, object] = {"schema": 1, "title": draft.title, "source": list(draft.source)}
    known |= {"extends": draft.extends} if draft.extends else {}
    known |= {"start": draft.start or "unspecified", "duration_weeks": draft.duration_weeks or "unspecified"}
    lines = [
        '# A plan for Premortem. A field left "unspecified" is drawn once per future; one left out has its default.',
        "# Every field with its words: docs/reference/plan_fields.md. For help in an editor, write the schema beside this",
        "# file (premortem plan schema > plan.schema.json) and make the first line of this file: #:schema ./plan.schema.json",
        "",
        *_table("", known, whole=not draft.extends),
    ]
    if not draft.extends:
        for path in TABLES:
            lines += ["", f"[{path}]", *_table(path, {}, whole=True)]
    whole = not draft.extends
    if draft.zone is not None:
        kind, miles = draft.zone
        lines += ["", "[zone]", *_table("zone", {"kind": kind, "depth_miles": miles}, whole=whole)]
    for name, state in draft.task_forces.items():
        force = {"id": name, "base_state": state, "reach": ["home_side"]}
        lines += ["", "[[task_force]]", *_table("task_force[]", force, whole=whole)]
    for lever, level in draft.measures.items():
        measure = {"id": lever.replace(".", "_"), "lever": lever, "level": level}
        lines += ["", "[[measure]]", *_table("measure[]", measure, whole=whole)]
    return "\n".join(lines) + "\n"


def _table(path: str, known: Mapping[str, object], *, whole: bool) -> list[str]:
    """Return the lines of a table: what is known, what is open, and with ``whole`` the rest as comments."""
    rows = [row for row in fields().values() if row.path.rpartition(".")[0] == path]
    lines = []
    for row in rows:
        if row.name in known:
            lines.append(_line(f"{row.name} = {_value(known[row.name])}", row))
        elif whole and row.default == "unspecified" and path:
            lines.append(_line(f'{row.name} = "unspecified"', row))
        elif whole and path and row.name != "id":
            lines.append(_line(f"# {row.name} = {_default(row)}", row))
    return lines


def _line(text: str, row: Field) -> str:
    """Return a line with the field's meaning and words behind it."""
    return f"{text:<{COMMENT}}# {row.meaning}{_words(row)}"


def _words(row: Field) -> str:
    kind = row.kind.split(" or ")[0]
    family, _, name = kind.partition(":")
    if family not in {"enum", "list"} or name in {"source", "claim", "drop", "task", "authority", "region"}:
        return ""
    words = [*catalogue.vocabulary(name).words]
    return f": {', '.join(words)}" if len(words) <= MOST_WORDS else ""


def _default(row: Field) -> str:
    """Return a default as TOML; one that is worked out from other fields in words."""
    literal = row.default in {"true", "false"} or row.default[:1].isdigit() or row.default[:1] in {"[", "{"}
    return row.default if literal or " " in row.default else _value(row.default)


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
