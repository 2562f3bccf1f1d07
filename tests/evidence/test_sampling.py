import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from premortem.errors import InputError
from premortem.evidence import Parameter, parameters, sampling

SIZES = {"org": 22, "region": 38, "flow": 7, "crossing": 21}


def parameter(name: str, prior: str, shape: str = "") -> Parameter:
    meaning = "a parameter made for a test"
    return Parameter(
        mechanism="m", name=name, meaning=meaning, unit="share", prior=prior, shape=shape, grade="assumption"
    )


SOME = {
    p.id: p
    for p in (
        parameter("scalar", "normal(0,1)"),
        parameter("vector", "uniform(0,1)", "org"),
        parameter("shares", "dirichlet([1,2,3])", "cause:3"),
        parameter("matrix", "dirichlet([1,2])", "org,kind:2"),
    )
}


@settings(max_examples=30)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.integers(0, 2**64 - 1))
def test_a_future_gets_the_same_draw_whatever_the_chunk_and_the_company(futures: list[int], seed: int) -> None:
    together = sampling.draw(SOME, seed, futures, {"org": 3})
    for place, future in enumerate(futures):
        alone = sampling.draw({"m.vector": SOME["m.vector"]}, seed, [future], {"org": 3})
        np.testing.assert_array_equal(alone["m.vector"][0], together["m.vector"][place])


def test_more_organisations_keep_the_draws_of_the_first_ones() -> None:
    few, many = (sampling.draw(SOME, 7, range(5), {"org": n})["m.vector"] for n in (3, 150))
    np.testing.assert_array_equal(few, many[:, :3])


def test_an_address_keeps_the_draws_of_a_parameter_that_was_renamed_or_was_an_entry_of_a_vector() -> None:
    renamed = SOME["m.scalar"].model_copy(update={"name": "new", "address": "m.scalar"})
    second = parameter("second", "uniform(0,1)").model_copy(update={"address": "m.vector[1]"})
    was = sampling.draw(SOME, 7, range(5), {"org": 3})
    now = sampling.draw({p.id: p for p in (renamed, second)}, 7, range(5), {})
    np.testing.assert_array_equal(now["m.new"], was["m.scalar"])
    np.testing.assert_array_equal(now["m.second"], was["m.vector"][:, 1])


def test_shapes_are_future_then_axes() -> None:
    drawn = sampling.draw(SOME, 7, range(5), {"org": 4})
    assert {ident: value.shape for ident, value in drawn.items()} == {
        "m.scalar": (5,),
        "m.vector": (5, 4),
        "m.shares": (5, 3),
        "m.matrix": (5, 4, 2),
    }
    np.testing.assert_allclose(drawn["m.matrix"].sum(axis=-1), 1)


def test_parameters_elements_and_seeds_are_independent_of_each_other() -> None:
    n = 4000
    futures = np.arange(n)
    streams = [
        sampling.uniform(seed, name, futures, 2)[:, element]
        for seed in (0, 1)
        for name in ("m.a", "m.b")
        for element in (0, 1)
    ]
    correlation = np.corrcoef(streams) - np.eye(len(streams))
    assert np.abs(correlation).max() < 5 / np.sqrt(n)


def test_uniforms_fill_the_unit_interval_evenly() -> None:
    u = np.sort(sampling.uniform(3, "m.a", np.arange(10_000))[:, 0])
    largest_gap = np.abs(u - (np.arange(10_000) + 0.5) / 10_000).max()
    assert largest_gap < 1.63 / 100  # Kolmogorov-Smirnov at the 1 % level


def test_streams_are_stable_across_versions() -> None:
    drawn = sampling.uniform(7, "arms.flow", np.array([0, 1, 2, 1000]))[:, 0]
    assert drawn.tolist() == [0.3378459237831409, 0.44653361868147284, 0.532745844153075, 0.8939508482626901]


def test_a_design_supplies_the_uniforms_it_names_and_the_median_the_rest() -> None:
    drawn = sampling.draw(SOME, 7, range(3), {"org": 2}, uniforms={"m.scalar": [0.05, 0.5, 0.95]}, at_median=True)
    np.testing.assert_allclose(drawn["m.scalar"], [-1.6448536, 0, 1.6448536], atol=1e-6)
    assert (drawn["m.vector"] == 0.5).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": -1}, "a seed is"),
        ({"seed": 2**64}, "a seed is"),
        ({"futures": [-1]}, "numbered from 0"),
        ({"sizes": {}}, "needs the length of org"),
        ({"uniforms": {"m.scalar": [0.5, 0.5]}}, "does not fit"),
        ({"uniforms": {"m.scalar": [0.0, 0.5, 0.9]}}, "strictly between"),
        ({"uniforms": {"m.scalar": [float("nan"), 0.5, 0.9]}}, "strictly between"),
        ({"uniforms": {"m.nothing": 0.5}}, "not among the parameters"),
    ],
)
def test_bad_requests_give_one_clear_error(change: dict[str, object], says: str) -> None:
    request = {"seed": 7, "futures": range(3), "sizes": {"org": 2}, "uniforms": None} | change
    with pytest.raises(InputError, match=says):
        sampling.draw(SOME, **request)  # type: ignore[arg-type]


def test_every_packaged_prior_draws_finite_numbers() -> None:
    packaged = parameters.load()
    drawn = sampling.draw(packaged, 1, range(64), SIZES)
    assert set(drawn) == {ident for ident, p in packaged.items() if not p.derived}
    assert all(value.dtype == np.float64 and np.isfinite(value).all() for value in drawn.values())


def test_no_two_parameters_share_a_stream() -> None:
    # What is drawn for one organisation takes the place of the common draw: it may have its luck.
    own = [parameter for parameter in parameters.load().values() if parameter.axis != "org"]
    parts = [parameter.stream.removesuffix("]").partition("[") for parameter in own]
    assert len({(zlib.crc32(head.encode()), int(entry or 0)) for head, _, entry in parts}) == len(own)
