import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from premortem.errors import InputError, Problem
from premortem.plan.language import packaged
from premortem.plan.language.load import load, load_text
from premortem.plan.language.words import NONE, UNSPECIFIED

HEAD = 'schema = 1\ntitle = "A plan"\nsource = ["project"]\n'


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as error:
        load_text(text, "plan.toml")
    return error.value.problems


def only(text: str) -> Problem:
    (problem,) = problems(text)
    return problem


@pytest.mark.parametrize("name", [*packaged.names(), "lint_base"])
def test_every_packaged_plan_loads_without_problem_or_warning(name: str) -> None:
    loaded = load(name)
    assert loaded.plan.id == name
    assert loaded.warnings == ()


def test_the_op_ed_keeps_what_it_leaves_open_apart_from_what_it_does_not_mention() -> None:
    loaded = load("border_task_forces")
    assert loaded.plan.zone is not None
    assert loaded.plan.zone.depth_miles == 20
    assert loaded.plan.zone.residents is UNSPECIFIED
    assert loaded.plan.zone.stated("residents")
    assert loaded.plan.budget.ceiling_musd_per_year is NONE
    assert not loaded.plan.budget.stated("ceiling_musd_per_year")
    assert [force.base_state for force in loaded.plan.task_force] == ["TX", "AZ", "CA"]
    assert not loaded.stated("task_force.btfg_texas.rotation_weeks")
    assert loaded.stated("task_force.btfg_texas.units.delta_force")


