"""Both readings in the report: how a campaign unfolds, and its outcomes as carried out beside those that are likely."""

import dataclasses
import io
import zipfile
from html import unescape
from pathlib import Path

import pytest
from rich.console import Console

from premortem.analysis.compare import Interval, compare, headlines
from premortem.analysis.unfolding import Stop, Unfolding, carried_out
from premortem.cli import abreast
from premortem.cli import comparison as terminal
from premortem.cli.cells import grid
from premortem.cli.short_answer import COMMANDS, LINES
from premortem.report import page
from premortem.report.brief import Brief
from premortem.report.markdown import markdown
from premortem.report.material import AsWritten, Material, read
from premortem.report.notebook import comparison_html
from premortem.report.workbook import workbook
from premortem.study.store import Store
from premortem.wording.languages import LANGUAGES, messages, speaking
from premortem.wording.sentences import unfolding_sentence
from premortem.wording.short_answer import CAUSES, unfolds_in_short
from premortem.wording.tables import Cell, Row, Table
from tests.report.runs import Invented, make

UNFOLDS = Unfolding(80, 0.73, Interval(25, 3, 90), {"support": Stop(0.2, Interval(12, 4, 40))})


def stopped(material: Material) -> Material:
    """Return the results as if somebody could stop the plan, who achieves twice as much where nobody does."""
    one = material.comparisons[0]
    lines = tuple(
        dataclasses.replace(line, difference=Interval(*(2 * value for value in dataclasses.astuple(line.difference))))
        for line in one.lines
    )
    written = AsWritten(UNFOLDS, dataclasses.replace(one, lines=lines), material.aftermaths[0])
    return dataclasses.replace(material, carried_out={one.plan: written})


