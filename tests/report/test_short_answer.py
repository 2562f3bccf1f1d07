"""The short answer: what it finds in planted numbers, and that it fits a screen."""

import inspect
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from markupsafe import Markup
from rich.console import Console, Group

from premortem.analysis import short_answer as found
from premortem.analysis.compare import Interval, compare, headlines, line_of, paired
from premortem.analysis.short_answer import KINDS, MOST, Finding, ShortAnswer, short_answer
from premortem.analysis.unfolding import Stop, Unfolding
from premortem.cli import comparison as terminal
from premortem.cli import help as own_help
from premortem.cli import run
from premortem.cli import short_answer as screen
from premortem.cli.cells import bar
from premortem.errors import RunError
from premortem.evidence import confidence, outcomes, parameters
from premortem.report import brief, page
from premortem.study.provenance import RecipeRecord
from premortem.study.store import Store
from premortem.wording.languages import LANGUAGES, messages, speaking
from premortem.wording.short_answer import abreast_tables, short_words
from premortem.wording.tables import Shares
from tests.report.runs import Invented, make

PLAN, LINES, COLUMNS = "border_task_forces", 30, 100


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.open(make(tmp_path_factory.mktemp("short") / "run", Invented(stoppable=(PLAN,))))


def test_plans_that_share_no_outcome_of_the_short_answer_have_no_table() -> None:
    assert abreast_tables((), [], 5, messages("en")) == ()


def test_findings_are_what_the_numbers_are_carried_out_and_come_in_the_order_of_kinds(store: Store) -> None:
    answer = short_answer(store, PLAN, "status_quo")
    kinds = {one.as_likely.outcome.id: one.kind for one in answer.findings}
    assert kinds["fiscal_cost"] == "costs"
    assert kinds["displaced"] == "harms"
    assert "us_killed" in {line.outcome.id for one in answer.findings for line in one.with_it}, (
        "it goes with the displaced"
    )
    assert kinds["violent_deaths_mx"] == "helps"
    assert kinds["members"] == "same"
    order = [KINDS.index(one.kind) for one in answer.findings]
    assert order == sorted(order)
    assert len(order) <= MOST
    assert answer.unfolding is not None
    assert answer.unfolding.starts == 1


def test_each_finding_has_both_readings_and_half_of_the_effect_where_it_is_cut_short(store: Store) -> None:
    for one in short_answer(store, PLAN, "status_quo").findings:
        assert one.carried_out is not None
        if one.kind == "helps":
            assert abs(one.as_likely.expected.difference) < 0.6 * abs(one.carried_out.expected.difference)


def test_outcomes_whose_differences_go_together_are_one_finding(store: Store) -> None:
    answer = short_answer(store, PLAN, "status_quo")
    (violence,) = (one for one in answer.findings if one.as_likely.outcome.id == "violent_deaths_mx")
    assert {line.outcome.id for line in violence.with_it} == {"homicides_mx"}
    assert "homicides_mx" not in {one.as_likely.outcome.id for one in answer.findings}


def test_outcomes_that_part_ways_are_two_findings() -> None:
    rng = np.random.default_rng(1)
    ids, futures = ("violent_deaths_mx", "homicides_mx", "missing"), 60
    base = pl.DataFrame(
        {"future": range(futures), "fault": pl.Series([None] * futures, dtype=pl.String), **dict.fromkeys(ids, 100.0)}
    )
    fall = rng.uniform(5, 20, futures)
    other = base.with_columns(
        violent_deaths_mx=100 - fall, homicides_mx=100 - 0.9 * fall, missing=100 - rng.uniform(5, 20, futures)
    )
    table = pl.concat([base.with_columns(plan=pl.lit("a")), other.with_columns(plan=pl.lit("b"))])
    pairs, _ = paired(table, "b", "a")
    groups = found._together(pairs, headlines(compare(table, "b", "a").lines))
    assert {first: [line.outcome.id for line in kin] for first, kin in groups.items()} == {
        "violent_deaths_mx": ["homicides_mx"],
        "missing": [],
    }


def test_harm_to_people_is_never_crowded_out(store: Store) -> None:
    some = short_answer(store, PLAN, "status_quo").findings
    cost, harm = (next(one for one in some if one.kind == kind) for kind in ("costs", "harms"))
    many = [Finding("costs", cost.as_likely, None, ())] * 9 + [Finding("same", cost.as_likely, None, ())] * 9 + [harm]
    chosen = list(found._chosen(many))
    assert [one.kind for one in chosen] == ["costs", "costs", "harms", "same", "same"]
    assert harm in chosen


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_a_finding_has_a_range_or_its_shares(store: Store, language: str) -> None:
    t = messages(language)
    words = short_words(short_answer(store, PLAN, "status_quo"), store.provenance, t)
    for row in words.table.rows:
        for cell in row.cells[1:]:
            assert "(" in cell.text or "%" in cell.text or cell.text.count(" / ") == 2, cell
    assert "_" not in words.unfolds + words.rests + words.under + words.together


