from typing import Any

import numpy as np
import pytest

from premortem.model.index_sets import LEGAL_ELEMENTS, PERMISSIONS
from premortem.model.units import NEVER
from premortem.plan.controls import legal
from premortem.plan.controls.open_fields import Draws
from premortem.plan.language.load import load, load_text
from tests.plan.controls.test_compile import FORCE, HEAD, compiled

FUTURES = np.arange(200)


WEEKS = 104


def during(first: float, last: object) -> Any:
    weeks = np.arange(WEEKS)
    end = last if isinstance(last, int | float) else WEEKS
    return np.broadcast_to((weeks >= first) & (weeks < end), (len(FUTURES), WEEKS)).astype(float)


def by_week(text: str) -> dict[str, Any]:
    """Return exposures [week, future] by element."""
    plan = load_text(HEAD + text).plan
    return dict(zip(LEGAL_ELEMENTS, legal.exposures(plan, Draws(1, FUTURES), during).T, strict=True))


def exposed(text: str) -> dict[str, Any]:
    """Return the greatest exposures [future] of any week."""
    return {element: weeks.max(0) for element, weeks in by_week(text).items()}


def domestic(**fields: str) -> str:
    return '[[domestic]]\nid = "d"\n' + "".join(f"{name} = {value}\n" for name, value in fields.items())


def test_a_plan_without_forces_or_orders_has_no_exposure() -> None:
    status_quo = load("status_quo").plan
    assert (legal.exposures(status_quo, Draws(1, FUTURES), during) == 0).all()
    assert not legal.exposed(status_quo, Draws(1, FUTURES))


def test_force_abroad_is_exposed_in_full_unless_a_statute_authorises_it() -> None:
    assert (exposed(FORCE + '[authority.congress]\nauthorized = "none"\n')["force_abroad"] == legal.VIOLATION).all()
    assert (exposed(FORCE + '[authority.congress]\nauthorized = "enacted"\n')["force_abroad"] == 0).all()
    left_open = exposed(FORCE)["force_abroad"]
    assert 0.75 < left_open.mean() < 0.95  # open: enacted in 15 futures of 100


@pytest.mark.parametrize(
    ("fields", "element", "severity"),
    [
        ({"service": '"army"', "tasks": '["arrest"]', "authority": '["10usc274"]'}, "active", legal.VIOLATION),
        ({"service": '"army"', "tasks": '["arrest"]', "authority": '["insurrection_act"]'}, "active", 0.0),
        (
            {"service": '"army"', "tasks": '["surveillance"]', "authority": '["national_defense_purpose"]'},
            "active",
            legal.EXPOSURE,
        ),
        ({"service": '"ng"', "status": '"title32"', "governor_consent": "false"}, "guard", legal.VIOLATION),
        ({"service": '"ng"', "status": '"title32"', "governor_consent": "true"}, "guard", 0.0),
        ({"service": '"ng"', "status": '"sad"', "governor_consent": "false"}, "guard", 0.0),
        (
            {"service": '"local_police"', "tasks": '["immigration_enforcement"]', "agreement_signed": "false"},
            "local_police",
            legal.NEEDS_AUTHORITY,
        ),
        ({"service": '"local_police"', "tasks": '["police"]', "agreement_signed": "false"}, "local_police", 0.0),
    ],
)
def test_an_element_at_home_is_exposed_by_its_status_tasks_and_basis(
    fields: dict[str, str], element: str, severity: float
) -> None:
    assert (exposed(domestic(**fields))[element] == severity).all()


def test_holding_people_under_the_law_of_war_and_closing_ports_are_exposed() -> None:
    assert (exposed('[detention]\nplanned = true\nstatus = "loac"\n')["detention"] == legal.VIOLATION).all()
    assert (exposed('[detention]\nplanned = false\nstatus = "loac"\n')["detention"] == 0).all()
    assert (exposed("")["detention"] == 0).all()  # nobody who could hold anybody
    force = '[[task_force]]\nid = "west"\nreach = ["home_side"]\npersonnel = 100\n'
    assert exposed(force)["detention"].any()
    closure = '[[measure]]\nlever = "drugs.port_closure"\nlevel = 0.5\n'
    assert (exposed(closure)["ports"] == legal.NEEDS_AUTHORITY).all()


def test_an_element_is_exposed_in_the_weeks_in_which_it_acts_and_no_others() -> None:
    closure = '[[measure]]\nlever = "drugs.port_closure"\nlevel = 0.5\nweeks = [60, 80]\n'
    weeks = np.arange(WEEKS)
    assert (by_week(closure)["ports"][:, 0] > 0).tolist() == ((weeks >= 60) & (weeks < 80)).tolist()
    army = {"service": '"army"', "tasks": '["arrest"]', "authority": '["10usc274"]', "from_week": "30"}
    assert (by_week(domestic(**army))["active"][:, 0] > 0).tolist() == (weeks >= 30).tolist()
    abroad = by_week(f'{FORCE}[authority.congress]\nauthorized = "none"\n')["force_abroad"]
    assert (abroad[:, 0] > 0).tolist() == ((weeks >= 4) & (weeks < 60)).tolist()


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ([], PERMISSIONS),
        (["intel_share"], ("information",)),
        (["train_advise"], ("information", "partnered")),
        (["raid"], ("combat",)),
    ],
)
def test_a_request_for_consent_covers_the_classes_of_its_scope_and_all_if_it_has_none(
    scope: list[str], covered: tuple[str, ...]
) -> None:
    plan = load_text(HEAD + f'[consent]\nmexico = "agency"\nscope = {scope!r}\n'.replace("'", '"')).plan
    assert legal.consent_scope(plan) == [float(name in covered) for name in PERMISSIONS]


def test_what_congress_is_told_arrives_as_written() -> None:
    stated = "[authority.congress]\nconsulted = true\nreport_hours = {hours}\nsafe_withdrawal = true\n"
    made = compiled(stated.format(hours=24)).controls
    assert (np.asarray(made.consulted) == 1).all()
    assert (np.asarray(made.report_hours) == 24).all()
    assert (np.asarray(made.certify) == 1).all()
    never = np.asarray(compiled(stated.format(hours='"none"')).controls.report_hours)
    assert (never == np.float32(NEVER)).all()
