from typing import Any

import pytest

from premortem.claims import encoding
from premortem.coverage import Cover, coverage
from premortem.errors import InputError
from premortem.evidence import Claim
from premortem.evidence import load as load_evidence


def claim(ident: str, **changed: Any) -> Claim:
    return load_evidence().claims[ident].model_copy(update=changed)


def cover(ident: str, **changed: Any) -> Cover:
    (found,) = coverage([claim(ident, **changed)])
    return found


def test_every_claim_of_the_op_ed_does_something_in_the_software() -> None:
    assert {found.claim.id: found.lacking for found in coverage(load_evidence().claims.values()) if found.lacking} == {}


def test_every_element_of_the_plan_is_shown_by_alteration() -> None:
    elements = [c for c in load_evidence().claims.values() if c.kind == "plan-element"]
    assert elements
    assert all(c.altered and encoding(c).fields for c in elements)


def test_what_an_alteration_changes_is_named() -> None:
    (alteration,) = cover("no_go_zone", altered=("zone.depth_miles = 10",)).alterations
    assert alteration.controls == ("orders.zone_share", "orders.zone_depth")
    assert "ZO101" in alteration.rules


@pytest.mark.parametrize(
    ("altered", "simulated", "linted"),
    [
        (("zone.depth_miles = 10",), True, True),
        (("zone.depth_miles = 10", "budget.total_musd = 5"), False, True),
        (("task_force = [{ id = 'btfg_texas', forward_share = 0.4 }]",), True, False),
    ],
)
def test_simulated_and_linted_are_told_apart(altered: tuple[str, ...], simulated: bool, linted: bool) -> None:
    found = cover("no_go_zone", altered=altered)
    assert found.covered
    assert (found.simulated, found.linted) == (simulated, linted)


def test_a_claim_without_altered_plans_counts_where_something_carries_it() -> None:
    found = cover("guns_500k", altered=())
    encoded = encoding(found.claim)
    assert found.simulated == bool(encoded.parameters or encoded.outcomes)
    assert found.linted == bool(encoded.rules)


@pytest.mark.parametrize(
    ("ident", "changed", "lacking"),
    [
        ("no_go_zone", {"altered": ('title = "Another"',)}, 'nothing changes with: title = "Another"'),
        (
            "no_go_zone",
            {"altered": ("zone.depth_miles = 10", 'claims = ["pkm"]')},
            'nothing changes with: claims = ["pkm"]',
        ),
        ("no_go_zone", {"altered": ('exit.after = "withdraw"',)}, None),
        ("no_go_zone", {"altered": ()}, "no altered plan"),
        ("narco_tanks", {"evidence": ()}, "no fact, or neither parameter, outcome nor rule"),
        ("sovereignty_threat", {"id": "another", "evidence": ()}, "neither outcome nor rule"),
        ("zone_stops_flows", {"id": "another"}, "no fact, outcome or [[expect]]"),
        ("imminent_threat", {"id": "another", "evidence": (), "rules": (), "altered": ()}, "no lint rule"),
    ],
)
def test_what_keeps_a_claim_from_being_covered_is_said(
    ident: str, changed: dict[str, Any], lacking: str | None
) -> None:
    found = cover(ident, **changed)
    assert found.lacking == (lacking or "")
    assert found.covered is (lacking is None)


def test_an_altered_plan_that_is_not_valid_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match="claim no_go_zone:2"):
        cover("no_go_zone", altered=("zone.depth_miles = -1",))
