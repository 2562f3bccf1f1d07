"""``premortem hindcast`` over made-up futures: every score has its naive rivals, samples give the scores again, a stop is no loss."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

import premortem as pm
from premortem.calibration import ahead, hindcast, hindcast_page, metrics, scoreboard
from premortem.calibration.ahead import Ahead
from premortem.calibration.baselines import BASELINES
from premortem.calibration.hindcast import FUTURES, HORIZON
from premortem.calibration.kept import SUMS
from premortem.calibration.targets import MX, TARGETS, US, cells
from premortem.cli.main import build
from premortem.errors import InputError, RunError
from premortem.evidence import calibrated, months
from premortem.evidence.made_of import HINDCAST, hindcast_fitted
from premortem.evidence.reading import data
from premortem.evidence.skill import HONEST, MODEL, SAMPLE, Line, load
from premortem.evidence.vintages import EVER, Vintage
from tests.calibration.test_ahead import STATES

RUNNER = CliRunner()
ORIGIN = "2021-12"
COLUMNS = ["model", "origin", "target", "location", "horizon", "target_end", "sample", "value"]


def made_up(origin: str, horizon: int, futures: int, seed: int, posterior: str = "none") -> Ahead:
    """Return futures in which states have 70 homicides a month, and everything else is 1,000 a month, give or take a third."""
    luck, first = np.random.default_rng(seed), months.of(origin)
    names = ("missing", "overdose_deaths", "fentanyl", "methamphetamine", "cocaine", "heroin")
    values = {name: luck.uniform(700, 1300, (futures, horizon)) for name in names}
    states = luck.uniform(50, 90, (futures, horizon, len(STATES)))
    return Ahead(origin, tuple(range(first, first + horizon)), STATES, values, states)


def invoke(*arguments: str) -> Result:
    words = ["hindcast", *arguments]
    return RUNNER.invoke(build(words), words, env={"COLUMNS": "150"})


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]], pl.DataFrame]:
    """One origin run by the command: the folder, what it printed as JSON, and the samples."""
    folder = tmp_path_factory.mktemp("hindcast")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "simulate", made_up)
        result = invoke(
            "--origins", ORIGIN, ORIGIN, "--runs", str(folder / "runs"), "--export", str(folder / "x.parquet"), "--format", "json"
        )  # fmt: skip
    assert result.exit_code == 0, (result.output, result.exception)
    return folder, json.loads(result.stdout), pl.read_parquet(folder / "x.parquet")


def test_every_score_stands_beside_all_rivals(done: tuple[Path, list[dict[str, Any]], pl.DataFrame]) -> None:
    _, lines, _ = done
    assert {line["target"] for line in lines} == set(TARGETS)
    for line in lines:
        assert set(line["scores"]) == {MODEL, *BASELINES}
        best = min(score for name, score in line["scores"].items() if name != MODEL)
        assert line["ratio"] == pytest.approx(line["scores"][MODEL] / best)
        assert line["scores"][line["rival"]] == best
        assert line["joined"] is not None
        low, high = HONEST
        assert line["range"] == ("too_narrow" if line["in90"] < low else "too_wide" if line["in90"] > high else "holds")
        assert line["joined"] < max(line["scores"][name] for name in (MODEL, "negative_binomial", "ets", "last_value"))
    with pytest.raises(ValueError, match="never shown without its naive rivals"):
        Line.model_validate({name: lines[0][name] for name in Line.model_fields} | {"scores": {MODEL: 1.0}})


def test_the_samples_have_the_columns_and_give_the_scores_again(
    done: tuple[Path, list[dict[str, Any]], pl.DataFrame],
) -> None:
    _, lines, samples = done
    assert samples.columns == COLUMNS
    assert set(samples["model"].unique()) == {MODEL, *BASELINES}
    assert samples["origin"].unique().to_list() == [f"{ORIGIN}-01"]
    assert all(re.fullmatch(r"MX|US|MX-[A-Z]{3}", place) for place in samples["location"].unique())
    assert samples.filter(pl.col("location").is_in([MX, US]))["target"].n_unique() == len(TARGETS)
    counts = samples.group_by(COLUMNS[:-2]).agg(pl.len(), pl.col("sample").n_unique().alias("distinct"))
    assert counts["len"].unique().to_list() == counts["distinct"].unique().to_list() == [FUTURES]

    target, truth = TARGETS["missing"], cells(TARGETS["missing"], Vintage(EVER))
    own = samples.filter((pl.col("model") == MODEL) & (pl.col("target") == "missing") & (pl.col("horizon") <= 6))
    ends = own["target_end"].unique(maintain_order=True).to_list()
    observed = [target.observed(truth, MX, months.of(end)) for end in ends]
    values = np.stack([own.filter(pl.col("target_end") == end)["value"].to_numpy() for end in ends])
    again = metrics.score(values, np.array(observed, np.float64))["crps"].mean()
    (line,) = [line for line in lines if line["target"] == "missing" and line["last"] == 6]
    assert line["scores"][MODEL] == pytest.approx(again)


def test_what_is_in_the_folder_is_not_simulated_again_and_other_runs_are_refused(
    done: tuple[Path, list[dict[str, Any]], pl.DataFrame], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, _, _ = done

    def none(*_: object) -> Ahead:
        raise AssertionError("it was simulated again")

    monkeypatch.setattr(ahead, "simulate", none)
    (kept,) = hindcast.run([ORIGIN], folder / "runs")
    assert kept.states.shape == (FUTURES, HORIZON, len(STATES))
    other = tmp_path / "other"
    other.mkdir()
    about = json.loads((folder / "runs/about.json").read_text(encoding="utf-8"))
    (other / "about.json").write_text(json.dumps(about | {"model": "another"}), encoding="utf-8")
    with pytest.raises(InputError, match="another model"):
        pm.hindcast(ORIGIN, ORIGIN, runs=other)


def test_with_fits_the_fitted_model_stands_beside_on_the_same_cases_and_is_no_rival(
    done: tuple[Path, list[dict[str, Any]], pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From each origin the newest fit that has seen nothing after it is followed; origins before the first fit are left out."""
    (packaged,) = calibrated.packaged()
    whole = json.loads((data() / calibrated.FOLDER / f"{packaged}.json").read_bytes())
    fits, followed = tmp_path / "fits", list[str]()
    fits.mkdir()
    for cut in ("2021-10", "2021-12", "2022-01"):
        (fits / f"{cut}.json").write_text(json.dumps(whole | {"cut": cut}), encoding="utf-8")

    def higher(origin: str, horizon: int, futures: int, seed: int, posterior: str) -> Ahead:
        followed.append(posterior)
        found = made_up(origin, horizon, futures, seed)
        return dataclasses.replace(found, states=10 * found.states)

    monkeypatch.setattr(ahead, "simulate", higher)
    runs, export = tmp_path / "runs", tmp_path / "x.parquet"
    shutil.copytree(done[0] / "runs", runs)
    asked = ("--origins", "2021-09", ORIGIN, "--runs", str(runs), "--fits", str(fits))
    result = invoke(*asked, "--export", str(export), "--format", "json")
    assert result.exit_code == 0, (result.output, result.exception)
    assert followed == [str(fits / "2021-12.json")]
    samples, lines = pl.read_parquet(export), json.loads(result.stdout)
    assert set(samples["model"].unique()) == {MODEL, hindcast.FITTED, *BASELINES}
    assert samples.filter(pl.col("model") != hindcast.FITTED).equals(done[2])
    before = {(one["title"], one["places"], one["first"]): one for one in done[1] if one["protocol"] == "all"}
    assert len(lines) == len(before)
    for line in lines:
        fitted, known = line.pop("fitted"), before[line["title"], line["places"], line["first"]]
        assert line["scores"] == pytest.approx(known["scores"])
        assert (line["cases"], line["in90"], line["joined"]) == pytest.approx(
            tuple(known[name] for name in ("cases", "in90", "joined"))
        )
        if line["target"].startswith("homicide"):
            assert fitted["score"] > 2 * line["scores"][MODEL]
        else:
            assert fitted["score"] == pytest.approx(line["scores"][MODEL])
            assert fitted["in90"] == pytest.approx(line["in90"])
    assert " fitted " in invoke(*asked).output
    assert len(followed) == 1
    pm.hindcast(
        "2022-03", "2022-03", runs=runs, fits=fits
    )  # another origin joins the folder, and the first is still there
    assert len(followed) == 3, "the other origin on priors, and with its fit"
    pm.hindcast(ORIGIN, ORIGIN, runs=runs, fits=fits)
    assert len(followed) == 3
    (fits / "2021-12.json").unlink()
    with pytest.raises(InputError, match="runs of another model"):
        pm.hindcast(ORIGIN, ORIGIN, runs=runs, fits=fits)
    with pytest.raises(InputError, match="no fit that an origin could follow"):
        pm.hindcast("2021-09", "2021-09", runs=runs, fits=fits)


