import json
from pathlib import Path

import polars as pl
import pytest

from premortem.analysis.ledger import edges, export, flowed, units
from premortem.errors import InputError
from premortem.study.store import Store
from tests.provenance import provenance

PROVENANCE = provenance(
    plans=["a"],
    accounts={
        "made": {"unit": "kg", "source": True, "meaning": "made"},
        "stock": {"unit": "kg", "source": False, "meaning": "held"},
        "used": {"unit": "kg", "source": False, "meaning": "used"},
        "people": {"unit": "person", "source": False, "meaning": "people"},
    },
)
TABLE = pl.DataFrame(
    {
        "plan": ["a", "a", "a"],
        "future": [0, 1, 2],
        "fault": [None, None, "week 1: drugs"],
        "account.made": [10.0, 30.0, 99.0],
        "account.stock": [-4.0, -6.0, 99.0],
        "account.used": [14.0, 36.0, 99.0],
        "account.people": [0.0, 0.0, 0.0],
    }
)


def test_an_outside_account_gives_what_it_counts_and_failed_futures_do_not_count() -> None:
    found = flowed(TABLE, PROVENANCE.accounts, "a", "kg")
    assert [(one.name, one.mean) for one in found] == [("used", 25.0), ("made", -20.0), ("stock", -5.0)]
    assert units(PROVENANCE.accounts) == ("kg", "person")


def test_edges_close_unit_by_unit() -> None:
    rows = list(edges(TABLE, PROVENANCE))
    given = sum(row["value"] for row in rows if row["target"] == "ledger (kg)")
    taken = sum(row["value"] for row in rows if row["source"] == "ledger (kg)")
    assert given == taken == 25.0
    made = next(row for row in rows if row["source"] == "made")
    assert (made["unit"], made["low"], made["high"]) == ("kg", 11.0, 29.0)
    assert {row["unit"] for row in rows} == {"kg"}  # nobody moved


class Kept:
    provenance = PROVENANCE

    def table(self) -> pl.LazyFrame:
        return TABLE.lazy()


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_the_ledger_is_written_with_source_target_value_and_unit(tmp_path: Path, ending: str) -> None:
    store: Store = Kept()  # type: ignore[assignment]
    target = tmp_path / f"ledger.{ending}"
    export(store, target)
    rows = pl.read_csv(target).to_dicts() if ending == "csv" else json.loads(target.read_text())
    assert {"plan", "source", "target", "value", "unit"} <= set(rows[0])
    assert len(rows) == 3
    with pytest.raises(InputError, match="no such format"):
        export(store, tmp_path / "ledger.nc")