def sheets(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_face_shows_both_readings_of_a_plan_that_could_be_stopped(material: Material, language: str) -> None:
    t, plan = messages(language), material.comparisons[0].plan
    assert Brief(material, t).readings == {}
    brief = Brief(stopped(material), t)
    words, table = brief.readings[plan]
    assert t("readings.by_support") in words
    for name, face in faces_of(brief).items():
        assert words in face, name
        for row in table.rows:
            for cell in row.cells[1:]:
                assert cell.text in face, (name, cell)
    apart = [row for row in table.rows if not row.group and row.cells[1] != row.cells[3]]
    assert len(apart) > 3


def faces_of(brief: Brief) -> dict[str, str]:
    faces = {"page": page.html(brief), "Markdown": markdown(brief), "workbook": sheets(workbook(brief))}
    return {name: unescape(text).replace("\\", "") for name, text in faces.items()}


def test_what_is_left_after_a_campaign_is_shown_in_both_readings(tmp_path: Path) -> None:
    t, store = messages("en"), run_of_stoppable(tmp_path / "s", "border_task_forces")
    brief = Brief(read(store), t)
    likely, written = brief.aftermaths
    assert (likely.reading, written.reading) == (t("readings.as_likely_title"), t("readings.carried_out_title"))
    tables = [part.years[0].table for part in (likely, written)]
    assert tables[0] != tables[1]
    for name, face in faces_of(brief).items():
        for part in (likely, written):
            assert part.title in face, (name, part.title)
    with_it = {"promises", "branches", "aftermath"}
    assert {f"carried_out_{key}" for key in with_it} | with_it <= terminal.document(brief.comparisons[0], store).keys()


def test_a_notebook_shows_both_readings_and_one_where_nobody_could_stop_the_plan(material: Material) -> None:
    one, written = material.comparisons[0], stopped(material).carried_out[material.comparisons[0].plan]
    both = comparison_html(one, written.unfolding, written.comparison)
    assert "If carried out" in both
    assert "lost public support" in both
    assert both.startswith(comparison_html(one))
    assert "If carried out" not in comparison_html(one)


@pytest.mark.parametrize(("language", "others"), [("en", ", others."), ("es", ", otras.")])
def test_causes_that_are_not_named_are_said_to_be_there(language: str, others: str) -> None:
    t, weeks = messages(language), Interval(12, 4, 40)
    shares = {"congress": 0.0, "mexico": 0.1, "support": 0.2, "clock": 0.11, "administration": 0.09}
    most = [t("short.cause", by=t(f"readings.by_{by}"), share=share) for by, share in
            (("support", "20 %"), ("clock", "11 %"), ("mexico", "10 %"))]  # fmt: skip
    assert len(most) == CAUSES
    stops = {by: Stop(share, weeks) for by, share in shares.items()}
    assert unfolds_in_short(Unfolding(80, 0.73, weeks, stops), t).endswith(f": {', '.join(most)}{others}")
    del stops["administration"]
    assert unfolds_in_short(Unfolding(80, 0.73, weeks, stops), t).endswith(f": {', '.join(most)}."), (
        "one that stopped nobody is no other"
    )


def run_of_stoppable(folder: Path, *plans: str) -> Store:
    """Return a study of several plans of which somebody could stop the second, under a campaign of a year."""
    return Store.open(make(folder, Invented(plans=("status_quo", *plans), stoppable=plans[:1], years=4)))


@pytest.mark.parametrize("columns", [80, 100])
def test_several_plans_fit_a_terminal_with_every_average_and_its_range(tmp_path: Path, columns: int) -> None:
    store = run_of_stoppable(tmp_path / "s", "border_task_forces", "kingpin", "civil_combination")
    table = store.table().collect()
    found = [compare(table, plan, "status_quo") for plan in store.provenance.plans[1:]]
    for language in LANGUAGES:
        with speaking(language):
            console = Console(width=columns, file=io.StringIO(), record=True)
            abreast.show(console, found, store, whole=False)
        shown = console.export_text().splitlines()
        text = " ".join(" ".join(shown).split())
        assert len(shown) <= LINES
        assert max(map(len, shown[:-COMMANDS])) <= columns, "a command to copy may be longer"
        t = messages(language)
        assert t("short.abreast") in text
        assert text.count(t("short.name", years=t.count("year", 4))) == (1 if columns == 100 else 2), (
            "as many tables as there is room for plans"
        )
        assert "border_task_forces: " in text
        assert "%" not in {word.strip() for line in shown for word in line.split("  ")}, "no sign without its number"


LONG = "+200,000 (+2,300 to +1,100,000)"
USUAL = "−1,700 (−3,300 to −500)"


def drawn(columns: int, plans: dict[str, str]) -> list[str]:
    """Return the lines below the head of a table of one outcome, with the same amount in both readings of a plan."""
    cells = tuple(Cell(amount, amount) for amount in plans.values())
    table = Table(("Outcome over 5 years", *plans), (Row((Cell("Firearms bought in the US for Mexico"), *cells)),))
    console = Console(width=columns, file=io.StringIO(), record=True)
    console.print(grid(abreast._folded(table, columns), dense=True))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= columns
    return lines[next(i for i, line in enumerate(lines) if line.startswith("──")) + 1 :]


@pytest.mark.parametrize(
    ("columns", "plans"),
    [
        (100, {"border_task_forces": LONG, "kingpin": "same 100 %", "civil_combination": USUAL}),
        (100, {"border_task_forces_resourced": "same 100 %", "joint_law_enforcement": "same 97 %", "kingpin": USUAL}),
        (80, {"border_task_forces": LONG, "kingpin": "same 100 %"}),
    ],
)
def test_an_outcome_of_several_plans_takes_a_line_to_each_reading(columns: int, plans: dict[str, str]) -> None:
    rows = drawn(columns, plans)
    assert len(rows) == 2
    assert all(amount in row for amount in plans.values() for row in rows)


def test_where_three_plans_have_long_ranges_they_stand_below_and_nothing_is_cut_elsewhere() -> None:
    rows = drawn(
        100, {"a_plan_with_a_name_of_forty_letters_or_so": LONG, "joint_law_enforcement": LONG, "kingpin": LONG}
    )
    average, span = LONG.split(" ", 1)
    assert [(row.count(average), row.count(span)) for row in rows] == [(3, 0), (0, 3)] * 2


def test_every_headline_outcome_of_several_plans_is_shown_at_a_terminal_on_demand(tmp_path: Path) -> None:
    store = run_of_stoppable(tmp_path / "s", "border_task_forces", "kingpin")
    table = store.table().collect()
    found = [compare(table, plan, "status_quo") for plan in store.provenance.plans[1:]]
    console = Console(width=100, file=io.StringIO(), record=True)
    abreast.show(console, found, store, whole=True)
    text = " ".join(console.export_text().split())
    judged = [line for line in headlines(found[0].lines) if line.verdict]
    assert text.count("confidence") >= len(judged)


def test_for_programs_a_plan_says_of_itself_the_same_in_both_readings(tmp_path: Path) -> None:
    store = run_of_stoppable(tmp_path / "s", "border_task_forces", "kingpin")
    told = terminal.document(compare(store.table().collect(), "border_task_forces", "status_quo"), store)
    for name in ("promises", "branches", "aftermath"):
        assert type(told[f"carried_out_{name}"]) is type(told[name])
    assert told["carried_out_aftermath"] != told["aftermath"]
    written = carried_out(store, "border_task_forces", "status_quo")
    assert written is not None
    assert [line["id"] for line in told["carried_out"]] == [line.outcome.id for line in written.comparison.lines]
    assert read(store).carried_out["border_task_forces"].aftermath is not None


def test_a_plan_of_which_courts_alone_can_bar_parts_is_not_said_to_send_force() -> None:
    nobody = Unfolding(80, 0.0, None, {}, sends_force=False)
    for language in ("en", "es"):
        t = messages(language)
        assert unfolding_sentence(nobody, t) == t("readings.courts")
        assert unfolding_sentence(dataclasses.replace(nobody, sends_force=True), t) == t("readings.never")


def test_what_changes_in_no_future_is_named_below_the_table_and_not_shown_as_zero(tmp_path: Path) -> None:
    store = run_of_stoppable(tmp_path / "s", "border_task_forces", "kingpin")
    table = store.table().collect()
    found = [compare(table, plan, "status_quo") for plan in store.provenance.plans[1:]]
    console = Console(width=100, file=io.StringIO(), record=True)
    terminal.show(console, found[1], store, whole=True)
    text = " ".join(console.export_text().split())
    t = messages("en")
    unmoved = [line.outcome.title for line in found[1].lines if line.share_same == 1 and line.outcome.headline]
    assert unmoved
    assert t("outcomes.unmoved", titles=", ".join(unmoved)) in text


def test_many_plans_stand_side_by_side_in_both_readings_on_the_page(tmp_path: Path) -> None:
    plans = ("border_task_forces", "kingpin", "zone_only", "raids_only", "demand_reduction", "arms_crackdown")
    brief = Brief(read(run_of_stoppable(tmp_path / "s", *plans)), messages("en"))
    assert not brief.few
    whole = brief.abreast_whole
    assert [len(table.columns) - 1 for table in whole] == [4, 2]
    for table in whole:
        assert len(table.rows) == sum(one.outcome.headline and one.verdict is not None for one in brief.outcomes)
        for cell in (cell for row in table.rows for cell in row.cells[1:]):
            assert all("(" in amount or "%" in amount for amount in (cell.text, cell.below) if amount)
        assert page.html(brief).count(f'<td><span class="of">{table.columns[1]}') >= len(table.rows)