def test_the_last_column_counts_futures_as_likely_and_the_terminal_draws_them(store: Store) -> None:
    table = short_words(short_answer(store, PLAN, "status_quo"), store.provenance, messages("en")).table
    rows = {row.cells[0].to: row for row in table.rows if not row.group}
    fewer, more, same = (rows[f"outcome-{id_}"] for id_ in ("violent_deaths_mx", "displaced", "members"))
    written = [[int(share) for share in row.cells[-1].text.split(" / ")] for row in (fewer, more, same)]
    assert written[0][0] > 50
    assert written[0][2] == 0
    assert written[1:] == [[0, 0, 100], [0, 100, 0]]
    for row, shares in zip((fewer, more, same), written, strict=True):
        assert row.shares is not None
        drawn = bar(row.shares).plain
        assert [abs(10 * drawn.count(letter) - share) < 10 for letter, share in zip("▼·▲", shares, strict=True)]
    colours = [{str(part.style) for part in bar(row.shares).spans} - {"dim"} for row in (fewer, more) if row.shares]
    assert colours == [{"green"}, {"red"}], "which of the two is better"


@pytest.mark.parametrize("shares", [(0.19, 0.54, 0.27), (0.0, 0.04, 0.96), (0.333, 0.333, 0.334), (1.0, 0.0, 0.0)])
def test_a_bar_has_ten_futures_and_none_is_off_by_more_than_one(shares: tuple[float, float, float]) -> None:
    drawn = bar(Shares(*shares, "lower")).plain
    assert len(drawn) == 10
    assert all(abs(drawn.count(letter) - 10 * share) < 1 for letter, share in zip("▼·▲", shares, strict=True))


def test_every_outcome_of_the_answer_has_its_confidence(store: Store) -> None:
    answer = short_answer(store, PLAN, "status_quo")
    t = messages("en")
    believed = short_words(answer, store.provenance, t).rests.partition("Confidence in these comparisons")[2]
    by_word: dict[str, list[str]] = {}
    for one in answer.findings:
        outcome = one.as_likely.outcome
        by_word.setdefault(t(f"confidence.word.{confidence.of(outcome.id).word}"), []).append(outcome.title)
    if len(by_word) == 1:
        assert believed.endswith(f": {next(iter(by_word))} in each.")
    else:
        most = max(by_word, key=lambda word: len(by_word[word]))
        assert f"{most} in the others" in believed
        assert all(f"{word} in {', '.join(titles)}" in believed for word, titles in by_word.items() if word != most)


def test_what_chance_explains_is_not_named_as_deciding(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = short_answer(store, PLAN, "status_quo")
    monkeypatch.setattr(found, "among_all", lambda screens: 1.0)  # no correlation is larger
    answer = short_answer(store, PLAN, "status_quo")
    words = short_words(answer, store.provenance, messages("en"))
    assert usual.screened
    assert (answer.decides, answer.screened) == ((), True)
    assert words.undecided == f"nothing stands out from chance in {answer.futures} futures."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("columns", [80, COLUMNS, 160])
def test_the_answer_of_a_run_fits_a_screen_and_says_what_to_do_next(store: Store, language: str, columns: int) -> None:
    console = Console(width=columns, record=True, file=io.StringIO())
    with speaking(language):
        terminal.show(console, compare(store.table().collect(), PLAN, "status_quo"), store, whole=False)
    shown = console.export_text()
    lines = shown.splitlines()
    folder = store.folder.url
    plain = [line for line in lines if folder[:30] not in line]
    assert len(lines) <= LINES
    assert max(map(len, plain)) <= min(columns, COLUMNS)
    assert "2025-04-30" in shown.replace("\n", " "), "the newest homicides that the start knows"
    for command in ("premortem study show", "premortem report", "premortem explain"):
        assert command in shown


def test_how_many_lines_an_answer_takes_is_said_where_people_learn_of_it() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for text in (readme, run.run.__doc__ or ""):
        assert f"at most {LINES} lines" in text
    assert f"en {LINES} líneas a lo sumo" in own_help._said(inspect.cleandoc(run.run.__doc__ or ""), messages("es"))


def made_up(seed: int, store: Store) -> tuple[ShortAnswer, dict[str, int]]:
    """Return an answer with findings on any outcomes with any numbers, moved by any inputs, and futures that failed for long reasons."""
    rng = np.random.default_rng(seed)
    infos = [info for info in outcomes.load().values() if info.headline and info.direction != "none"]
    inputs = [*parameters.load()]
    size = {info.id: 10.0 ** rng.uniform(-2, 9) for info in infos}
    ways = {info.id: rng.choice([-1.0, 0.0, 1.0], 20, p=rng.dirichlet([0.5, 0.5, 0.5])) for info in infos}
    lines = []
    for _ in range(2):  # readings
        base = {info.id: size[info.id] * rng.lognormal(0, rng.uniform(0, 2), 20) for info in infos}
        lines.append([line_of(info, base[info.id] * (1 + 0.5 * ways[info.id]), base[info.id]) for info in infos])
    found_ = [Finding(found._kind(one), one, other, ()) for one, other in zip(*lines, strict=True)]
    chosen = tuple(replace(one, with_it=(one.as_likely,) * int(rng.integers(4))) for one in found._chosen(found_))
    weeks = Interval(*rng.uniform(1, 500, 3))
    stops = {by: Stop(float(rng.uniform()), weeks) for by in ("congress", "support", "administration", "mexico")}
    unfolds = Unfolding(20, 0.73, weeks, stops)
    decides = tuple(rng.choice(inputs, int(rng.integers(4)), replace=False))
    failed = {"week 312: arms: " + "a number that stopped being finite " * int(n): 3 for n in rng.integers(0, 5, 2)}
    return ShortAnswer(PLAN, "status_quo", 20, chosen, unfolds, decides), failed if seed % 2 else {}


@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 50), marks=pytest.mark.slow)])
@pytest.mark.parametrize("columns", [80, COLUMNS])
def test_whatever_was_found_the_answer_fits_a_screen_with_the_same_findings_in_both_languages(
    store: Store, columns: int, seeds: range
) -> None:
    cut = 0
    for seed in seeds:
        answer, failed = made_up(seed, store)
        about = store.provenance.model_copy(update={"recipe": with_long_titles(store, seed)})
        console = Console(width=columns, file=io.StringIO())
        made = screen._Made(about, failed, columns)
        form = made.fit(console, answer)
        cut += form.answer != answer
        assert {one.kind for one in form.answer.findings} == {one.kind for one in answer.findings}
        for language in LANGUAGES:
            with console.capture() as shown:
                console.print(Group(*made.parts(form, messages(language))))
            lines = shown.get().splitlines()
            assert len(lines) + screen.COMMANDS <= LINES, (seed, language, shown.get())
            assert max(map(len, lines)) <= columns, (seed, language)
    assert cut, "some of them are too long"


