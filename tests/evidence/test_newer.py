"""Newer files of the series: as their producers publish them, joined to what the ledger has, and what changed."""

import csv
import io
from pathlib import Path

import pytest

from premortem.errors import InputError
from premortem.evidence import ledger, newer
from premortem.evidence.newer import ENGLISH, SEIZURES, SPANISH, VICTIMS
from premortem.evidence.reading import data
from premortem.evidence.vintages import MONTHS

TABLES = ledger.load().tables


def victims(
    year: int, months: list[str], crime: str = "Homicidio doloso", modality: str = "Con arma de fuego"
) -> dict[str, str]:
    row = {
        "Año": str(year),
        "Clave_Ent": "25",
        "Entidad": "Sinaloa",
        "Subtipo de delito": crime,
        "Modalidad": modality,
        "Sexo": "Hombre",
    }
    return row | dict(zip(SPANISH, months, strict=True))


def file(folder: Path, name: str, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (folder / name).write_bytes(out.getvalue().encode(encoding))
    return folder


def sinaloa(series: dict[str, tuple[newer.Row, ...]], kind: str) -> newer.Row:
    return next(r for r in series[VICTIMS] if (r["iso"], r["series"], r["year"]) == ("MX-SIN", kind, "2025"))


def test_prosecutors_victims_are_read_in_their_own_form_and_encoding(tmp_path: Path) -> None:
    months = [""] * 6 + ["1,100", "7"] + [""] * 4
    rows = [
        victims(2025, months),
        victims(2025, few := [""] * 6 + ["100", "7"] + [""] * 4, modality="Con otro elemento"),
        victims(2025, few, "Feminicidio", "Con arma blanca"),
    ]
    series = newer.read(file(tmp_path, "IDM_NM_ago25.csv", rows, "latin-1"))
    assert (sinaloa(series, "victims")["m07"], sinaloa(series, "victims")["m08"]) == ("1300", "21")
    assert sinaloa(series, "firearm")["m07"] == "1100"
    before = next(
        r for r in TABLES[VICTIMS].rows if (r["iso"], r["series"], r["year"]) == ("MX-SIN", "victims", "2025")
    )
    assert sinaloa(series, "victims")["m06"] == before["m06"] != ""  # a blank month says nothing
    change = next(one for one in newer.changes(series) if one.table == VICTIMS)
    assert (change.added, change.revised, change.last_before, change.last_now) == (4, 0, "2025-06", "2025-08")


def test_seizures_are_read_as_published_in_pounds_and_fiscal_years(tmp_path: Path) -> None:
    row = {
        "FY": "2026", "Month (abbv)": ENGLISH[4], "Component": "Office of Field Operations", "Region": "Southwest Border",
        "Area of Responsibility": "LAREDO FIELD OFFICE", "Drug Type": "Fentanyl", "Sum Qty (lbs)": "1000", "Count of Event": "3",
    }  # fmt: skip
    autumn = row | {"FY": "2027 (FYTD)", "Month (abbv)": "OCT"}
    series = newer.read(file(tmp_path, "nationwide-drugs.csv", [row, autumn, row | {"Drug Type": "Marijuana"}]))
    kg = {
        (r["year"], r["where"]): r
        for r in series[SEIZURES]
        if (r["series"], r["area"], r["drug"]) == ("kg", "Laredo", "fentanyl")
    }
    assert kg["2026", "ports"]["m05"] == kg["2026", "ports"]["m10"] == "454"


def test_a_table_of_the_ledger_with_newer_rows_is_joined_and_read_again_as_written(tmp_path: Path) -> None:
    table = TABLES["violence.table.national"]
    rows = [dict(row) for row in table.rows] + [
        {"year": "2025", "deaths": "25000", "series": "inegi", "source": "x", "grade": "A", "note": ""}
    ]
    rows[0]["deaths"] = str(2 * int(rows[0]["deaths"]))
    series = newer.read(file(tmp_path, "homicides_national.csv", rows))
    (change,) = newer.changes(series)
    assert (change.added, change.revised, change.largest) == (1, 1, 1.0)
    assert (change.last_before, change.last_now) == ("2025", "2025")
    newer.write(series, tmp_path / "series")
    assert newer.read(tmp_path / "series") == series


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_a_table_of_the_ledger_is_read_with_parted_thousands_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    table = TABLES["violence.table.national"]
    row = {"year": "2025", "deaths": "25,000", "series": "inegi", "source": "", "grade": "A", "note": "Año"}
    file(tmp_path, "homicides_national.csv", [row], encoding)
    (change,) = newer.changes(series := newer.read(tmp_path))
    assert (change.added, change.revised) == (1, 0)
    assert series[table.id][-1]["deaths"] == "25000"


def test_a_decimal_comma_is_no_number(tmp_path: Path) -> None:
    rows = [victims(2025, ["25,5"] + [""] * 11)]
    with pytest.raises(InputError, match="not a number"):
        newer.read(file(tmp_path, "IDM_NM_ago25.csv", rows))


def test_the_ledgers_own_files_change_nothing(tmp_path: Path) -> None:
    for name in ("series_homicide_victims.csv", "series_drug_seizures.csv"):
        (tmp_path / name).write_text((data() / "evidence/tables" / name).read_text(encoding="utf-8"), encoding="utf-8")
    assert [(change.added, change.revised) for change in newer.changes(newer.read(tmp_path))] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("other.csv", "a,b\n1,2\n", "none of the series"),
        ("series_homicide_victims.csv", "iso,year\nMX-SIN,2025\n", "none of the series"),
        ("homicides_national.csv", "year,deaths,series,source,grade,note\n2025,many,inegi,x,A,\n", "not a number"),
        ("homicides_national.csv", "", "none of the series"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        newer.read(tmp_path)
    assert name in str(error.value)


def test_a_folder_without_series_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError):
            newer.read(place)


HOMICIDES = "series_homicide_victims.csv"


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        newer.read(folder)
    return str(error.value)


def seizure(**cells: str) -> dict[str, str]:
    row = {"FY": "2026", "Month (abbv)": "JAN", "Component": "U.S. Border Patrol", "Region": "Southwest Border"}
    office = {"Area of Responsibility": "LAREDO SECTOR", "Drug Type": "Fentanyl"}
    return row | office | {"Sum Qty (lbs)": "1", "Count of Event": "1"} | cells


LATER = {"Month (abbv)": "FEB"}


def month(number: str, iso: str = "MX-SIN") -> dict[str, str]:
    empty = dict.fromkeys(TABLES[VICTIMS].columns, "")
    return empty | {"series": "victims", "iso": iso, "year": "2026", "m01": "1", "m02": number}


@pytest.mark.parametrize(
    ("name", "row", "key", "found"),
    [
        (HOMICIDES, month("-3"), "m02", "-3"),
        ("victims.csv", victims(2026, ["5", "-3"] + [""] * 10), "Febrero", "-3"),
        ("drugs.csv", seizure(**{"Sum Qty (lbs)": "-1,000"}), "Sum Qty (lbs)", "-1,000"),
        ("drugs.csv", seizure(**{"Count of Event": "-1"}), "Count of Event", "-1"),
    ],
)
def test_a_number_below_zero_is_refused_with_its_place(
    tmp_path: Path, name: str, row: dict[str, str], key: str, found: str
) -> None:
    said = refusal(file(tmp_path, name, [row]))
    for part in (f"{name}:2", key, "below zero", f"found:   {found}", "allowed: 0 or more"):
        assert part in said


@pytest.mark.parametrize(
    ("name", "rows", "line", "key"),
    [
        (HOMICIDES, [month("100"), month("1000000000", "MX-ROO")], 3, "m02"),
        ("victims.csv", [victims(2025, ["5"] * 12), victims(2026, ["5", "1e9"] + [""] * 10)], 3, "Febrero"),
        ("drugs.csv", [seizure(), seizure(**LATER, **{"Sum Qty (lbs)": "1e9"})], 3, "Sum Qty (lbs)"),
        ("drugs.csv", [seizure(), seizure(**LATER, **{"Count of Event": "1000000"})], 3, "Count of Event"),
    ],
)
def test_a_number_far_beyond_what_is_recorded_is_refused_with_its_place(
    tmp_path: Path, name: str, rows: list[dict[str, str]], line: int, key: str
) -> None:
    said = refusal(file(tmp_path, name, rows))
    for part in (f"{name}:{line}", key, "far beyond what is recorded", "found:", "times the largest recorded"):
        assert part in said


def test_up_to_ten_times_the_largest_of_its_place_a_number_is_read(tmp_path: Path) -> None:
    of_place = [r for r in TABLES[VICTIMS].rows if (r["iso"], r["series"]) == ("MX-SIN", "victims")]
    most = max(int(r[m]) for r in of_place for m in MONTHS if r[m] != "")
    assert newer.read(file(tmp_path, HOMICIDES, [month(str(10 * most))]))
    assert f"up to {10 * most:,}" in refusal(file(tmp_path, HOMICIDES, [month(str(10 * most + 1))]))


def test_every_table_of_the_ledger_that_can_be_renewed_is_read_as_it_is(tmp_path: Path) -> None:
    for table in newer._names().values():
        newer.write({table: TABLES[table].rows}, tmp_path)
    assert all((one.added, one.revised) == (0, 0) for one in newer.changes(newer.read(tmp_path)))


@pytest.mark.parametrize(
    ("name", "row", "key", "found", "allowed"),
    [
        (HOMICIDES, month("5", "MX-NEW"), "iso", "MX-NEW", "MX-AGU, MX-BCN"),
        (HOMICIDES, month("5") | {"series": "victim"}, "series", "victim", "firearm, victims"),
        ("victims.csv", victims(2026, ["5"] * 12) | {"Clave_Ent": "33"}, "Clave_Ent", "33", "01, 02"),
    ],
)
def test_a_place_or_series_that_nobody_reads_is_refused_with_what_is_known(
    tmp_path: Path, name: str, row: dict[str, str], key: str, found: str, allowed: str
) -> None:
    said = refusal(file(tmp_path, name, [row]))
    for part in (f"{name}:2 {key}", "no such", f"found:   {found}", f"allowed: {allowed}"):
        assert part in said


@pytest.mark.parametrize(
    ("name", "rows", "place"),
    [
        (HOMICIDES, [month("5"), month("5", "MX-ROO"), month("5")], "4 m01"),
        ("victims.csv", [victims(2026, ["5"] * 12), victims(2026, ["6"] * 12)], "3"),
        ("drugs.csv", [seizure(), seizure(**LATER), seizure(**LATER)], "4"),
    ],
)
def test_what_a_file_says_twice_is_refused_with_both_lines(
    tmp_path: Path, name: str, rows: list[dict[str, str]], place: str
) -> None:
    said = refusal(file(tmp_path, name, rows))
    for part in (f"{name}:{place}: the same as in line", "allowed: each once"):
        assert part in said


def test_two_files_that_disagree_about_a_cell_are_refused_and_two_that_agree_are_read(tmp_path: Path) -> None:
    file(tmp_path, HOMICIDES, [month("7")])
    published = victims(2026, ["1", "7"] + [""] * 10, modality="Con otro elemento")
    assert newer.read(file(tmp_path, "victims.csv", [published]))
    said = refusal(file(tmp_path, "victims.csv", [published | {"Febrero": "8"}]))
    for part in (
        "victims.csv m02: another number than in",
        HOMICIDES,
        "8 for victims, MX-SIN, 2026, m02",
        "allowed: 7",
    ):
        assert part in said
