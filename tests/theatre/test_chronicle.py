"""Every dated event of the ledger acts, sets a start, is a text of the gallery, or is recorded only for a stated reason."""

import pytest

from premortem.errors import DataError, InputError
from premortem.evidence import ledger
from premortem.plan.language import packaged
from premortem.theatre import chronicle


def test_no_event_is_without_a_role_and_no_role_without_its_event_or_its_way_to_act() -> None:
    assert chronicle.faults(packaged.gallery()) == []


def test_the_events_are_those_of_the_ledger_in_order() -> None:
    rows = ledger.load().tables[chronicle.LEDGER].rows
    found = chronicle.chronicle()
    assert len(found) == len(rows) > 200
    assert [one.date for one in found] == sorted(row["date"] for row in rows)
    assert {one.role for one in found} == set(chronicle.ROLES)
    recent = chronicle.chronicle("2026-01-01")
    assert 0 < len(recent) < len(found)
    assert all(one.date >= "2026" for one in recent)


def test_what_is_recorded_only_says_why_and_nothing_else_does() -> None:
    for one in chronicle.chronicle():
        assert bool(one.why) == (one.role == "recorded") != bool(one.by), one


def test_an_event_of_a_new_kind_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    roles = {key: row for key, row in chronicle._roles().items() if key[0] != "transfer"}
    monkeypatch.setattr(chronicle, "_roles", lambda: roles)
    with pytest.raises(DataError, match="transfer"):
        chronicle.chronicle()


@pytest.mark.parametrize("since", ["foo", "2025-13", "2025-02-30"])
def test_a_day_that_is_none_is_refused(since: str) -> None:
    with pytest.raises(InputError, match="no day or month"):
        chronicle.chronicle(since)