def with_long_titles(store: Store, seed: int) -> RecipeRecord:
    """Return what a study was made of, with titles of plans of any length."""
    recipe = store.provenance.recipe
    plans = tuple(
        plan.model_copy(update={"title": "A plan of many words " * (1 + 3 * seed % 10)}) for plan in recipe.plans
    )
    return recipe.model_copy(update={"plans": plans})


SEVERAL = ("status_quo", PLAN, "border_task_forces_resourced", "joint_law_enforcement", "civil_combination", "kingpin")


def test_several_plans_stand_side_by_side_in_both_readings_with_their_ranges(tmp_path: Path) -> None:
    study = make(tmp_path / "run", Invented(plans=SEVERAL, stoppable=SEVERAL[1:3]))
    made = brief.read(str(study), messages("en"))
    first, second = made.abreast
    text = page.html(made)
    titles = [made.parts[plan].title for plan in SEVERAL]
    assert first.columns[1:] == tuple(titles[1:5]), "four to a table, by their titles"
    assert second.columns[1:] == (titles[5],)
    assert len(first.rows) >= 3
    shown = {row.cells[0].to: row.cells[1:] for row in first.rows}
    for cells in shown.values():
        for plan, cell in zip(SEVERAL[1:5], cells, strict=True):
            readings = [cell.text, cell.below] if plan in SEVERAL[1:3] else [cell.text]
            assert all("(" in amount or "%" in amount for amount in readings), "never a number without its range"
            assert bool(cell.below) == (plan in SEVERAL[1:3])
            assert f'id="{cell.why}"' in text, "a card of every plan"
    written, likely = (abs(float(text.split()[0].replace("\N{MINUS SIGN}", "-").replace(",", ""))) for text in
                       (shown["outcome-violent_deaths_mx"][0].text, shown["outcome-violent_deaths_mx"][0].below))  # fmt: skip
    assert likely < 0.6 * written, "half of the effect is there where it is cut short"
    assert not brief.read(store_of_two(tmp_path), messages("en")).abreast


def store_of_two(folder: Path) -> str:
    """Return the folder of a study of one plan and its baseline."""
    return str(make(folder / "two"))


def test_the_answer_opens_the_report(store: Store) -> None:
    made = brief.read(store.folder.url, messages("en"))
    text = page.html(made)
    first = text.index('id="answer"')
    assert first < text.index('id="question"')
    assert made.short[PLAN].unfolds in Markup(text[first : first + 5000]).striptags()


def test_draws_that_are_damaged_end_the_answer_and_are_not_left_out(tmp_path: Path) -> None:
    folder = make(tmp_path / "run", Invented(stoppable=(PLAN,)))
    (file,) = (folder / "draws.parquet").iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(RunError, match=r"draws\.parquet"):
        short_answer(Store.open(folder), PLAN, "status_quo")