CASES = [
    # kind, text after the head, line, column, key, fragment of found, nearest
    ("toml_syntax", "a = \n", 4, 5, "", "", ""),
    ("toml_syntax", "start = 2026-02-30\n", 4, 9, "", "2026-02-30", ""),
    ("toml_syntax", "start = 2026-13-01\n", 4, 9, "", "2026-13-01", ""),
    ("toml_syntax", "[zone]\n[zone]\n", 5, 6, "", "", ""),
    ("too_large", f"horizon_weeks = {2**53 + 1}\n", 4, 17, "", "", ""),
    ("too_large", f"claims = {'[' * 65}{']' * 65}\n", 4, 74, "", "", ""),
    ("too_large", f"{'a.' * 70}b = 1\n", 4, 1, "", "", ""),
    ("too_large", "claims = [" + "'urgent_threat'," * 257 + "]\n", 4, 10, "claims", "", ""),
    ("unknown_key", "sumary = 'x'\n", 4, 1, "sumary", "sumary", "summary"),
    ("unknown_key", "[authority.congress]\nconsuted = true\n", 5, 1, "authority.congress.consuted", "consuted", "consulted"),
    ("missing_key", "[zone]\ndepth_miles = 20\n", 4, 1, "zone.kind", "", ""),
    ("unknown_name", "[[partner]]\nid = 'p'\nservice = 'army'\n", 6, 11, "partner.p.service", "army", ""),
    ("wrong_type", "horizon_weeks = '12'\n", 4, 17, "horizon_weeks", "'12'", ""),
    ("wrong_type", "horizon_weeks = true\n", 4, 17, "horizon_weeks", "true", ""),
    ("wrong_type", "horizon_weeks = 12.5\n", 4, 17, "horizon_weeks", "12.5", ""),
    ("wrong_type", "zone = 3\n", 4, 8, "zone", "3", ""),
    ("wrong_type", "claims = 'urgent_threat'\n", 4, 10, "claims", "urgent_threat", ""),
    ("wrong_type", "start = 2026-01-05T00:00:00\n", 4, 9, "start", "2026-01-05", ""),
    ("wrong_type", "[[branch]]\nwhen = 'week > 3'\nthen = {}\n", 6, 8, "branch[0].then", "", ""),
    ("not_finite", "[zone]\nkind = 'presence'\ndepth_miles = nan\n", 6, 15, "zone.depth_miles", "nan", ""),
    ("not_finite", "[zone]\nkind = 'presence'\ndepth_miles = -inf\n", 6, 15, "zone.depth_miles", "-inf", ""),
    ("out_of_range", "[zone]\nkind = 'presence'\ndepth_miles = -5\n", 6, 15, "zone.depth_miles", "-5", ""),
    ("out_of_range", "[[measure]]\nlever = 'drugs.port_scanning'\nlevel = 2\n", 6, 9, "measure[0].level", "2", ""),
    ("date_range", "start = 1999-01-05\n", 4, 9, "start", "1999-01-05", ""),
    (
        "bad_interval",
        "[[task_force]]\nid = 'a'\nreach = ['zone']\nfrom_week = 9\nto_week = 9\n",
        8,
        11,
        "task_force.a.to_week",
        "9",
        "",
    ),
    (
        "bad_interval",
        "[[measure]]\nlever = 'mexico.aid'\nlevel = 60\nweeks = [8, 4]\n",
        7,
        9,
        "measure[0].weeks",
        "[8, 4]",
        "",
    ),
    (
        "share_sum",
        "[[task_force]]\nid = 'a'\nreach = ['zone']\neffort = { raids = 0.7, partner = 0.4 }\n",
        7,
        10,
        "task_force.a.effort",
        "",
        "",
    ),
    (
        "unknown_name",
        "[[task_force]]\nid = 'a'\nreach = ['zone']\nbase = 'fort_blis'\n",
        7,
        8,
        "task_force.a.base",
        "fort_blis",
        "fort_bliss",
    ),
    (
        "unknown_name",
        "[[task_force]]\nid = 'a'\nreach = ['zone']\nunits = { seal_teem = 1 }\n",
        7,
        11,
        "task_force.a.units.seal_teem",
        "seal_teem",
        "seal_team",
    ),
    ("unknown_name", "claims = ['no_go_zoone']\n", 4, 11, "claims[0]", "no_go_zoone", "no_go_zone"),
    ("unknown_name", "[status]\ncombatant = 'title-32'\n", 5, 13, "status.combatant", "title-32", ""),
    ("bad_id", "id = 'Not a slug'\n", 4, 6, "id", "Not a slug", ""),
    ("duplicate_id", "claims = ['no_go_zone', 'no_go_zone']\n", 4, 25, "claims[1]", "no_go_zone", ""),
    ("lookalike", "id = 'pl\u0430n'\n", 4, 6, "id", "", ""),
    ("lookalike", "summary = 'a\u202eb'\n", 4, 11, "summary", "", ""),
    ("lookalike", "'summ\u0430ry' = 'a'\n", 4, 1, "", "", ""),
    ("unspecified_not_allowed", "horizon_weeks = 'unspecified'\n", 4, 17, "horizon_weeks", "unspecified", ""),
    ("bad_reference", "[[branch]]\nwhen = 'week > 3'\nthen = { phase = 'x' }\n", 6, 18, "branch.0.then.phase", "x", ""),
    ("bad_reference", "[[phase]]\nname = 'p'\nset = { title = 'x' }\n", 6, 9, "phase.p.set", "title", ""),
    ("bad_reference", "[[phase]]\nname = 'p'\nset = { 'task_force.x.dwell' = 2 }\n", 6, 9, "phase.p.set", "task_force.x.dwell", ""),
    ("bad_reference", "drop = ['zone']\n", 4, 1, "drop", "", ""),
    ("extends_path", "extends = '../other.toml'\n", 4, 11, "extends", "../other.toml", ""),
    ("extends_not_found", "extends = 'no_such_plan'\n", 4, 11, "extends", "", ""),
    ("expr_syntax", "[exit]\ncriteria = 'week > '\n", 5, 20, "exit.criteria", "the end", ""),
    ("expr_syntax", "[exit]\ncriteria = '1 < week < 3'\n", 5, 22, "exit.criteria", "<", ""),
    ("expr_unknown_name", "[exit]\ncriteria = 'us_kiled > 3'\n", 5, 12, "exit.criteria", "us_kiled", "us_killed"),
    ("expr_type", "[exit]\ncriteria = 'us_killed'\n", 5, 12, "exit.criteria", "person", ""),
    ("expr_unit", "[exit]\ncriteria = 'us_killed > week'\n", 5, 23, "exit.criteria", "week", ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "line", "column", "key", "found", "near"), CASES)
