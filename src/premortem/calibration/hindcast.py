"""Rolling origins: the model and every naive rival, from what was known then, against what came (docs/hindcast.md).

Each origin is simulated once and kept in a folder, so that a run that was stopped goes on. Scores and samples are made from what is kept.
"""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from premortem import text
from premortem.calibration import ahead, metrics
from premortem.calibration.ahead import Ahead
from premortem.calibration.baselines import BASELINES, POOLED, joined
from premortem.calibration.targets import TARGETS, Cells, Target, cells, past
from premortem.errors import InputError, Problem, RunError, Where
from premortem.evidence import calibrated, ledger, months
from premortem.evidence.made_of import model_digest
from premortem.evidence.skill import MODEL
from premortem.evidence.vintages import EVER, Vintage
from premortem.theatre import nowcast
from premortem.theatre.folder import DEFAULT, Folder

if TYPE_CHECKING:
    from premortem.frames import pl

FITTED, JOINED = "premortem_fitted", "pool_with_premortem"
FUTURES = 200
"""Of the model from an origin, and samples of each rival: all are scored by as many."""
HORIZON = 37
SEED = 4
FIRST, NEWEST, QUARTER = "2007-12", "2024-12", 3
ABOUT = "about.json"
LONGEST = 100_000  # bytes of it

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """Samples [step, sample] of one model for one target at one place from one origin; ``ends`` are the times at which steps end."""

    model: str
    origin: str
    target: Target
    place: str
    ends: list[int]
    samples: Floats

    def horizon(self, end: int) -> int:
        """Return which step ends at a time: months counted from the origin's own, or years counted from the first whole one."""
        return self.ends.index(end) + 1


def quarterly(first: str = FIRST, newest: str = NEWEST) -> tuple[str, ...]:
    """Return every third month from the first to the newest.

    Raises
    ------
    InputError : one of them is no month, or the newest comes first.
    """
    for month in (first, newest):
        if not nowcast.is_month(month):
            raise InputError(Problem("origins", "an origin is a month", found=month, allowed="YYYY-MM"))
    if newest < first:
        raise InputError(Problem("origins", "the newest origin comes before the first", found=f"{first} {newest}"))
    return tuple(months.text(month) for month in range(months.of(first), months.of(newest) + 1, QUARTER))


def run(
    origins: Iterable[str],
    folder: Path,
    horizon: int = HORIZON,
    futures: int = FUTURES,
    progress: Callable[[str], None] | None = None,
    fits: Mapping[str, Path] | None = None,
) -> list[Ahead]:
    """Return the model's futures from each origin, those in the folder as they are, the others simulated and kept there.

    Parameters
    ----------
    fits : origin -> file of the fit that its draws follow; without them, the priors.

    Raises
    ------
    InputError : the folder holds runs of something else, or an origin is none.
    RunError : a file in it is of another origin than its name says.
    """
    asked: dict[str, Any] = {
        "horizon": horizon,
        "futures": futures,
        "seed": SEED,
        "evidence": ledger.load().digest,
        "model": model_digest("calibration/ahead.py"),
    }
    if fits is not None:
        asked["fits"] = {origin: calibrated.read(file).digest for origin, file in sorted(fits.items())}
    wanted = list(origins)
    first, newest = known_starts()
    for origin in wanted:
        if not first <= origin <= newest:
            raise InputError(
                Problem("origins", "no such month among the starts", found=origin, allowed=f"{first} to {newest}")
            )
    _begin(folder, asked)
    named = {} if fits is None else {origin: str(file) for origin, file in fits.items()}
    return [_one(origin, folder, horizon, futures, progress, named.get(origin, calibrated.NONE)) for origin in wanted]


def fits_for(origins: Iterable[str], folder: Path) -> dict[str, Path]:
    """Return for each origin the newest fit of a folder that has seen nothing after it; origins before the first fit are left out.

    Raises
    ------
    InputError : the folder holds no fit, something else by that name, or none for any of the origins.
    """
    cuts = {calibrated.read(file).cut: file for file in sorted(folder.glob("*.json"))}
    found = {origin: cuts[max(seen)] for origin in origins if (seen := [cut for cut in cuts if cut <= origin])}
    if not found:
        allowed = "files of `premortem calibrate fit`, of a cut not after the newest origin"
        raise InputError(Problem("fits", "no fit that an origin could follow", found=str(folder), allowed=allowed))
    return found