def test_scores_with_fits_are_kept_and_shown_with_priors_and_rivals(
    done: tuple[Path, list[dict[str, Any]], pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    about = {
        "run_on": "2026-11-30",
        "cuts": ("2021-10",),
        "oldest": ORIGIN,
        "newest": ORIGIN,
        "origins": 1,
        "futures": 200,
    }
    rows = [
        {name: one[name] for name in Line.model_fields} | {"fitted": {"score": score, "in50": 0.5, "in90": 0.9}}
        for one, score in zip(done[1], (0.0, 1e9), strict=False)
    ]
    kept = scoreboard.LearnedHindcast.model_validate({**about, "model": "m", "evidence": "e", "lines": rows})
    assert scoreboard.LearnedHindcast.model_validate_json(kept.model_dump_json()) == kept
    monkeypatch.setattr(hindcast_page, "stored", lambda: kept)
    text = hindcast_page.page()
    assert (
        f"loses 1 of 2 rows to at least one rival; on its priors, over the same cases, {sum(one.ratio > 1 for one in kept.lines)}."
        in text
    )
    assert "lowers its error in 1 rows: to 0.00 of that of the priors at best" in text
    assert "hold 82 to 95 % of cases in 2 rows" in text


def test_the_stored_hindcast_with_fits_follows_the_packaged_fits_over_the_cases_of_the_other() -> None:
    kept, folder = scoreboard.stored(), Path(str(data())) / calibrated.PAST
    fits = {cut: calibrated.read(folder / f"{cut}.json") for cut in calibrated.packaged(calibrated.PAST)}
    assert tuple(fits) == kept.cuts == tuple(one.cut for one in fits.values())
    assert all(ranks.passed for one in fits.values() for ranks in one.sbc.values())
    followed = hindcast.fits_for(hindcast.quarterly(), folder)
    assert (min(followed), max(followed), len(followed)) == (kept.oldest, kept.newest, kept.origins)
    priors = [line for line in load().sample if line.protocol == "all"]
    assert [Line.model_validate(one.model_dump(exclude={"fitted"})) for one in kept.sample] == priors
    assert any(one.fitted.score != one.scores[MODEL] for one in kept.sample)


def test_a_file_of_another_origin_is_refused_though_no_sum_was_written(
    tmp_path: Path, done: tuple[Path, list[dict[str, Any]], pl.DataFrame]
) -> None:
    runs = tmp_path / "runs"
    shutil.copytree(done[0] / "runs", runs)
    (runs / SUMS).unlink()
    (runs / f"{ORIGIN}.npz").rename(runs / "2022-03.npz")
    with pytest.raises(RunError, match=rf"(?s)2022-03\.npz: is of another origin.*{ORIGIN}"):
        pm.hindcast("2022-03", "2022-03", runs=runs)


@pytest.mark.parametrize(
    ("origins", "said"),
    [(("2021-13", "2021-12"), "an origin is a month"), (("2021-12", "2020-12"), "before the first")],
    ids=["no month", "backwards"],
)
def test_origins_that_are_none_are_refused(origins: tuple[str, str], said: str, tmp_path: Path) -> None:
    result = invoke("--origins", *origins, "--runs", str(tmp_path / "runs"))
    assert isinstance(result.exception, InputError)
    assert said in str(result.exception)


def test_the_page_counts_losses_and_prints_them_first() -> None:
    text, usual = hindcast_page.page(), [line for line in load().lines if line.protocol == "all"]
    lost = [line for line in usual if line.ratio > 1]
    assert f"loses {len(lost)} to at least one rival" in text
    assert text.index("## Where it loses") < text.index("| it wins |") < text.index("## All scores")
    shown = [text.index(f"\n### {line.title}: {line.places[:6]}") for line in usual]
    assert shown == sorted(shown)
    assert usual[0].ratio > 1 > usual[-1].ratio
    wrong = [line.in90 for line in load().lines if not line.honest]
    assert text.count(", too narrow |") == sum(share < HONEST[0] for share in wrong)
    assert text.count(", too wide |") == sum(share > HONEST[1] for share in wrong)


def test_ranges_of_a_series_are_counted_and_named() -> None:
    rows = [load().lines[0].model_copy(update={"in90": share}) for share in (0.5, 0.9, 0.99, 1.0)]
    assert scoreboard.ranges(rows) == "50 to 100 % of cases; too narrow in 1 of 4; too wide in 2 of 4"
    assert scoreboard.ranges(rows[1:2]) == "90 % of cases"
    assert scoreboard.in_the_past("no series", "nation") == "not scored"


@pytest.mark.slow
def test_a_whole_origin_is_simulated_and_scored(tmp_path: Path) -> None:
    scores = pm.hindcast(SAMPLE, SAMPLE, runs=tmp_path / "runs", fits=Path(str(data())) / calibrated.PAST)
    (ours, *_), states = scoreboard.lines(scores), scores.filter(pl.col("target") == "homicide_victims")
    assert ours.scores[MODEL] > 0
    by_model = dict(states.group_by("model").agg(pl.col("crps").mean()).iter_rows())
    assert by_model[MODEL] < by_model["climatology"]
    if not HINDCAST.older:  # else the page says that the scores are of another version
        again = [line.rounded() for line in scoreboard.lines(scores)]
        assert [line.title for line in again] == [line.title for line in load().sample]
        for line, stored in zip(again, load().sample, strict=True):
            assert line.scores == pytest.approx(stored.scores, rel=1e-3), line.title
    if not hindcast_fitted().older:
        for line, kept in zip(scoreboard.learned(scores), scoreboard.stored().sample, strict=True):
            assert line.fitted.score == pytest.approx(kept.fitted.score, rel=1e-3), line.title
