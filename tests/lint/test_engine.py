"""Findings: how sure, where, on what they depend; phases; the same whatever the order of keys; never a crash."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from premortem.errors import InputError
from premortem.lint import lint
from premortem.plan.language import catalogue
from premortem.plan.language.load import load_text
from tests.lint.plans import FORCE, findings, on_base


def test_an_open_violation_is_shown_as_exposure_and_names_the_open_field() -> None:
    sure = findings('[consent]\nmexico = "none"\n' + FORCE)["AU401"]
    assert (sure.severity, sure.open, sure.depends_on) == ("violation", False, ())
    open_ = findings('[consent]\nmexico = "unspecified"\n' + FORCE)["AU401"]
    assert (open_.severity, open_.open, open_.depends_on) == ("exposure", True, ("consent.mexico",))
    assert "AU401" not in findings('[consent]\nmexico = "senate_authorized"\n' + FORCE)


def test_other_severities_stay_when_open() -> None:
    found = findings('[authority.congress]\nconsulted = "unspecified"\n' + FORCE)["AU201"]
    assert (found.severity, found.open) == ("needs-authority", True)


def test_a_finding_stands_at_the_field_it_is_about() -> None:
    plan = on_base('[zone]\nkind = "exclusion"\ndepth_miles = 20\n   residents = "unspecified"\n')
    found = {finding.code: finding.where for finding in lint(plan)}
    assert (found["ZO101"].line, found["ZO101"].column, found["ZO101"].key) == (5, 4, "zone.residents")
    assert (found["ZO106"].line, found["ZO106"].column) == (2, 1), "a field that is not stated has its table's place"


def test_the_same_said_of_several_elements_is_one_finding_at_the_first() -> None:
    plan = on_base(FORCE + FORCE.replace("west", "east"))
    (found,) = [finding for finding in lint(plan) if finding.code == "AU408"]
    assert found.where.key == "task_force.west"
    assert found.also == ("task_force.east",)


def test_the_phase_that_makes_a_finding_sure_is_named_and_gives_the_place() -> None:
    phase = '[[phase]]\nname = "closed"\nfrom_week = 10\nset = { "zone.ports" = "closed" }\n'
    zone = '[zone]\nkind = "screening"\ndepth_miles = 10\nports = "unspecified"\n'
    plan = on_base(zone + phase)
    found = {finding.code: finding for finding in lint(plan)}
    assert (found["AU117"].open, found["AU117"].phase, found["AU117"].where.line) == (False, "closed", 9)
    assert found["ZO106"].phase == "", "what is true at the start is told of the start"
    assert lint(on_base(zone))


def test_a_phase_that_repeats_what_holds_at_the_start_adds_nothing() -> None:
    phase = '[[phase]]\nname = "again"\nfrom_week = 10\nset = { "consent.mexico" = "none" }\n'
    start = '[consent]\nmexico = "none"\n' + FORCE
    with_phase = [(finding.code, finding.phase) for finding in lint(on_base(start + phase))]
    assert with_phase == [(finding.code, "") for finding in lint(on_base(start))]


def test_linting_does_not_depend_on_the_order_of_keys() -> None:
    one = 'title = "T"\nsource = ["project"]\n[zone]\nkind = "exclusion"\ndepth_miles = 20\n[authority]\ncites = ["article2"]\n'
    other = 'source = ["project"]\ntitle = "T"\n[authority]\ncites = ["article2"]\n[zone]\ndepth_miles = 20\nkind = "exclusion"\n'

    def said(text: str) -> set[tuple[str, str, bool, tuple[str, ...]]]:
        return {(f.code, f.message, f.open, f.depends_on) for f in lint(load_text(text + FORCE))}

    assert said(one) == said(other)


def test_linting_twice_says_the_same() -> None:
    plan = on_base(FORCE)
    assert lint(plan) == lint(on_base(FORCE)) == lint(plan)


def words(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(catalogue.vocabulary(name).words)).map(lambda word: f'"{word}"')


def some(name: str) -> st.SearchStrategy[str]:
    return st.lists(words(name), min_size=0, max_size=3, unique=True).map(lambda items: f"[{', '.join(items)}]")


OPEN = st.just('"unspecified"')
flags = st.one_of(OPEN, st.sampled_from(("true", "false")))
weeks = st.one_of(OPEN, st.integers(1, 400).map(str))
shares = st.one_of(OPEN, st.sampled_from(("0.0", "0.2", "0.5")))
counts = st.one_of(OPEN, st.integers(0, 60).map(str))


def table(head: str, **fields: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    rows = st.fixed_dictionaries({}, optional=fields)
    return rows.map(lambda held: head + "".join(f"{key} = {value}\n" for key, value in held.items()))


def inline(*pairs: tuple[str, st.SearchStrategy[str]]) -> st.SearchStrategy[str]:
    rows = st.fixed_dictionaries({}, optional=dict(pairs))
    return rows.map(lambda held: "{ " + ", ".join(f"{key} = {value}" for key, value in held.items()) + " }")


effort = st.one_of(OPEN, inline(("presence", shares), ("raids", shares), ("partner", st.just("0.0"))))
units = inline(("ranger_battalion", counts), ("delta_force", counts), ("infantry_brigade_guard", counts))
task_forces = table(
    '[[task_force]]\nid = "tf"\n',
    base=st.one_of(OPEN, words("base")),
    base_state=words("us_state"),
    regions=st.one_of(OPEN, some("region")),
    units=units,
    personnel=counts,
    effort=effort,
    tasks=some("task"),
    authority=st.one_of(OPEN, some("authority")),
    trigger=st.one_of(OPEN, st.just('"always"'), st.just('"us_killed > 3"')),
    rotation_weeks=st.one_of(OPEN, st.just("30")),
    covert=st.sampled_from(("true", "false")),
    to_week=weeks,
).flatmap(
    lambda text: st.lists(words("reach"), min_size=1, max_size=3, unique=True).map(
        lambda r: f"{text}reach = [{', '.join(r)}]\n"
    )
)
plans = st.tuples(
    table(
        'title = "T"\nsource = ["project"]\n', duration_weeks=weeks, claims=some("claim"), start=st.just("2026-01-05")
    ),
    table("[authority]\n", cites=st.one_of(OPEN, some("authority")), theories=some("theory")),
    table("[consent]\n", mexico=st.one_of(OPEN, words("consent")), scope=some("task"), sought=flags),
    table("[status]\n", groups=st.one_of(OPEN, some("org")), targeting=st.one_of(OPEN, words("targeting"))),
    table("[detention]\n", planned=flags, status=st.one_of(OPEN, words("detention_status")), max_days=weeks),
    st.one_of(
        st.just(""),
        st.tuples(words("zone_kind"), st.one_of(OPEN, st.sampled_from(("0", "3", "20", "100"))), words("side")).map(
            lambda t: f"[zone]\nkind = {t[0]}\ndepth_miles = {t[1]}\nside = {t[2]}\n"
        ),
    ),
    table("[budget]\n", total_musd=counts, appropriated_musd=counts, us_deaths_per_year=counts),
    table("[exit]\n", latest_week=weeks, criteria=st.one_of(OPEN, st.just('"us_support < 0"')), after=words("after")),
    table("[assumes]\n", zone_residents=st.just("1e6"), mx_cooperation=st.just("0.1"), us_support=st.just("0.9")),
    st.one_of(st.just(""), task_forces),
    st.one_of(
        st.just(""),
        words("service").flatmap(
            lambda service: table(
                f'[[domestic]]\nid = "d"\nservice = {service}\n',
                status=st.one_of(OPEN, words("status")),
                personnel=counts,
                tasks=st.one_of(OPEN, some("task")),
                place=words("place"),
            )
        ),
    ),
    st.one_of(
        st.just(""),
        table('[[partner]]\nid = "p"\nservice = "semar"\n', tasks=some("task"), leahy_vetted=flags, authority=OPEN),
    ),
    st.one_of(st.just(""), words("lever").map(lambda lever: f'[[measure]]\nlever = {lever}\nlevel = "unspecified"\n')),
    st.one_of(st.just(""), st.just('[[branch]]\nwhen = "us_killed > 5"\nthen = { stop = true }\nonce = false\n')),
).map("".join)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_no_valid_plan_makes_the_linter_fail(text: str) -> None:
    try:
        plan = load_text(text)
    except InputError:
        return
    found = lint(plan)
    assert all(finding.where.line > 0 and "{" not in finding.message for finding in found)
    assert all(bool(finding.depends_on) is finding.open for finding in found)
