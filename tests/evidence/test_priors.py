import pytest
from hypothesis import given
from hypothesis import strategies as st

from premortem.errors import InputError, Where
from premortem.evidence.priors import parse


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "unexpected text"),
        ("lognormal", "unexpected text"),
        ("lognormal(1,2", "unexpected text"),
        ("lognormal(1,2)x", "nothing may follow"),
        ("lognormal(1,-2)", "must be above 0"),
        ("lognormal(0,1)", "median must be above 0"),
        ("uniform(1,1)", "below the high end"),
        ("uniform(1)", "unexpected text"),
        ("uniform(1,2,3)", "unexpected text"),
        ("loguniform(-1,2)", "0 < low < high"),
        ("beta(nan,1)", "unexpected text"),
        ("normal(1e999,1)", "too large"),
        ("point(uniform(0,1))", "unexpected text"),
        ("dirichlet([1])", "two or more"),
        ("dirichlet([])", "unexpected text"),
        ("mixture(0.5:point(0),0.4:point(1))", "sum to 1"),
        ("mixture(0.5:dirichlet([1,1]),0.5:point(1))", "scalar priors only"),
        ("truncated(normal(0,1),50,60)", "nothing of the prior"),
        ("truncated(mixture(0.5:point(0),0.5:uniform(0,1)),0,1)", "point masses"),
        ("affine(point(1),0,-1)", "point masses"),
        ("affine(normal(0,1),0,0)", "must not be 0"),
        ("inverse(normal(0,1))", "positive"),
        ("__import__(1)", "unknown form"),
    ],
)
def test_a_bad_prior_gives_one_clear_error(text: str, says: str) -> None:
    with pytest.raises(InputError, match="not a prior") as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert says in problem.message


def test_an_unknown_form_names_the_place_and_the_nearest_spelling() -> None:
    with pytest.raises(InputError) as caught:
        parse("affine(lognormel(1,2),0,1)", Where("arms.toml", 12, key="flow.prior"))
    (problem,) = caught.value.problems
    assert problem.nearest == "lognormal"
    assert (problem.where.file, problem.where.line, problem.where.key) == ("arms.toml", 12, "flow.prior")


def test_deep_nesting_is_refused_before_the_stack_ends() -> None:
    with pytest.raises(InputError, match="nested more than"):
        parse("affine(" * 5000 + "point(1)" + ",0,1)" * 5000)


@given(st.text(alphabet="normalbetgumixpoy0123456789.,:()[]-+e ", max_size=60))
def test_hostile_text_gives_a_prior_or_an_input_error(text: str) -> None:
    try:
        parse(text)
    except InputError:
        return


def test_spaces_do_not_matter() -> None:
    assert parse(" mixture( 0.5 : point( 0 ) , 0.5:uniform(0,1) ) ") == parse("mixture(0.5:point(0),0.5:uniform(0,1))")
