"""Plan files as people really save them: read where that is harmless, else one message with the cause and the cure."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from premortem.errors import InputError, Problem
from premortem.lint import lint
from premortem.plan.language import mistakes
from premortem.plan.language.load import load, load_text
from premortem.plan.language.rewrite import set_value
from premortem.study import spec
from premortem.wording import findings

FILES = Path(__file__).parents[2] / "data/files"
READ = {"ok": 100.0, "bom": 100.0, "crlf": 200.0, "utf16": 100.0, "nbsp": 100.0, "odd_toml": 100.0, "dotted": 100.0}
REFUSED = {
    "comma_decimal": (10, 9, "a decimal comma", "100,5", "100.5"),
    "thousands": (10, 9, "thousands", "1.000.000", "1000000"),
    "date_us": (4, 9, "not a TOML date", "01/05/2026", "2026-01-05 or 2026-05-01"),
    "smart_quotes": (2, 9, "curly quotation mark", "“", "straight"),
    "latin1": (2, 10, "not UTF-8", "'Á' in Windows-1252", "saved as UTF-8"),
}


def problem(path: Path | str) -> Problem:
    with pytest.raises(InputError) as caught:
        load(path)
    (only,) = caught.value.problems
    return only


def test_every_file_has_an_expectation() -> None:
    assert {path.stem.removeprefix("file_") for path in FILES.glob("*.toml")} == {*READ, *REFUSED}


@pytest.mark.parametrize("name", READ)
def test_what_is_harmless_is_read_alike(name: str) -> None:
    plan = load(FILES / f"file_{name}.toml").plan
    assert plan.measure[0].level == READ[name]
    if name in {"bom", "crlf", "utf16", "nbsp"}:
        assert plan.title == load(FILES / "file_ok.toml").plan.title == "Áéñ ünïcode"


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_is_one_message_with_place_cause_and_cure(name: str) -> None:
    line, column, cause, found, cure = REFUSED[name]
    said = problem(FILES / f"file_{name}.toml")
    assert (said.where.line, said.where.column) == (line, column)
    assert cause in said.message
    assert found in said.found
    assert cure in said.allowed


@pytest.mark.parametrize("mark", ["\u2028", "\u0085", "\u2029"])
def test_marks_that_are_no_end_of_a_line_in_toml_move_no_place(tmp_path: Path, mark: str) -> None:
    (file := tmp_path / "plan.toml").write_text(f'title = "t" # a{mark}b\nsource = ["project"]\nstart = 13/05/2026\n')
    said = problem(file)
    assert (said.where.line, said.where.column, said.found) == (3, 9, "13/05/2026")
    plan = load_text(f'title = "t" # a{mark}b\nsource = ["project"]\nstart = 2006-01-05\n')
    (found,) = (one for one in lint(plan) if one.code == "EN128")
    assert " 3 | start = 2006-01-05" in findings.text(found, plan)


@pytest.mark.parametrize(
    ("value", "message", "allowed"),
    [
        ("1,500", "comma in a number", "1500 if a thousand is meant, 1.500 if a decimal is"),
        ("1,000,000.5", "thousands", "here 1000000.5"),
        ("0.125.5", "cannot be read for sure", "digits with a decimal point"),
        ("1,00,000", "cannot be read for sure", "digits with a decimal point"),
        ("0,125", "a decimal comma", "a decimal point: 0.125"),
        ("\u22121,000", "where a minus is meant", "here -1000 if a thousand is meant, -1.000 if a decimal is"),
        ("$1,000", "sign of money", "here 1000 if a thousand is meant, 1.000 if a decimal is"),
        ("$1,000.50", "sign of money", "here 1000.50"),
        ("1 000 000", "thousands", "1000000"),
        ("1\u202f000", "thousands", "1000"),  # a narrow no-break space, read as a space first
        ("31.12.2026", "TOML date", "2026-12-31"),
        ("12/31/2026", "TOML date", "2026-12-31"),
        ("2026/01/05", "TOML date", "2026-01-05"),
        ("2026-02-30", "not a date", "a day that exists"),
        ("20 %", "a percentage", "0.2"),
        ("True", "without quotation marks", "true"),
        ("unspecified", "without quotation marks", '"unspecified"'),
        ("‘always’", "curly", "straight"),
        ("13/25/2026", "not a date that can be read", "year-month-day"),
        ("1/5/26", "not a date that can be read", "year-month-day"),
        ("\uff11\uff10\uff0e\uff15", "not 0 to 9", "here 10.5"),
        ("\u0661\u0662", "not 0 to 9", "here 12"),
    ],
)
def test_numbers_dates_and_words_as_on_paper(value: str, message: str, allowed: str) -> None:
    with pytest.raises(InputError) as caught:
        load_text(f'schema = 1\ntitle = "x"\nstart = {value} # as on paper\n')
    (said,) = caught.value.problems
    assert message in said.message
    assert said.allowed.endswith(allowed) or not allowed.startswith("here ")
    assert allowed in said.allowed
    assert (said.where.line, said.where.column) == (3, 9)


@pytest.mark.parametrize(
    ("line", "column", "message", "allowed"),
    [
        (
            "x = {{ level = {}, lever = 1 }}",
            15,
            "a comma in a number",
            "1500 if a thousand is meant, 1.500 if a decimal is",
        ),
        (
            "x = {{ lever = 1, level = {} }}",
            26,
            "a comma in a number",
            "1500 if a thousand is meant, 1.500 if a decimal is",
        ),
    ],
)
def test_a_number_of_an_inline_table_says_both_readings(line: str, column: int, message: str, allowed: str) -> None:
    said = refused(line.format("1,500"))
    assert (said.where.column, said.message, said.cure) == (column, message, "")
    assert allowed in said.allowed


@pytest.mark.parametrize(
    ("value", "message", "cure"),
    [
        ("1.000,5", "thousands", "1000.5"),
        ("1 000 000", "thousands", "1000000"),
        ("$100", "sign of money", ""),
        ("\u22125", "where a minus is meant", "-5"),
        ("13/05/2026", "not a TOML date", "2026-05-13"),
        ("20 %", "a percentage", ""),
        ("\uff15", "not 0 to 9", "5"),
    ],
)
@pytest.mark.parametrize(
    "line", ["{{ a = 1, level = {}, b = 2 }}", "{{ level = {} }}", '[{{ a = "1,5", level = {} }}]']
)
def test_what_is_mistyped_inside_an_inline_table_is_found_where_it_stands(
    line: str, value: str, message: str, cure: str
) -> None:
    written = "x = " + line.format(value)
    said = refused(written)
    assert message in said.message
    assert said.where.column == written.index(value) + 1
    assert said.cure == cure


@pytest.mark.parametrize("line", ["x = [1, {}, 2]", "x = [{}]", "x = [\n  1,\n  {},\n]", "x = {{ at = [0, {}] }}"])
@pytest.mark.parametrize(
    ("value", "message"), [("1.000.500", "thousands"), ("$100", "money"), ("\u22125", "minus"), ("13/05/2026", "date")]
)
def test_what_is_mistyped_inside_a_list_is_found_where_it_stands(line: str, value: str, message: str) -> None:
    written = line.format(value)
    said = refused(written)
    assert message in said.message
    assert said.where.column == written.split("\n")[said.where.line - 3].index(value) + 1


def refused(line: str) -> Problem:
    """Return the one problem of a line of a plan."""
    with pytest.raises(InputError) as caught:
        load_text(f'schema = 1\ntitle = "x"\n{line}\n')
    (said,) = caught.value.problems
    return said


@pytest.mark.parametrize(
    "line",
    [
        'title = "1,5 “and” 2/3/2026"',
        "x = [1, 5]",
        "x = 1_000",
        "x = 2026-01-05",
        "x = true",
        "# 1,5",
        "",
        "x = 1.000, y",
    ],
)
def test_good_lines_are_not_suspected(line: str) -> None:
    assert mistakes.find(line) is None


def test_spaces_inside_texts_and_comments_stay_as_they_are() -> None:
    line = "title\u00a0=\u00a0\"a\u00a0b\" # c\u00a0d\nx\u202f= 'e\u00a0f'\n"
    assert mistakes.harmless(line) == "title = \"a\u00a0b\" # c\u00a0d\nx = 'e\u00a0f'\n"


def test_a_file_with_no_break_spaces_can_be_rewritten() -> None:
    text = (FILES / "file_nbsp.toml").read_text(encoding="utf-8")
    assert load_text(set_value(text, "measure.aid.level", 150.0)).plan.measure[0].level == 150.0


def test_utf_16_without_its_mark_and_halves_of_letters_are_named(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes("schema = 1".encode("utf-16-le"))
    assert "UTF-16" in problem(file).message
    file.write_bytes(b"\xff\xfe\x00")
    assert "begins like UTF-16, but is not" in problem(file).message
    file.write_bytes("schema = 1".encode("utf-32"))
    assert "UTF-32" in problem(file).message


def test_lines_that_end_as_on_old_macs_are_read(tmp_path: Path) -> None:
    (file := tmp_path / "plan.toml").write_bytes(b'title = "t"\rsource = ["project"]\rstart = 13/05/2026\r')
    assert (problem(file).where.line, problem(file).found) == (3, "13/05/2026")
    file.write_bytes(file.read_bytes().replace(b"13/05/2026", b"2026-05-13"))
    assert load(file).plan.title == "t"


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for name, kind in {"pipe": "a pipe", "socket": "a socket", ".": "a folder"}.items():
            assert problem(tmp_path / name).found == kind
    assert problem("/dev/null").found == "a device"


def test_study_files_are_read_the_same_way(tmp_path: Path) -> None:
    shutil.copy(FILES / "file_ok.toml", tmp_path / "mine.toml")
    file = tmp_path / "study.toml"
    file.write_bytes(b"\xef\xbb\xbf" + 'plans = ["mine.toml"]\nfutures\u00a0= 2\nyears = 1\n'.encode())
    assert spec.read(file).futures == 2
    file.write_text('plans = ["mine.toml"]\nfutures = 1,000\n', encoding="utf-8")
    with pytest.raises(InputError, match="comma in a number"):
        spec.read(file)
