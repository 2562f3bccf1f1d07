"""The surface for Python: what it promises, and that the commands are calls of it."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import typer
import xarray as xr

import premortem as pm
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence import outcomes
from tests.small_model import SMALL_MODEL, simulating

NARROW = {"zone.depth_miles": 5}

# Every command, and the function or method of the surface that it calls; or why it calls none.
CALLS = {
    "run": "run",
    "report": "report",
    "explain": "explain",
    "lint": "findings",
    "plan show": "plan",
    "plan diff": "plan",
    "plan list": "plans",
    "plans": "plans",
    "plan effects": "effects",
    "plan pass-through": "pass_through",
    "study run": "study",
    "study resume": "resume",
    "study status": "study",
    "study show": "compare",
    "study aftermath": "aftermath",
    "study weigh": "weigh",
    "study balance": "comparisons",
    "study screen": "ranking",
    "study export": "export",
    "study digest": "digest",
    "decide robustness": "robustness",
    "decide conditions": "conditions",
    "decide discover": "discover",
    "decide voi": "voi",
    "decide sensitivity": "sensitivity",
    "decide pathways": "pathways",
    "decide attribute": "attribute",
    "decide timeline": "timeline",
    "decide redteam": "redteam",
    "decide trace": "trace",
    "evidence show": "evidence",
    "calibrate fit": "calibrate",
    "calibrate show": "posterior",
    "calibrate check": "posterior",
    "hindcast": "hindcast",
    "validate": "validate",
}
NO_CALL = {
    "plan new": "asks at a terminal and writes a commented file; in Python a plan is a text or a `replace`",
    "plan set": "changes a file in its place; in Python plans never change",
    "decide search": "writes a folder of plans that it makes and simulates, and can be taken up again: `premortem.decisions.search`",
    "plan schema": "a file for editors",
    "plan upgrade": "changes a file in its place; in Python plans never change",
    "levers": "a list of the package's data: `premortem.plan.language.catalogue.levers()`",
    "evidence search": "prints cards of what `evidence(search=...)` lists",
    "evidence list": "prints cards of what `evidence()` lists",
    "evidence check": "a check of the package itself",
    "claims": "prints cards of what `evidence()` lists",
    "claims show": "prints a card and what encodes it",
    "claims coverage": "a check of the package itself",
    "study verify": "a check of files that may be too damaged to open as a `Study`",
    "study repair": "as `study verify`",
    "theatre show": "the packaged world, not a result: `premortem.theatre.load`",
    "theatre check": "a check of the packaged world",
    "theatre start": "writes a theatre; in Python `premortem.theatre.load(start=...)`",
    "cache": "files that can be made again, not a result",
    "cache clear": "as `cache`",
    "instant design": "runs studies of variants for `instant fit`; each is an ordinary study",
    "instant fit": "writes a file that the web application answers from",
    "instant check": "a check of that file",
    "serve": "starts a server; what it answers is docs/web.md",
    "data": "a group with one command",
    "data update": "writes files of series; nothing of them is a result",
    "exercise": "a record of the package, and the same judged in a study: `premortem.analysis.hypotheses.judge`",
    "forecast file": "writes a file that is never changed; nothing of it is a result yet",
    "forecast score": "a check of a filed forecast against the record",
    "theatre events": "a list of the package's data: `premortem.theatre.chronicle.chronicle()`",
    "theatre history": "a check of the model against the record",
}


def commands(app: typer.Typer, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command with its function."""
    for command in app.registered_commands:
        assert command.callback is not None
        yield f"{above} {command.name or command.callback.__name__}".strip(), command.callback
    for group in app.registered_groups:
        assert group.typer_instance is not None
        if above == "" and group.typer_instance.registered_callback is not None:
            yield str(group.name), group.typer_instance.registered_callback.callback
        yield from commands(group.typer_instance, str(group.name))


def called(function: Any) -> set[str]:
    """Return the names that a function, or the private functions of its module that it uses, read or call."""
    names: set[str] = set()
    waiting, seen = [function], set()
    while waiting:
        one = waiting.pop()
        seen.add(one)
        tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
        found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= found | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        helpers = (getattr(sys.modules[one.__module__], name, None) for name in found if name.startswith("_"))
        waiting += [helper for helper in helpers if inspect.isfunction(helper) and helper not in seen]
    return names


