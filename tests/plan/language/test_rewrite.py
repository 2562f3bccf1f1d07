import stat
from pathlib import Path

import pytest

from premortem.errors import InputError
from premortem.plan.language import packaged, rewrite
from premortem.plan.language.load import load, load_text
from premortem.plan.language.words import UNSPECIFIED
from premortem.plan.telling import template

OP_ED = packaged.text("border_task_forces")


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in after.splitlines() if line not in before.splitlines()]


def test_setting_a_value_changes_its_line_alone() -> None:
    after = rewrite.set_value(OP_ED, "zone.depth_miles", 10)
    assert changed_lines(OP_ED, after) == ["depth_miles = 10                            # no_go_zone"]
    assert after.count("\n") == OP_ED.count("\n")


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("task_force.btfg_arizona.dwell", 2, "dwell = 2"),
        ("notes", "seen", 'notes = "seen"'),
        ("trade.compensation_musd", 3, "compensation_musd = 3"),
        ("authority.congress.safe_withdrawal", True, "safe_withdrawal = true"),
        ("assumes.us_support", 0.4, "[assumes]"),
        ("measure.arms_oversight.weeks", [0, 52], "weeks = [0, 52]"),
    ],
)
def test_a_field_not_there_yet_is_put_into_its_table(path: str, value: object, text: str) -> None:
    after = rewrite.set_value(OP_ED, path, value)
    assert changed_lines(OP_ED, after)[0] == text
    assert load_text(after).stated(path)


def test_an_element_that_a_variant_inherits_gets_an_entry_of_its_own() -> None:
    before = packaged.text("btf_with_consent")
    after = rewrite.set_value(before, "task_force.btfg_texas.dwell", 2)
    assert changed_lines(before, after) == ["[[task_force]]", 'id = "btfg_texas"', "dwell = 2"]
    assert [force.dwell for force in load_text(after).plan.task_force] == [2, UNSPECIFIED, UNSPECIFIED]


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        ("zone.depth", 10, "unknown_key"),
        ("zone.depth_miles", 1000, "out_of_range"),
        ("task_force.north.dwell", 2, "bad_reference"),
        ("task_force.btfg_texas.dwel", 2, "unknown_key"),
        ("exit.criteria", "week", "expr_type"),
        ("nothing", 1, "unknown_key"),
    ],
)
def test_a_change_that_is_not_valid_is_refused(path: str, value: object, kind: str) -> None:
    with pytest.raises(InputError) as error:
        rewrite.set_value(OP_ED, path, value)
    assert error.value.problems[0].kind == kind


def test_a_new_file_never_replaces_one_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    rewrite.write(file, "one", new=True)
    with pytest.raises(InputError, match="already"):
        rewrite.write(file, "two", new=True)
    rewrite.write(file, "three")
    assert file.read_text() == "three"
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.toml"]
    with pytest.raises(InputError, match="cannot be written"):
        rewrite.write(tmp_path / "absent" / "plan.toml", "one")


def test_a_file_that_is_written_again_keeps_who_may_read_it_and_the_link_to_it(tmp_path: Path) -> None:
    file, link = tmp_path / "plan.toml", tmp_path / "link.toml"
    file.write_text("one")
    file.chmod(0o640)
    link.symlink_to(file)
    rewrite.write(link, "two")
    assert link.is_symlink()
    assert file.read_text() == "two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_drafted_plan_is_valid_and_leaves_open_what_is_not_known() -> None:
    draft = template.Draft(
        "A draft", zone=("exclusion", 12.5), task_forces={"west": "CA", "east": "TX"}, measures={"mexico.aid": 60}
    )
    text = template.write(draft)
    plan = load_text(text).plan
    assert plan.zone is not None
    assert (plan.zone.kind, plan.zone.depth_miles, plan.zone.residents) == ("exclusion", 12.5, UNSPECIFIED)
    assert [(force.id, force.base_state) for force in plan.task_force] == [("west", "CA"), ("east", "TX")]
    assert plan.measure[0].level == 60
    assert plan.start is UNSPECIFIED


def test_every_default_that_a_draft_shows_as_a_comment_is_the_default(tmp_path: Path) -> None:
    draft = template.Draft("A draft", zone=("presence", 5), task_forces={"west": "CA"}, measures={"mexico.aid": 60})
    text = template.write(draft)
    lines = [line[2:] if line.startswith("# ") and " = " in line.split("#")[1] else line for line in text.splitlines()]
    shown = "\n".join(
        line
        for line in lines
        if not line.startswith(("personnel = sum", "payer = by", "renewal = drawn", "chance = drawn", "bill = one"))
    )
    assert load_text(shown).content_hash == load_text(text).content_hash
    assert shown != text


def test_a_drafted_variant_states_only_what_it_changes() -> None:
    text = template.write(template.Draft("A draft", extends="border_task_forces", zone=("presence", 5)))
    plan = load_text(text).plan
    assert plan.zone is not None
    assert (plan.zone.depth_miles, plan.zone.side) == (5, "mx")
    assert len(plan.task_force) == 3


def test_a_value_from_the_command_line_is_toml_or_else_a_word() -> None:
    assert rewrite.read_value("10") == 10
    assert rewrite.read_value("2.5") == 2.5
    assert rewrite.read_value("true") is True
    assert rewrite.read_value("unspecified") == "unspecified"
    assert rewrite.read_value('"week > 3"') == "week > 3"
    assert rewrite.read_value("week > 3") == "week > 3"
    assert rewrite.read_value("{ raids = 0.5 }") == {"raids": 0.5}
    assert rewrite.read_value("[" * 2000) == "[" * 2000


def test_every_packaged_plan_can_be_rewritten_without_loss() -> None:
    for name in packaged.names():
        before = load(name)
        after = rewrite.set_value(before.source, "notes", "x")
        assert changed_lines(before.source, after) == ['notes = "x"']


def test_a_table_that_is_not_there_is_set_by_its_fields() -> None:
    text = 'title = "x" # kept\nsource = ["project"]\n'
    made = rewrite.set_value(text, "zone", {"kind": "presence", "depth_miles": 5})
    assert "# kept" in made
    zone = load_text(made).plan.zone
    assert zone is not None
    assert (zone.kind, zone.depth_miles) == ("presence", 5)
    with pytest.raises(InputError, match="depth_miles"):
        rewrite.set_value(text, "zone.kind", "presence")
