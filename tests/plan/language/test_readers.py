from __future__ import annotations

from datetime import date

from premortem.lint import rules
from premortem.model.conditions import OWNER
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.plan.language import publish, readers
from premortem.plan.language.fields import FILE, JUDGED, fields, names_an_element
from premortem.plan.language.load import load, load_text

LISTED = date(2026, 11, 28)
NOTHING_READS: dict[str, tuple[date, str]] = {}
"""Fields that neither the simulation nor the linter reads yet, with the day they were listed and why; the list only shrinks."""


def test_every_field_has_its_readers_and_they_exist() -> None:
    known = {mechanism.name for mechanism in MECHANISMS} | {OWNER}
    assert set(readers.readers()) == set(fields())
    assert {name for found in readers.readers().values() for name in found.mechanisms} <= known
    assert {code for found in readers.readers().values() for code in found.rules} <= set(rules())


def test_every_field_is_read_but_for_what_is_listed() -> None:
    meant = [
        row
        for row in fields()
        if row not in FILE and row.partition("[]")[0] not in JUDGED and not names_an_element(row)
    ]
    unread = [row for row in meant if not readers.of(row).simulated and not readers.of(row).linted]
    assert sorted(unread) == sorted(NOTHING_READS)
    assert all(listed <= LISTED for listed, _ in NOTHING_READS.values())


def test_every_field_that_the_linter_alone_reads_says_why_and_no_other() -> None:
    meant = [row for row in fields() if row not in FILE and row.partition("[]")[0] not in JUDGED]
    alone = [row for row in meant if readers.of(row).linted and not readers.of(row).simulated]
    assert sorted(readers.linted_only()) == sorted(alone)


def test_what_is_read_is_what_was_found_by_changing_it() -> None:
    depth = readers.of("zone.depth_miles")
    assert {"orders.zone_share", "orders.zone_depth"} <= set(depth.controls)
    assert {"people", "crossings"} <= set(depth.mechanisms)
    assert readers.of("exit.criteria").mechanisms == (OWNER,)
    assert not readers.of("detention.standard").simulated
    assert "AU304" in readers.of("detention.standard").rules
    assert readers.of("title") == readers.Readers()


def test_stated_values_that_nothing_simulates_are_named_and_open_ones_are_not() -> None:
    text = (
        'extends = "status_quo"\n[detention]\nstandard = "none"\nreview = "unspecified"\n[exit]\nafter = "withdraw"\n'
    )
    stated = readers.unsimulated(load_text(text).plan)
    assert ("detention.standard", "detention.standard") in stated
    assert not {row for _, row in stated} & {"detention.review", "exit.after", "title", "success[].level"}


def test_an_element_is_named_by_its_id() -> None:
    paths = [path for path, row in readers.unsimulated(load("every_field").plan) if row == "partner[].leahy_vetted"]
    assert paths == ["partner.frontera_norte.leahy_vetted"]


def test_the_page_says_who_reads_a_field() -> None:
    assert "people" in publish.read_by(fields()["zone.depth_miles"])
    assert publish.read_by(fields()["detention.standard"]).startswith("the linter alone, as a matter of law")
    assert publish.read_by(fields()["detention.standard"]).endswith(": AU304")
    assert publish.read_by(fields()["title"]) == "the file itself"
    assert publish.read_by(fields()["success[].level"]) == "judged after the run"