def test_every_command_calls_the_surface_or_stands_on_the_list_with_its_reason() -> None:
    known = dict(commands(build([])))
    assert sorted(known) == sorted(CALLS.keys() | NO_CALL.keys())
    assert not CALLS.keys() & NO_CALL.keys()
    members = {name for kind in (pm.Plan, pm.Study, pm.Comparison, pm.Decisions) for name in dir(kind)} | set(
        pm.__all__
    )
    for command, name in CALLS.items():
        assert name in members
        assert name in called(known[command]), f"premortem {command} does not call {name}"


def test_what_the_stub_types_is_what_the_package_offers() -> None:
    stub = ast.parse(Path(str(pm.__file__)).with_suffix(".pyi").read_text(encoding="utf-8"))
    (listed,) = (ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign))
    homes = {alias.name: node.module for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert sorted(listed) == sorted(pm.__all__) == sorted(homes)
    for name in pm.__all__:
        assert inspect.getdoc(getattr(pm, name)), name
        assert f"premortem.{vars(pm)['_HOMES'][name]}" == homes[name]


@pytest.mark.parametrize("name", ["evidence", "lint", "plan", "report", "study"])
def test_a_room_of_the_same_name_stays_a_package_and_documents_the_function(name: str) -> None:
    room: Any = getattr(pm, name)
    assert room is sys.modules[f"premortem.{name}"]
    assert "Raises" in str(room.__doc__) or "`" in str(room.__doc__)
    assert inspect.signature(getattr(pm, name)).parameters


def test_importing_and_linting_load_no_engine_and_change_no_environment() -> None:
    code = """
        import os, sys
        before = dict(os.environ)
        import premortem
        heavy = {"jax", "polars", "xarray", "pandas", "altair", "numpy", "pydantic"}
        assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
        assert dict(os.environ) == before
        premortem.plan("kingpin").replace({"duration_weeks": 52}).findings
        assert not {"jax", "polars", "xarray", "altair"} & sys.modules.keys()
        assert dict(os.environ) == before
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


@pytest.mark.parametrize("words", [("lint", "kingpin", "--fail-on", "never"), ("plan", "show", "kingpin")])
def test_commands_about_plans_start_without_engine_and_frames(words: tuple[str, ...]) -> None:
    code = f"""
        import sys
        from premortem.cli.main import main
        sys.argv = ["premortem", *{words!r}]
        try:
            main()
        except SystemExit as stop:
            assert not stop.code, stop.code
        assert not {{"jax", "polars", "xarray", "altair"}} & sys.modules.keys()
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True)


def test_replace_gives_another_plan_and_leaves_the_first_as_it_was() -> None:
    plan = pm.plan("border_task_forces")
    before = plan.loaded.content_hash
    narrow = plan.replace(NARROW)
    assert narrow.loaded.plan.zone is not None
    assert narrow.loaded.plan.zone.depth_miles == 5
    assert plan.loaded.content_hash == before
    assert narrow != plan
    assert narrow == pm.replace(plan, NARROW)
    assert len({narrow, pm.replace("border_task_forces", NARROW), plan}) == 2
    assert [row["path"] for row in plan.difference(narrow).iter_rows(named=True)] == ["zone.depth_miles"]
    with pytest.raises(AttributeError):
        plan.folder = Path()  # type: ignore[misc]


def test_a_replaced_plan_does_not_speak_for_the_source_of_its_parent() -> None:
    narrow = pm.plan("border_task_forces").replace(NARROW).loaded.plan
    assert narrow.source == ("project",)
    assert narrow.locator == ""
    assert "20 -> 5" in narrow.summary
    assert "zone.depth_miles = 5" in narrow.title


def test_replacing_twice_is_replacing_both_at_once() -> None:
    plan = pm.plan("border_task_forces")
    twice = plan.replace({"zone.depth_miles": 10}).replace({"consent.mexico": "none"}).replace(NARROW)
    once = plan.replace({"zone.depth_miles": 5, "consent.mexico": "none"})
    assert (twice.id, twice.loaded.content_hash) == (once.id, once.loaded.content_hash)


def test_changes_need_to_be_valid_together_and_not_one_by_one() -> None:
    zoned = pm.plan("status_quo").replace({"zone.kind": "presence", "zone.depth_miles": 5})
    assert zoned.loaded.plan.zone is not None
    with pytest.raises(InputError, match=r"zone\.kind"):
        pm.plan("status_quo").replace(NARROW)


