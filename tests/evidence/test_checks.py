import pytest

from premortem.evidence import Parameter, checks, links, parameters, units
from premortem.evidence import load as load_evidence
from premortem.evidence.ledger import Ledger


def test_the_packaged_evidence_is_in_order() -> None:
    assert [str(problem) for problem in checks.check()] == []


def test_no_parameter_rests_on_memory() -> None:
    records = load_evidence().records
    grades = {getattr(records[ident], "grade", "A") for p in parameters.load().values() for ident in p.facts}
    assert grades == {"A", "B", "C"}


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("facts", ("drugs.market.us_consumption.meth",), "memory"),
        ("facts", ("arms.flow.southbound_per_year_2023",), "unresolved"),
        ("facts", ("crs_r40733",), "unresolved"),
        ("unit", "firearm/fortnight", "unit"),
        ("prior", "lognormal(170000)", "prior"),
        ("prior", "dirichlet([1,1])", "shape"),
        ("prior", "lognormal(1, 1000)", "quantiles"),
    ],
)
def test_a_broken_parameter_is_one_problem(
    monkeypatch: pytest.MonkeyPatch, field: str, value: object, kind: str
) -> None:
    good = parameters.load()
    broken = {**good, "arms.flow": Parameter.model_validate(good["arms.flow"].model_dump() | {field: value})}
    monkeypatch.setattr(checks, "load_parameters", lambda: broken)
    (problem,) = checks.check()
    assert problem.kind == kind


def test_a_table_whose_file_has_other_columns_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = load_evidence()
    table = ledger.tables["table.remittances"].model_copy(update={"columns": {"year": ""}})
    tables = {**ledger.tables, table.id: table}
    changed = Ledger(
        ledger.sources, ledger.facts, tables, ledger.claims, ledger.rules, ledger.vocabulary, ledger.digest
    )
    monkeypatch.setattr(checks, "load", lambda: changed)
    assert {problem.kind for problem in checks.check()} == {"columns"}


def test_users_of_a_fact_are_parameters_and_claims() -> None:
    users = links.users_of("arms.flow.southbound_per_year_2010_2012")
    assert {(links.kind_of(user), user.id) for user in users} == {
        ("parameter", "arms.flow"),
        ("claim", "guns_500k"),
        ("claim", "gun_running"),
    }


def test_units_convert_and_unknown_ones_are_refused() -> None:
    quantity = units.registry().Quantity
    assert quantity(52.0, "week").to("day").magnitude == pytest.approx(364)
    assert quantity(1.0, "million USD/(person year)").to("USD/(person month)").magnitude == pytest.approx(1e6 / 12)
    assert quantity(3.4, "death/(thousand person year)").to("1/year").magnitude == pytest.approx(0.0034)
    assert units.known("death/(hundred_thousand person year)")
    assert not any(map(units.known, ["persn", "USD per fortnight", "USD/(year", "1 //", "kilofirearm"]))


def test_dollars_and_pesos_do_not_mix() -> None:
    assert not units.registry().Quantity(1.0, "USD").check("[peso]")