def known_starts() -> tuple[str, str]:
    """Return the first and the last month that the packaged theatre can start in."""
    rules = nowcast.read(Folder.find(DEFAULT))
    assert rules is not None  # it has them
    return nowcast.reach(rules)


def _begin(folder: Path, asked: dict[str, Any]) -> None:
    """Write down what a folder holds, or check that it holds what is asked for: of other origins it may hold more."""
    file = folder / ABOUT
    if file.exists():
        try:
            found = json.loads(text.read(file, LONGEST))
        except (ValueError, RecursionError):
            found = None
        if found == asked:
            return
        if isinstance(found, dict) and isinstance(found.get("fits"), dict) and "fits" in asked:
            agree = all(asked["fits"].get(origin, fit) == fit for origin, fit in found["fits"].items())
            asked = asked | {"fits": found["fits"] | asked["fits"]}
            found = found | {"fits": asked["fits"]} if agree else None
        if found != asked:
            raise InputError(
                Problem(
                    "runs", "these are runs of another model, data, horizon or number of futures", found=str(folder)
                )
            )
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asked), encoding="utf-8")


def _one(
    origin: str, folder: Path, horizon: int, futures: int, progress: Callable[[str], None] | None, posterior: str
) -> Ahead:
    file = folder / f"{origin}.npz"
    if not file.is_file():
        made = ahead.simulate(origin, horizon, futures, SEED, posterior)
        partial = file.with_suffix(".partial.npz")
        arrays: dict[str, Any] = {name: values.astype(np.float32) for name, values in made.values.items()}
        arrays |= {"_months": made.months, "_codes": made.codes, "_states": made.states.astype(np.float32)}
        np.savez_compressed(partial, **arrays)
        partial.replace(file)
    if progress is not None:
        progress(origin)
    with np.load(file, allow_pickle=False) as kept:
        values = {name: kept[name].astype(np.float64) for name in kept.files if not name.startswith("_")}
        codes = tuple(str(code) for code in kept["_codes"])
        covered = tuple(int(month) for month in kept["_months"])
        if covered[:1] != (months.of(origin),):
            message = "is of another origin; remove it, and the same command computes it again"
            raise RunError(Problem("damaged", message, Where(str(file)), months.text(covered[0]) if covered else ""))
        return Ahead(origin, covered, codes, values, kept["_states"].astype(np.float64))


def forecasts(
    target: Target,
    origin: str,
    model: Ahead | None,
    vintage: Vintage,
    horizon: int,
    samples: int = FUTURES,
    fitted: Ahead | None = None,
) -> Iterator[Forecast]:
    """Yield the model's forecasts of a target and those of every rival; none where too little was known.

    Parameters
    ----------
    model : the model's futures from the origin, None for the rivals alone.
    vintage : what was known at the origin: nothing else is read.
    samples : of each rival.
    fitted : futures that follow a fit to what was known then, of a model of its own name.
    """
    if (history := past(known := cells(target, vintage), target)) is None:
        return
    places, counted, last = history
    ends = [end for end in target.ends(months.of(origin), horizon) if end > last]
    if not ends:
        return
    steps = np.array(ends) - last
    for name, baseline in BASELINES.items():
        luck = np.random.default_rng([SEED, months.of(origin), zlib.crc32(f"{target.id} {name}".encode())])
        drawn = baseline(counted, steps, target.span, luck, samples)
        for place, values in zip(places, drawn, strict=True):
            yield Forecast(name, origin, target, place, ends, values)
    for name, one in ((MODEL, model), (FITTED, fitted)):
        if one is not None:
            given = one.samples(target, ends, ahead.factors(target, vintage, one.codes))
            for place in known:
                yield Forecast(name, origin, target, place, ends, given[place])


def vintage_of(origin: str) -> Vintage:
    """Return what was known at an origin, the first Monday of its month."""
    return Vintage(nowcast.first_monday(origin))


