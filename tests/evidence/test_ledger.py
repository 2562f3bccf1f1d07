import dataclasses
import re
from contextlib import nullcontext

import pytest
from pydantic import ValidationError

from premortem.errors import DataError, InputError
from premortem.evidence import load as load_evidence
from premortem.evidence import reading
from premortem.evidence.ledger import Fact

LEDGER = load_evidence()

GOOD = {
    "id": "x.y",
    "topic": "arms",
    "statement": "s",
    "value": 2,
    "low": 1,
    "high": 3,
    "unit": "firearm",
    "period": "2020",
    "place": "MX",
    "sources": ["k"],
    "locator": "p. 1",
    "grade": "A",
}


def test_a_fact_carries_its_range_unit_and_sources() -> None:
    fact = LEDGER.facts["arms.flow.southbound_per_year_2010_2012"]
    assert (fact.value, fact.low, fact.high, fact.unit) == (253000, 106700, 426729, "firearm/year")
    assert [LEDGER.sources[key].year for key in fact.sources] == [2013, 2015]


@pytest.mark.parametrize("kind", ["fact", "table", "claim", "rule", "source"])
def test_every_entry_of_the_files_is_in_the_ledger(kind: str) -> None:
    texts = [
        file.read_text(encoding="utf-8")
        for file in (reading.data() / "evidence").iterdir()
        if file.name.endswith(".toml")
    ]
    written = sum(len(re.findall(rf"^\[\[{kind}\]\]$", text, re.MULTILINE)) for text in texts)
    assert len(getattr(LEDGER, f"{kind}s")) == written > 0


def test_a_table_gives_its_rows_and_a_map_its_features() -> None:
    wanted = {"depth_miles": "20", "code": "00"}
    (total,) = (row for row in LEDGER.tables["geo.border_zone_population"].rows if wanted.items() <= dict(row).items())
    assert 7.0e6 < float(total["population"]) < 8.0e6
    assert len(LEDGER.tables["geo.mx_states_polygons"].rows) == 32


def test_a_table_that_is_not_shipped_says_so() -> None:
    with pytest.raises(DataError, match="not shipped"):
        _ = LEDGER.tables["cartels.table.ties"].rows


def test_the_search_ignores_case_and_accents_and_puts_ids_first() -> None:
    found = [record.id for record in LEDGER.search("MÉTH Consumption")]
    assert found[0] == "drugs.market.us_consumption.meth"
    assert LEDGER.search("no such words at all") == []
    among = [record.id for record in LEDGER.search("us drugs")]
    both = [ident for ident in among if "us" in ident and "drugs" in ident]
    assert 1 < len(both) < len(among)
    assert among[: len(both)] == both


def test_an_unknown_id_gives_the_nearest_spelling() -> None:
    with pytest.raises(InputError) as caught:
        LEDGER["arms.flow.southbound_per_year_2023"]
    assert caught.value.problems[0].nearest == "arms.flow.southbound_per_year_2022"


def test_a_word_that_no_id_is_like_gives_the_ids_that_hold_it() -> None:
    with pytest.raises(InputError) as caught:
        LEDGER["trade"]
    assert not caught.value.problems[0].nearest
    shown, _, more = caught.value.problems[0].allowed.partition(" and ")
    assert "arms.flow.trade_value" in shown
    assert all("trade" in ident for ident in shown.split(", "))
    holding = [ident for ident in LEDGER.records if "trade" in ident]
    assert len(shown.split(", ")) + int(more.removesuffix(" more") or 0) == len(holding)


def test_the_ledger_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        LEDGER.facts["x"] = LEDGER.facts["arms.flow.trade_value"]  # type: ignore[index]
    with pytest.raises(ValidationError):
        LEDGER.facts["arms.flow.trade_value"].value = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        LEDGER.digest = ""  # type: ignore[misc]


@pytest.mark.parametrize(
    "change",
    [
        {"value": 4},
        {"low": float("nan")},
        {"high": float("inf")},
        {"unit": ""},
        {"finding": "both"},
        {"grade": "D"},
        {"sources": []},
        {"valeu": 2},
        {"value": "two"},
    ],
)
def test_an_inconsistent_fact_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fact.model_validate(GOOD | change)


@pytest.mark.parametrize(
    ("number", "refused"), [({}, False), ({"unit": "firearm"}, True), ({"low": 1}, True), ({"high": 3}, True)]
)
def test_a_finding_in_words_has_no_unit_and_no_range(number: dict[str, object], refused: bool) -> None:
    in_words = {key: value for key, value in GOOD.items() if key not in {"value", "low", "high", "unit"}}
    with pytest.raises(ValidationError) if refused else nullcontext():
        Fact.model_validate(in_words | {"finding": "both"} | number)


def test_a_fact_without_a_range_is_a_point() -> None:
    fact = Fact.model_validate({key: value for key, value in GOOD.items() if key not in {"low", "high"}})
    assert (fact.low, fact.value, fact.high, fact.has_range) == (2, 2, 2, False)


def test_a_wrong_entry_is_reported_with_file_line_and_field() -> None:
    text = b'[[fact]]\nid = "a.b"\n\n[[fact]]\nid = "x.y"\nvalue = 4\n'
    rows = [("x.y", GOOD | {"grade": "Z", "valeu": 1})]
    with pytest.raises(DataError) as caught:
        reading.build(Fact, "arms.toml", text, rows)
    assert {(p.where.file, p.where.line, p.message.split(":")[0]) for p in caught.value.problems} == {
        ("arms.toml", 5, "grade"),
        ("arms.toml", 5, "valeu"),
    }


def test_a_broken_file_is_one_problem() -> None:
    with pytest.raises(DataError, match=r"arms\.toml"):
        reading.parse("arms.toml", b"[[fact\n")


def test_the_digest_is_a_hash_of_the_content() -> None:
    assert len(LEDGER.digest) == 64
    assert load_evidence() is load_evidence()
    assert load_evidence().digest == LEDGER.digest