def test_a_plan_of_ones_own_keeps_its_comments(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('schema = 1\ntitle = "Mine"\nsource = ["project"]\nduration_weeks = 26   # half a year\n')
    longer = pm.plan(file).replace({"duration_weeks": 52, "id": "longer", "title": "Longer"})
    assert "# half a year" in longer.text
    assert (longer.id, longer.title) == ("longer", "Longer")
    again = pm.plan(longer.save(tmp_path / "longer.toml"))
    assert again == longer
    with pytest.raises(InputError, match="already"):
        longer.save(file)


def test_wrong_changes_say_where_and_what_is_allowed() -> None:
    with pytest.raises(InputError, match="did you mean 'depth_miles'"):
        pm.replace("border_task_forces", {"zone.depth_mile": 5})
    with pytest.raises(InputError, match="100"):
        pm.replace("border_task_forces", {"zone.depth_miles": 500})
    with pytest.raises(InputError, match="did you mean 'kingpin'"):
        pm.plan("kingpinn")


def test_lint_is_a_frame_in_polars_or_pandas() -> None:
    plan = pm.plan("border_task_forces").replace(NARROW)
    found = plan.lint()
    assert isinstance(found, pl.DataFrame)
    assert {"code", "severity", "line", "message"} <= set(found.columns)
    assert found["code"].to_list() == [finding.code for finding in plan.findings]
    assert found.equals(pm.lint(plan))
    other = plan.lint("pandas")
    assert isinstance(other, pd.DataFrame)
    assert other["message"].tolist() == found["message"].to_list()
    with pytest.raises(InputError, match="polars, pandas"):
        plan.lint("arrow")  # type: ignore[call-overload]


def test_nothing_found_is_a_frame_with_all_columns() -> None:
    assert pm.plan("border_task_forces").difference(pm.plan("border_task_forces")).columns == [
        "path",
        "before",
        "after",
        "words",
    ]


def test_a_comparison_answers_in_frames_and_words(small_run: pm.Comparison) -> None:
    assert (small_run.plan, small_run.baseline, small_run.futures) == ("border_task_forces", "status_quo", 40)
    frame = small_run.frame()
    rows = small_run.study.frame()
    assert rows.height == 80
    deaths = {
        name: rows.filter(pl.col("plan") == name).sort("future")["homicides_mx"].to_numpy()
        for name in small_run.study.plans
    }
    difference = deaths["border_task_forces"] - deaths["status_quo"]
    line = frame.row(by_predicate=pl.col("id") == "homicides_mx", named=True)
    assert line["difference_median"] == pytest.approx(np.median(difference))
    matters = 0.01 * line["baseline_expected"]
    assert line["share_better"] == (difference <= -matters).mean()
    assert line["about_same"] == (abs(difference) < matters).mean() > line["share_same"]
    assert line["difference_expected"] == pytest.approx(difference.mean())
    assert small_run.frame("pandas")["id"].tolist() == list(small_run.outcomes)
    table = small_run.table()
    assert 0 < table.height < frame.height
    assert set(table.dtypes) == {pl.String}
    with pytest.raises(InputError, match="did you mean 'homicides_mx'"):
        small_run.line("homicide_mx")


def test_frames_keep_the_columns_that_the_manual_promises_to_keep(small_run: pm.Comparison) -> None:
    words = ["outcome", "unit", "baseline", "plan", "difference", "better", "same"]
    assert small_run.table().columns == words
    assert small_run.decides().columns == ["input", "kind", "grade", "score", "clear", "outcomes"]
    assert {"plan", "future"} <= set(small_run.study.frame().columns)
    assert {"id", "difference_median", "share_better"} <= set(small_run.frame().columns)


def test_the_dataset_has_dates_and_the_numbers_of_the_table(small_run: pm.Comparison) -> None:
    data = small_run.dataset()
    assert isinstance(data, xr.Dataset)
    assert data["plan"].values.tolist() == ["status_quo", "border_task_forces"]
    begins = np.datetime64(small_run.study.store.provenance.recipe.begins)
    assert data["week"].values[[0, 1]].tolist() == (begins + np.array([0, 7])).astype("datetime64[ns]").tolist()
    assert data["quarter"].values[1] == begins + np.timedelta64(13 * 7, "D")
    total = data["homicides_mx"].sel(plan="status_quo").sum("week").values
    kept = small_run.study.frame().filter(pl.col("plan") == "status_quo").sort("future")["homicides_mx"].to_numpy()
    np.testing.assert_allclose(total, kept, rtol=1e-5)


def test_an_explanation_names_definition_inputs_sources_and_chain(small_run: pm.Comparison) -> None:
    found = small_run.explain("homicides_mx")
    frame = found.frame()
    assert frame.height == 5
    shares = frame["share"].to_numpy()
    assert (np.diff(shares) <= 0).all()
    np.testing.assert_allclose(shares, frame["correlation"].to_numpy() ** 2)
    mechanism = small_run.study.store.provenance.mechanism_of["homicides_mx"]
    for row in frame.iter_rows(named=True):
        assert not row["chain"] or row["chain"][-1] == mechanism
        if row["kind"] == "parameter":
            parameter = pm.evidence(row["input"]).record
            assert row["prior"] == parameter.prior  # type: ignore[union-attr]
            named = {entry.id for fact in row["facts"] for entry in pm.evidence(fact).rests_on}
            assert set(row["sources"]) <= named
        assert 0 <= row["share_low"] <= row["share"] <= row["share_high"] <= 1
    text = str(found)
    assert found.account.line.outcome.definition in text
    assert all(f"({name})" in text for name in frame["input"]), "an id stands in parentheses only, after the words"
    words = text.replace("(homicides_mx)", "")
    for name in frame["input"]:
        words = words.replace(f"({name})", "")
    assert not set(re.findall(r"\b[a-z]+(?:[._][a-z0-9]+)+\b", words)) & {*outcomes.load(), "status_quo", "kingpin"}
    with pytest.raises(InputError, match="did you mean 'civilians_killed_us'"):
        small_run.explain("residents_killed")
    assert pm.explain(small_run.study.folder, "homicides_mx").account == found.account
    document = found.as_json()
    assert [one["id"] for one in document["inputs"]] == found.frame()["input"].to_list()
    assert [[source["id"] for source in one["sources"]] for one in document["inputs"]] == found.frame()[
        "sources"
    ].to_list()
    assert {"definition", "value", "inputs", "mechanisms"} <= document.keys()
    with pytest.raises(InputError, match="did you mean 'homicides_mx'"):
        small_run.explain("homicide_mx")


def test_what_decides_is_a_ranking_of_inputs(small_run: pm.Comparison) -> None:
    frame = small_run.decides()
    assert (np.diff(frame["score"].to_numpy()) <= 0).all()
    assert set(frame["kind"]) == {"parameter", "open field"}
    assert frame.filter(pl.col("kind") == "parameter")["grade"].is_in(["A", "B", "C", "assumption"]).all()
    assert (frame["clear"] == (frame["outcomes"].list.len() > 0)).all()


def test_a_notebook_shows_plans_comparisons_explanations_entries_and_pictures(small_run: pm.Comparison) -> None:
    for shown in (pm.plan("kingpin"), small_run, small_run.explain("homicides_mx"), pm.evidence("state.arrests")):
        assert shown._repr_html_().startswith("<")
    picture = small_run.plot("homicides_mx")
    assert picture._repr_svg_().startswith("<svg")
    assert "Homicides" in picture.label


def test_a_report_is_written_of_the_run(small_run: pm.Comparison, tmp_path: Path) -> None:
    written = small_run.report(tmp_path / "r.md")
    assert written.read_text(encoding="utf-8").startswith("# ")
    assert pm.report(small_run.study, tmp_path / "s.md").read_bytes() == written.read_bytes()
    with pytest.raises(InputError, match=r"\.html"):
        small_run.report(tmp_path / "r.docx")


def test_an_identical_run_is_taken_up_and_another_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with simulating(SMALL_MODEL):
        narrow, environment = pm.plan("border_task_forces").replace(NARROW), dict(os.environ)
        first = pm.compare(narrow, "status_quo", futures=3, years=1)
        assert Path(first.study.folder).is_dir()
        kept = Path(first.study.folder).stat().st_mtime_ns
        again = pm.compare(narrow, "status_quo", futures=3, years=1)
        assert again.study.folder == first.study.folder
        assert Path(first.study.folder).stat().st_mtime_ns == kept
        assert pm.compare(narrow, "status_quo", futures=3, years=1, seed=2).study.folder != first.study.folder
        assert (tmp_path / first.study.folder / "plans" / narrow.id / f"{narrow.id}.toml").read_text() == narrow.text
        assert dict(os.environ) == environment
        assert first.study.material.plans[1].loaded is not None  # the report finds the plan that is in no file


def test_evidence_by_id_and_by_words() -> None:
    entry = pm.evidence("state.arrests")
    assert entry.kind == "parameter"
    assert {other.kind for other in entry.rests_on} <= {"fact", "table"}
    assert entry.id in {user.id for other in entry.rests_on for user in other.used_by}
    found = pm.evidence(search="methamphetamine price")
    assert 0 < found.height < pm.evidence().height
    with pytest.raises(InputError, match=r"did you mean 'state\.arrests'"):
        pm.evidence("state.arrest")
