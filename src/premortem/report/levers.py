"""The levers as a page: what a script needs beside a file of answers, and the page as one file that loads nothing."""

from __future__ import annotations

import base64
import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from premortem.analysis.box import LEVER, Input
from premortem.errors import InputError, Problem, Where, nearest
from premortem.evidence import outcomes
from premortem.evidence.reading import data
from premortem.instant import answer, file
from premortem.instant.file import Levers
from premortem.instant.inputs import packaged, text_lines
from premortem.plan.language import catalogue
from premortem.plan.language.load import load
from premortem.report.templates import content_hash, environment
from premortem.wording.inputs import field_words
from premortem.wording.languages import Messages
from premortem.wording.sentences import outcome_title, unit_words

NAME = "my_levers"
"""Id of the plan that lies where the levers are."""
WORDS = "web."
"""What the keys of the catalogue begin with that scripts read."""
MODULES = ("common.js", "surrogate.js", "fan.js", "levers.js", "start_levers_file.js")
"""Of the page from disk, each after those that it imports."""
LARGEST = 5_000_000
"""Bytes of a reading, packed as it is in the page."""


def box(levers: Levers, t: Messages) -> dict[str, Any]:
    """Return what a script needs beside the file: names, where the levers start, and the lines of a plan with places for their values."""
    loaded, known = load(levers.inputs.plan), outcomes.load()
    start, stated = levers.inputs.start(loaded.plan), levers.inputs.stated(loaded.plan)
    inputs = [
        _input(one, t) | {"start": start[one.path], "open": one.path not in stated} for one in levers.inputs.input
    ]
    shown = [
        {
            "id": id_, "title": outcome_title(known[id_], t), "direction": known[id_].direction, "group": known[id_].group,
            "unit": unit_words("%" if known[id_].unit == "share" else known[id_].unit, t, change=True),
            "factor": 100.0 if known[id_].unit == "share" else 1.0,
        }
        for id_ in levers.outcomes
    ]  # fmt: skip
    title = t.translated(loaded.plan.title)
    return {
        "name": NAME, "plan": levers.inputs.plan, "title": title, "inputs": inputs, "outcomes": shown, "years": levers.years,
        "lines": text_lines(levers.inputs, NAME, t("web.levers_title", plan=title)), "measured": dict(levers.measured),
    }  # fmt: skip


def _input(one: Input, t: Messages) -> dict[str, Any]:
    lever = catalogue.levers().get(one.path.removeprefix(LEVER)) if one.path.startswith(LEVER) else None
    words = lever.meaning if lever else field_words(one.path.replace(".*.", "."), t)
    return one.model_dump(mode="json") | {
        "label": t.texts.get(f"moved.{one.path}", words),
        "percent": lever is not None and lever.unit.startswith("share"),
        "names": [t.named("choice", word).replace("_", " ") for word in one.words],
    }


def opened(source: str) -> Levers:
    """Return the levers of a file, or the packaged ones of a plan.

    Raises
    ------
    InputError : no such file or packaged levers, it is damaged, or was fitted to another version.
    """
    here = packaged_files()
    if source not in here and not Path(source).exists():
        allowed = ", ".join(("a file of premortem instant fit", *here))
        raise InputError(Problem("unreadable", "no such levers", Where(source), source, allowed, nearest(source, here)))
    levers = file.read(here.get(source, Path(source)))
    answer.require_same(levers)
    return levers


def packaged_files() -> dict[str, Path]:
    """Return the files of answers that come with the package, by plan."""
    named = {plan: Path(str(data() / "instant" / f"{plan}.pmia")) for plan in packaged()}
    return {plan: place for plan, place in named.items() if place.is_file()}


def page(levers: Levers, t: Messages) -> str:
    """Return the page as one file.

    Raises
    ------
    InputError : a reading is larger than a page may be.
    """
    files = {reading: packed(levers, reading) for reading in levers.readings}
    css = "".join((data() / name).read_text(encoding="utf-8") for name in ("report/report.css", "web/web.css"))
    shown = box(levers, t)
    return (
        environment("web")
        .get_template("levers_file.html.jinja")
        .render(
            t=t, box=shown, box_json=in_page(shown), files=files, css=css, css_hash=content_hash(css), js=bundle(), offline=True,
            js_hash=content_hash(bundle()), script_words=in_page(script_words(t)), languages=(), **about(levers),
        )
    )  # fmt: skip


def about(levers: Levers) -> dict[str, Any]:
    """Return what the page says without a script."""
    return {"readings": list(levers.readings), "measured": levers.measured, "rests_on": levers.rests_on}


def packed(levers: Levers, reading: str) -> str:
    """Return what was fitted under a reading as it stands in a page.

    Raises
    ------
    InputError : it is too large.
    """
    found = base64.b64encode(gzip.compress(file.pack(levers, [reading]), 9, mtime=0)).decode()
    if len(found) > LARGEST:
        message = "these answers are too large for a page; fit fewer variants"
        raise InputError(Problem("too_large", message, found=f"{len(found):,} bytes", allowed=f"{LARGEST:,} bytes"))
    return found


@cache
def bundle() -> str:
    """Return the modules of the page as one, for a page that can import nothing: each after those it imports, without the imports."""
    found = "\n".join((data() / "web" / name).read_text(encoding="utf-8") for name in MODULES)
    alone = re.sub(r'^import [^;]*? from "[^"]+";\n', "", found, flags=re.MULTILINE)
    return re.sub(r"^export (?=const|function|async|class)", "", alone, flags=re.MULTILINE)


def script_words(t: Messages) -> dict[str, str]:
    """Return the texts that scripts fill."""
    return {key.removeprefix(WORDS): text for key, text in t.texts.items() if key.startswith(WORDS)}


def in_page(document: Any) -> str:
    """Return JSON that can stand in a page."""
    return json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")
