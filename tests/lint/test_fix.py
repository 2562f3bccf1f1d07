"""Slips of the pen are mended where one thing only can be meant; everything else in the file stays as it was written."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from premortem.cli.main import build
from premortem.errors import InputError
from premortem.lint.fix import fix
from premortem.plan.language.load import load_text

SLIPS = """\
# A sketch: comments and layout stay.
schema = 1
id = "mine"
titel   =   "Mine"          # one letter off
source = ["projct"]
extends = “border_task_forces”
start = 25/01/2027
summary = "Costs 5,000 people, 01/02/2027, titel."

[zone]
depth_miles = 5,5
kind = prezence  # a bare word, misspelt
"""
MENDED = """\
# A sketch: comments and layout stay.
schema = 1
id = "mine"
title   =   "Mine"          # one letter off
source = ["project"]
extends = "border_task_forces"
start = 2027-01-25
summary = "Costs 5,000 people, 01/02/2027, titel."

[zone]
depth_miles = 5.5
kind = "presence"  # a bare word, misspelt
"""


def test_every_slip_is_mended_at_its_place_and_nothing_else() -> None:
    fixed = fix(SLIPS)
    assert fixed.text == MENDED
    assert not fixed.left
    zone = load_text(fixed.text).plan.zone
    assert zone is not None
    assert zone.depth_miles == 5.5
    assert {one.partition(": ")[2] for one in fixed.changes} >= {"titel is now title", "25/01/2027 is now 2027-01-25"}
    assert fix(MENDED).text == MENDED, "what is right is left alone"
    assert not fix(MENDED).changes


def test_words_of_lists_get_their_quotation_marks_and_names_of_phases_their_letters() -> None:
    text = """\
schema = 1
title = "Mine"
source = [project]
partner = [{ id = "p", service = "gn_mx", tasks = ["police",
  training,   # a line of its own
  arrest] }]
[[phase]]
name = "later_on"
set = { "budget.total_musd" = 5 }
[[branch]]
id = "b"
when = "us_killed > 5"
then = { phase = "latter_on" }
"""
    fixed = fix(text)
    mended = text.replace("[project]", '["project"]').replace("training,", '"training",')
    assert fixed.text == mended.replace("arrest]", '"arrest"]').replace("latter_on", "later_on")
    assert not fixed.left


@pytest.mark.parametrize(
    "line",
    [
        "start = 02/01/2027",  # February or January
        "horizon_weeks = 1,000",  # a thousand or one
        'extends = "border_task_force_or_so"',
        "[zone]\nwidth = 5",
        "[zone]\ndepth_miles = 5000",
        "duration_weeks = [1, 2",
    ],
)
def test_what_can_be_meant_in_two_ways_is_left_for_a_person(line: str) -> None:
    text = f'schema = 1\ntitle = "Mine"\nsource = ["project"]\n{line}\n'
    fixed = fix(text)
    assert (fixed.text, fixed.changes) == (text, ())
    assert fixed.left


@pytest.mark.parametrize(
    "summary",
    ["‘it’s’", "“a “b” c”", '“say "hi"”', "“open", "“C:\\here”", "[“a”, “b]"],
)
def test_a_text_that_may_end_at_another_mark_is_left_as_it_is(summary: str) -> None:
    text = f'schema = 1\ntitle = "Mine"\nsource = ["project"]\nsummary = {summary}\n'
    assert fix(text).text == text


def test_marks_in_a_list_and_before_a_comment_are_mended() -> None:
    text = "schema = 1\ntitle = “It’s mine” # “a sketch”\nsource = [“project”, “project”]\r\n"
    assert fix(text).text == 'schema = 1\ntitle = "It’s mine" # “a sketch”\nsource = ["project", "project"]\r\n'


def test_only_a_newline_ends_a_line() -> None:
    text = 'schema = 1\nid = "mine"\nsummary = "a\u2028b"\ntitel = "Mine"\nsource = ["project"]\n'
    fixed = fix(text)
    assert fixed.text == text.replace("titel", "title")
    assert [one for one in fixed.difference("x") if one.startswith("-t")] == ['-titel = "Mine"']


def test_words_of_an_older_version_are_brought_to_those_of_today() -> None:
    text = 'schema = 1\ntitel = "Mine"\nsource = ["project"]\n\n[[measure]]\nid = "calm"\nlever = "rivalry.truce"\nlevel = 0.5\n'
    fixed = fix(text)
    assert "[[deal]]" in fixed.text
    assert any("is now the deal" in one for one in fixed.changes)
    assert 'title = "Mine"' in fixed.text


def run(*words: str) -> str:
    result = CliRunner().invoke(build(["lint"]), ["lint", *words])
    if isinstance(result.exception, InputError):
        raise result.exception
    return result.output


def test_the_command_shows_the_difference_and_writes_only_if_asked_to(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(SLIPS, encoding="utf-8")
    shown = run(str(file), "--diff")
    assert '-titel   =   "Mine"' in shown
    assert '+title   =   "Mine"' in shown
    assert file.read_text(encoding="utf-8") == SLIPS
    assert "findings" in run(str(file), "--fix")
    assert file.read_text(encoding="utf-8") == MENDED
    assert "nothing to mend" in run(str(file), "--diff")
    with pytest.raises(InputError, match="a packaged plan is not changed"):
        run("kingpin", "--fix")


NUMBERS = 'schema = 1\nid = "mine"\ntitle = "Mine"\nsource = ["project"]\n\n[budget]\ntotal_musd = {} # as on paper\n'


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1,234.56", "1234.56"),
        ("1,000.5", "1000.5"),
        ("1.000,5", "1000.5"),
        ("1.000.000,25", "1000000.25"),
        ("1,000,000.5", "1000000.5"),
        ("1,000,000", "1000000"),
        ("1.000.000", "1000000"),
        ("1 000,5", "1000.5"),
        ("1'000.5", "1000.5"),
        ("1’000", "1000"),
        ("1_000,5", "1000.5"),
        ("1234,567", "1234.567"),
        ("0,125", "0.125"),
        ("-1.000,5", "-1000.5"),
        ("\u22121,000.5", "-1000.5"),
        ("\u22125", "-5"),
    ],
)
def test_a_number_as_on_paper_keeps_its_decimals(tmp_path: Path, written: str, meant: str) -> None:
    (file := tmp_path / "mine.toml").write_text(NUMBERS.format(written), encoding="utf-8")
    if meant.startswith("-"):  # read, and refused as a cost
        with pytest.raises(InputError):
            run(str(file), "--fix")
        assert fix(NUMBERS.format(written)).text == NUMBERS.format(meant)
        return
    run(str(file), "--fix")
    assert file.read_text(encoding="utf-8") == NUMBERS.format(meant)


@pytest.mark.parametrize(
    "written",
    [
        "1,234",
        "-1,234",
        "0.125.5",
        "1,00,000",
        "1 000,500",
        "01,5",
        "0,125,500",
        "1,5, 2",
        "\u20135",
        "\u22121,000",
        "$1,000",
        "$1,000.50",
        "€ 5",
        "1,5 %",
        "1.000 000",
    ],
)
def test_a_number_that_can_be_read_in_two_ways_is_not_written(tmp_path: Path, written: str) -> None:
    (file := tmp_path / "mine.toml").write_text(NUMBERS.format(written), encoding="utf-8")
    with pytest.raises(InputError):
        run(str(file), "--fix")
    assert file.read_text(encoding="utf-8") == NUMBERS.format(written)