def test_an_error_has_kind_place_key_found_and_nearest(
    kind: str, text: str, line: int, column: int, key: str, found: str, near: str
) -> None:
    problem = only(HEAD + text)
    assert problem.kind == kind
    assert (problem.where.file, problem.where.line, problem.where.column) == ("plan.toml", line, column)
    assert problem.where.key == key
    assert found in problem.found
    assert problem.nearest == near


def test_every_error_kind_of_the_language_has_a_case() -> None:
    kinds = {case[0] for case in CASES} | {"encoding", "extends_cycle"}  # those two have tests of their own
    assert kinds >= {
        "toml_syntax", "encoding", "too_large", "unknown_key", "missing_key", "wrong_type", "not_finite",
        "out_of_range", "date_range", "bad_interval", "share_sum", "unknown_name", "bad_id", "duplicate_id",
        "lookalike", "unspecified_not_allowed", "bad_reference", "extends_path", "extends_not_found", "extends_cycle",
        "expr_syntax", "expr_unknown_name", "expr_type", "expr_unit",
    }  # fmt: skip


def test_all_errors_of_a_file_are_reported_together_in_the_order_of_the_file() -> None:
    found = problems(
        "schema = 2\nsource = ['nobody']\n"
        "[zone]\nkind = 'wall'\ndepth_miles = 200\ncolour = 1\n"
        "[[domestic]]\nid = 'a'\nservice = 'army'\n[[partner]]\nid = 'a'\nservice = 'semar'\n"
    )
    assert [(p.kind, p.where.line) for p in found] == [
        ("missing_key", 1),
        ("out_of_range", 1),
        ("unknown_name", 2),
        ("unknown_name", 4),
        ("out_of_range", 5),
        ("unknown_key", 6),
        ("duplicate_id", 11),
    ]


def test_a_value_set_by_a_phase_is_checked_like_the_field_and_blamed_on_its_line() -> None:
    text = HEAD + (
        "[zone]\nkind = 'presence'\ndepth_miles = 20\n[[measure]]\nid = 'm'\nlever = 'mexico.aid'\nlevel = 60\n"
        "[[phase]]\nname = 'p'\nfrom_week = 4\n"
        "[phase.set]\n'zone.depth_miles' = 300\n'measure.m.level' = 9000\n'zone.residents' = 'evacuated'\n"
    )
    assert [(p.kind, p.where.line) for p in problems(text)] == [("out_of_range", 15), ("out_of_range", 16)]


def test_a_phase_may_open_a_zone_only_if_it_states_all_a_zone_needs() -> None:
    phase = "[[phase]]\nname = 'p'\nset = {{ 'zone.kind' = 'presence'{} }}\n"
    assert only(HEAD + phase.format("")).kind == "missing_key"
    states = load_text(HEAD + phase.format(", 'zone.depth_miles' = 5")).states
    assert states[0].plan.zone is None
    assert states[1].plan.zone is not None
    assert (states[1].phase, states[1].week, states[1].plan.zone.depth_miles) == ("p", None, 5)


def test_phases_build_on_one_another_in_the_order_of_their_weeks_and_the_later_in_the_file_wins() -> None:
    text = HEAD + (
        "[zone]\nkind = 'presence'\ndepth_miles = 20\n"
        "[[phase]]\nname = 'late'\nfrom_week = 9\nset = { 'zone.ports' = 'closed' }\n"
        "[[phase]]\nname = 'early'\nfrom_week = 3\nset = { 'zone.depth_miles' = 10 }\n"
        "[[phase]]\nname = 'again'\nfrom_week = 9\nset = { 'zone.ports' = 'open' }\n"
    )
    loaded = load_text(text)
    assert [state.phase for state in loaded.states] == ["", "early", "late", "again"]
    last = loaded.states[-1].plan.zone
    assert last is not None
    assert (last.depth_miles, last.ports) == (10, "open")
    (warning,) = loaded.warnings
    assert "later in the file" in warning.message
    assert warning.where.line == 18


