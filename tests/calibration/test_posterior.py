"""The packaged fit: its check done again, and what it does to draws."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import premortem as pm
from premortem.calibration import posterior, prior_runs, sbc, smoother
from premortem.calibration.prior_runs import PriorRuns
from premortem.calibration.record import Simulated, observed
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence import calibrated, parameters
from premortem.evidence.reading import data
from premortem.study.design import Design
from premortem.study.experiment import Experiment, _drawn, parameters_of, rests_on
from premortem.study.spec import make
from premortem.theatre import load

DESIGN = Design("monte_carlo", 600, (), 3)


def drawn(posterior: str, varied: frozenset[str] | None = None) -> dict[str, np.ndarray]:
    return _drawn(DESIGN, varied, "us-mexico", tuple(load("us-mexico").sizes.items()), posterior, 0)


@pytest.mark.parametrize("cut", calibrated.packaged())
def test_the_packaged_fit_passes_its_check_again(cut: str) -> None:
    found = pm.posterior(cut)
    with np.load(Path(str(data())) / calibrated.FOLDER / f"{cut}.npz", allow_pickle=False) as sample:
        scores, record, values = (sample[name].astype(float) for name in ("scores", "record", "values"))
    assert len(scores) == found.members >= 200
    ranks = sbc.check(scores, record).ranks()
    assert ranks.passed
    assert ranks.in50 == pytest.approx(found.sbc["inputs"].in50, abs=0.02)
    assert ranks.in90 == pytest.approx(found.sbc["inputs"].in90, abs=0.01)
    assert max(ranks.histogram) < 0.12
    assert min(ranks.histogram) > 0.08
    moved = smoother.fit(scores, record).move(scores, record, values)
    mean = (moved.mean(axis=0) - scores.mean(axis=0)) / scores.std(axis=0)
    assert mean == pytest.approx(np.array(found.mean), abs=1e-3)
    assert all(one.passed for one in found.sbc.values())


def test_what_a_fit_does_not_touch_keeps_its_bits_and_what_it_touches_keeps_its_order() -> None:
    before, after, fit = drawn("none"), drawn("default"), pm.posterior()
    for ident, values in before.items():
        assert (ident in fit.parameters) != bool((after[ident] == values).all()), ident
    vector = next((one for one in fit.touched if one.name != one.parameter), None)
    if vector is not None:
        others = np.delete(np.arange(before[vector.parameter].shape[-1]), vector.index)
        assert (before[vector.parameter][:, others] == after[vector.parameter][:, others]).all()
    strongest = min((one for one in fit.touched if one.name == one.parameter), key=lambda one: one.score[1])
    assert np.corrcoef(before[strongest.parameter], after[strongest.parameter])[0, 1] > 0.9
    assert after[strongest.parameter].mean() == pytest.approx(strongest.posterior[0], rel=0.05)
    assert after[strongest.parameter].std() == pytest.approx(strongest.posterior[1], rel=0.1)


def test_what_stands_still_stands_at_the_middle_of_the_fit() -> None:
    fit = pm.posterior()
    still = drawn("default", frozenset({"arms.stock"}))
    one = next(one for one in fit.touched if one.name == one.parameter)
    assert np.ptp(still[one.parameter]) == 0.0
    middle = parameters_of("us-mexico")[one.parameter].distribution.quantile(np.array(0.5))
    assert (still[one.parameter][0] > middle) == (fit.mean[fit.touched.index(one)] > 0)


def test_only_what_is_informed_counts_as_calibrated() -> None:
    plain, fitted = rests_on("us-mexico"), rests_on("us-mexico", "default")
    assert plain.calibrated == 0
    assert 0 < fitted.calibrated == len(pm.posterior().informed) < len(pm.posterior().touched)
    assert fitted.calibrated + fitted.sourced + fitted.assumed == fitted.parameters


def test_a_run_follows_the_newest_fit_that_has_seen_nothing_after_its_start() -> None:
    newest = calibrated.packaged()[-1]

    def followed(**asked: Any) -> str:
        return Experiment.of(make(futures=1, years=1, **{"plans": ("status_quo",)} | asked)).fit

    assert followed() == newest
    assert followed(start="2018-01") == followed(start="2026-03") == followed(posterior="none") == "none"
    assert followed(start="2018-01", posterior=newest) == newest
    assert followed(design="latin_hypercube") == followed(uncertainties=("rivalry.*",)) == "none"
    toy = Path(__file__).parents[1] / "data/tiny_theatre"
    assert followed(plans=(str(toy / "status_quo.toml"),), theatre=str(toy)) == "none"


def test_a_run_whose_priors_have_changed_follows_them_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrated.Posterior, "of_the_same_priors", lambda self, known: False)
    made = Experiment.of(make(plans=("status_quo",), futures=1, years=1))
    about = made.provenance()
    assert made.fit == "none"
    assert about.posterior is None
    assert about.rests_on is not None
    assert about.rests_on.calibrated == 0


def test_a_fit_of_other_priors_is_refused() -> None:
    fit = pm.posterior()
    known = dict(parameters_of("us-mexico"))
    fit.require_same_priors(known)
    one = fit.touched[0].parameter
    known[one] = known[one].model_copy(update={"prior": "uniform(0, 1)"})
    with pytest.raises(InputError, match="fit again"):
        fit.require_same_priors(known)


def test_names_and_files_of_fits(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such fit"):
        pm.posterior("1999-01")
    (tmp_path / "bad.json").write_text('{"cut": 5}')
    with pytest.raises(InputError, match="not a fit to the record"):
        pm.posterior(str(tmp_path / "bad.json"))
    with pytest.raises(InputError, match="no fit asked for"):
        pm.posterior("none")
    for cut in ("soon", "2009-01"):
        with pytest.raises(InputError, match="allowed"):
            prior_runs.spec(cut)


def test_a_file_that_is_no_fit_of_this_shape_is_refused_and_a_pipe_is_not_opened(tmp_path: Path) -> None:
    whole = json.loads((data() / "posterior" / f"{calibrated.packaged()[-1]}.json").read_bytes())
    file = tmp_path / "fit.json"
    for change in ({"root": whole["root"][1:]}, {"mean": [0.0]}, {"mean": [1e300] * len(whole["mean"])}):
        file.write_text(json.dumps(whole | change), encoding="utf-8")
        with pytest.raises(InputError, match="not a fit to the record"):
            calibrated.find(str(file))
    os.mkfifo(tmp_path / "pipe")
    for name in ("x" * 300, str(tmp_path / "pipe"), str(tmp_path), "a\0b"):
        with pytest.raises(InputError, match="no such fit"):
            calibrated.find(name)


def test_luck_and_where_a_start_lies_are_never_listed() -> None:
    known = parameters.load()
    assert not known["rivalry.growth_start"].lasting
    assert not known["washington.clock_luck"].lasting
    assert all(known[one.parameter].lasting for one in pm.posterior().touched)


def test_a_fit_moves_what_explains_the_record_and_nothing_else(tmp_path: Path) -> None:
    """Futures in which the share of bodies hidden, and luck, alone decide how many go missing: the share follows the record, up."""
    luck, futures = np.random.default_rng(4), 400
    names = ("rivalry.hidden", "overdose.supply_share", "washington.clock_luck")
    scores = luck.standard_normal((futures, 3))
    yearly = {one.outcome: np.full((futures, 8), 1e5) for one, _ in observed().values()}
    yearly["missing"] = 4_000 * np.exp(0.5 * scores[:, :1] + 0.3 * scores[:, 2:]) * np.ones(8)
    states = tuple(sorted({region.state for region in load("us-mexico").regions}))
    runs = PriorRuns(
        prior_runs.spec("2026-04", futures),
        {},
        parameters_of("us-mexico"),
        tuple((name, 0) for name in names),
        scores,
        Simulated(2018, states, yearly, luck.uniform(500, 2_000, (futures, 8, len(states))), _ones(futures)),
    )
    found = posterior.fit("2026-04", runs)
    assert [one.name for one in found.posterior.touched] == ["rivalry.hidden"]
    (one,) = found.posterior.touched
    assert one.score[0] > 0.5
    assert 0.3 < one.score[1] < 0.9
    assert all(label.startswith("missing") for label in one.informed_by)
    posterior.write(found, tmp_path / "fit.json")
    assert pm.posterior(str(tmp_path / "fit.json")) == found.posterior


def _ones(futures: int) -> dict[str, np.ndarray]:
    return {one.over: np.ones(futures) for one, _ in observed().values() if one.over}


def test_show_and_check_speak_to_programs_and_people() -> None:
    run = CliRunner()
    shown = run.invoke(build(["calibrate"]), ["calibrate", "show", "--format", "json"])
    document = json.loads(shown.stdout)
    first = document["touched"][0]
    assert first.keys() >= {"parameter", "prior", "posterior", "informed_by"}
    assert first["prior"].keys() == {"mean", "sd"}
    checked = run.invoke(build(["calibrate"]), ["calibrate", "check", "--format", "json"])
    assert json.loads(checked.stdout)["passed"] == (checked.exit_code == 0)
    people = run.invoke(build(["calibrate"]), ["calibrate", "show"])
    assert document["touched"][0]["parameter"] in people.stdout