def scores(
    origins: Iterable[str],
    runs: Iterable[Ahead | None],
    horizon: int = HORIZON,
    export: Path | None = None,
    targets: Mapping[str, Target] = TARGETS,
    fitted: Mapping[str, Ahead] | None = None,
) -> pl.DataFrame:
    """Return a row a model, target, origin, place and step whose outcome is known, with the metrics of `premortem.calibration.metrics`.

    Parameters
    ----------
    export : Parquet file for every sample of every forecast, as `rows` has them.
    fitted : origin -> futures that follow a fit to what was known then.

    Raises
    ------
    InputError : nothing of what followed these origins is known.
    """
    import tempfile

    from premortem.frames import pl

    truth = {ident: cells(target, Vintage(EVER)) for ident, target in targets.items()}
    parts = []
    with tempfile.TemporaryDirectory(dir=export.absolute().parent if export else None) as folder:
        for origin, model in zip(origins, runs, strict=True):
            vintage = vintage_of(origin)
            for ident, target in targets.items():
                scored = not target.yearly or origin.endswith(
                    "-12"
                )  # calendar years are scored once a year, in December
                learned = None if fitted is None else fitted.get(origin)
                wanted = scored or export
                found = list(forecasts(target, origin, model, vintage, horizon, fitted=learned)) if wanted else []
                if found and export:
                    rows(found).write_parquet(Path(folder) / f"{origin}_{ident}.parquet")
                if not scored:
                    continue
                found += _joined(found)
                for name in dict.fromkeys(one.model for one in found):
                    if frame := _scored([one for one in found if one.model == name], truth[ident]):
                        parts.append(pl.DataFrame(frame))
        if export and any(Path(folder).iterdir()):
            pl.scan_parquet(Path(folder) / "*.parquet").sink_parquet(export)
    if not parts:
        raise InputError(Problem("origins", "nothing of what followed these origins is known yet"))
    return pl.concat(parts)


def _joined(found: list[Forecast]) -> list[Forecast]:
    """Return the pool with the model as one more member, place by place; nothing where there is no model."""
    by_place: dict[str, dict[str, Forecast]] = {}
    for one in found:
        by_place.setdefault(one.place, {})[one.model] = one
    return [
        dataclasses.replace(
            members[MODEL], model=JOINED, samples=joined([members[name].samples for name in (MODEL, *POOLED)])
        )
        for members in by_place.values()
        if MODEL in members
    ]


def _scored(found: list[Forecast], truth: Cells) -> dict[str, Any]:
    cases = [
        (one, end, i, value)
        for one in found
        for i, end in enumerate(one.ends)
        if (value := one.target.observed(truth, one.place, end)) is not None
    ]
    if not cases:
        return {}
    results = metrics.score(
        np.stack([one.samples[i] for one, _, i, _ in cases]), np.array([value for *_, value in cases])
    )
    return {
        "model": [one.model for one, *_ in cases],
        "target": [one.target.id for one, *_ in cases],
        "origin": [one.origin for one, *_ in cases],
        "location": [one.place for one, *_ in cases],
        "horizon": [one.horizon(end) for one, end, *_ in cases],
        "target_end": [one.target.date(end) for one, end, *_ in cases],
        "observed": [value for *_, value in cases],
        **results,
    }


def rows(found: Iterable[Forecast]) -> pl.DataFrame:
    """Return forecasts as rows of samples: model, origin, target, location, horizon, target_end, sample, value.

    Months are written as ISO dates: an origin by its first day, a step by its last.
    """
    from premortem.frames import pl

    parts = []
    for one in found:
        steps, samples = one.samples.shape
        parts.append(
            pl.DataFrame(
                {
                    "horizon": np.repeat(np.arange(1, steps + 1, dtype=np.int16), samples),
                    "sample": np.tile(np.arange(samples, dtype=np.int32), steps),
                    "value": one.samples.ravel(),
                }
            ).with_columns(
                model=pl.lit(one.model),
                origin=pl.lit(months.first(months.of(one.origin)).isoformat()),
                target=pl.lit(one.target.id),
                location=pl.lit(one.place),
                target_end=pl.Series(np.repeat([one.target.date(end) for end in one.ends], samples)),
            )
        )
    columns = ["model", "origin", "target", "location", "horizon", "target_end", "sample", "value"]
    return pl.concat(parts).select(columns)
