"""Whatever is thrown at the loader, it answers with a plan or with problems that have a place."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from premortem.errors import InputError, Problem
from premortem.plan.language import fields, packaged
from premortem.plan.language.load import load, load_text

WORDS = [
    *(path.rpartition(".")[2] for path in fields.fields()),
    *fields.tables(),
    "unspecified",
    "none",
    "always",
    "end",
]
SCRAPS = [
    *"[]{}=,.\"'#\\\n\té\u202e", "[[", "]]", '"""', "\r\n", "0x", "1e999", "-nan", "2026-01-05", "9" * 30,
]  # fmt: skip
TEXTS = {name: packaged.text(name) for name in packaged.names()}
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answers(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        loaded = load_text(text, "plan.toml")
    except InputError as error:
        problems = error.problems or (Problem("", ""),)
    else:
        assert loaded.states
        assert loaded.content_hash
    for problem in problems:
        assert problem.kind
        assert problem.message
        assert problem.where.line >= 1, problem
        assert problem.where.line <= text.count("\n") + 1 or problem.where.file != "plan.toml"
        assert str(problem)


@quick
@given(st.lists(st.one_of(st.sampled_from(SCRAPS), st.sampled_from(WORDS), st.text(max_size=4)), max_size=40))
def test_random_scraps_never_end_in_a_traceback(parts: list[str]) -> None:
    answers(" ".join(parts))


@quick
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_a_damaged_plan_never_ends_in_a_traceback(name: str, data: st.DataObject) -> None:
    text = TEXTS[name]
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 60)))
    put = data.draw(st.one_of(st.sampled_from(SCRAPS), st.sampled_from(WORDS), st.text(max_size=6)))
    answers(text[:start] + put + text[stop:])


values = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**60), 2**60),
        st.floats(),
        st.dates(),
        st.text(max_size=5),
        st.sampled_from(WORDS),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)),
    max_leaves=8,
)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {toml(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08X}" for letter in value if not 0xD800 <= ord(letter) < 0xE000) + '"'
    return str(value).replace("+", "")


@quick
@given(st.dictionaries(st.sampled_from(fields.keys("")), values, max_size=8))
def test_values_of_any_type_in_any_field_never_end_in_a_traceback(entries: dict[str, object]) -> None:
    answers("\n".join(f'"{key}" = {toml(value)}' for key, value in entries.items()))


@quick
@given(st.sampled_from(sorted(path for path in fields.fields() if "." in path)), values)
def test_any_value_in_a_field_of_any_table_never_ends_in_a_traceback(path: str, value: object) -> None:
    table, _, key = path.rpartition(".")
    if "[].then" in table:
        table, key = "branch[]", "then"
    name = table.removesuffix("[]")
    head = f"[[{name}]]" if table.endswith("[]") else f"[{name}]"
    answers(f'title = "x"\nsource = ["project"]\n{head}\n{key} = {toml(value)}\n')


@given(st.binary(max_size=300))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_that_are_no_text_never_end_in_a_traceback(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes(data)
    with pytest.raises(InputError):
        load(file)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 400_000,
        "a = " + "{a=" * 200_000,
        "[" + "a." * 300_000 + "a]",
        "a." * 300_000 + "a = 1",
        "a = " + "9" * 900_000,
        "a = [" + "1," * 300_000 + "]",
        "\n".join(f"k{i} = 1" for i in range(60_000)),
        "[[task_force]]\n" * 60_000,
        'a = """' + "\\u0041" * 100_000 + '"""',
        "[exit]\ncriteria = '" + "not " * 5000 + "true'",
        "[exit]\ncriteria = '" + "(" * 200 + "1" + ")" * 200 + " > 0'",
        "[exit]\ncriteria = '" + "-" * 450 + "1 > 0'",
    ],
    ids=lambda text: text[:12],
)
def test_a_huge_or_deep_file_is_refused(text: str) -> None:
    with pytest.raises(InputError) as error:
        load_text(text, "plan.toml")
    assert len(error.value.problems) <= 102