def test_an_element_and_an_unstated_field_have_a_place() -> None:
    loaded = load_text(
        HEAD
        + "[zone]\nkind = 'presence'\ndepth_miles = 20\n\n[[success]]\noutcome = 'week'\nop = '>'\nlevel = 1\nby_week = 2\n"
    )
    assert loaded.where("zone.depth_miles").line == 6
    assert loaded.where("zone.depth_miles", of_value=True).column == 15
    assert loaded.where("zone.residents").line == 4
    assert loaded.where("success.0.level").line == 11
    assert loaded.where("detention.site").line == 1


def test_a_columns_count_is_in_letters_not_bytes() -> None:
    assert only(HEAD + 'summary = "ñandú"; x = 1\n').where.column == 18
    assert only(HEAD + "locator = 'é'\nstatus = { groups = ['ñ', 'cjng'] }\n").where.column == 22


def test_comments_and_layout_leave_the_content_hash_and_a_changed_value_does_not() -> None:
    text = load("status_quo").source
    first = load_text(text, "status_quo.toml").content_hash
    assert load_text("# more\n" + text.replace(" = ", "   =  "), "status_quo.toml").content_hash == first
    assert load_text(text.replace("8500", "8501"), "status_quo.toml").content_hash != first
    assert load("status_quo").content_hash == first


def test_a_state_goes_by_its_iso_code_or_its_name() -> None:
    text = HEAD + "[[partner]]\nid = 'a'\nservice = 'semar'\nregions = ['MX-NLE', 'Nuevo Leo\u0301n']\n"
    assert only(text).kind == "duplicate_id"
    (partner,) = load_text(text.replace(", 'Nuevo Leo\u0301n'", "")).plan.partner
    assert partner.regions == ("Nuevo León",)


def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(HEAD.encode() + b"summary = '\xff'\n")
    (tmp_path / "big.toml").write_bytes(b"#" * 1_000_001)
    (tmp_path / "binary.toml").write_bytes(b"\x00\x01\x02" * 9)
    expected = {
        "latin.toml": ("encoding", 4), "big.toml": ("too_large", 0),
        "binary.toml": ("encoding", 1), "absent.toml": ("unreadable", 0), "": ("unreadable", 0),
    }  # fmt: skip
    for name, (kind, line) in expected.items():
        with pytest.raises(InputError) as error:
            load(tmp_path / name)
        (problem,) = error.value.problems
        assert (problem.kind, problem.where.line) == (kind, line), name
    with pytest.raises(InputError, match="status_quo"):
        load("statusquo")
    with pytest.raises(InputError):
        load("a\0b")


def test_an_empty_file_lacks_title_and_source() -> None:
    assert [(p.kind, p.where.line) for p in problems("")] == [("missing_key", 1), ("missing_key", 1)]


def test_a_loaded_plan_survives_pickling() -> None:
    plan = load("civil_combination").plan
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_loading_a_plan_needs_no_heavy_library() -> None:
    heavy = ("jax", "polars", "xarray", "zarr", "scipy", "pint")
    code = f"import sys; from premortem.plan.language.load import load; load('status_quo'); print(set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_word_in_brackets_and_words_in_place_of_a_table_get_their_cure() -> None:
    head = 'title = "x"\nsource = ["project"]\n'
    with pytest.raises(InputError) as one:
        load_text(f'{head}[roe]\ntarget_definition = ["hostile_act"]\n')
    assert one.value.problems[0].allowed == '"hostile_act", without brackets'
    with pytest.raises(InputError) as table:
        load_text(f'{head}roe = ["hostile_act"]\n')
    assert table.value.problems[0].allowed == 'a table: [roe] with target_definition = "hostile_act"'
