"""The readers of what people write and bring, each with texts that it accepts: what `tests.hard.fuzz` damages."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from premortem.analysis import weights
from premortem.calibration import forecast
from premortem.calibration.findings import reading as findings
from premortem.decisions import voi
from premortem.evidence import calibrated, ledger, newer, parameters, sampling
from premortem.evidence.reading import data
from premortem.lint.against import against
from premortem.lint.engine import lint
from premortem.plan.language import packaged
from premortem.plan.language.load import load, load_text
from premortem.study import spec
from premortem.study.experiment import parameters_of
from premortem.study.provenance import Provenance
from premortem.theatre import load as load_theatre

Source = tuple[str, Callable[[str], object]]

TINY = Path(__file__).parents[1] / "data" / "tiny_theatre"
STUDY = """plans = ["status_quo", "border_task_forces"]
futures = 20
years = 5
seed = 3
design = "monte_carlo"
uncertainties = ["operations.*"]
outcomes = ["members"]
keep = ["weekly"]
depth_miles = 30
[levers]
"arms.dealer_oversight" = [0, 0.5, 1]
"""
WEIGHTS = "[weights]\nmembers = 2\nhomicides_mx = 1.5\n"
SEIZURES = """FY,Month (abbv),Component,Region,Area of Responsibility,Drug Type,Sum Qty (lbs),Count of Event
2026,JAN,Office of Field Operations,Southwest Border,San Diego Field Office,Fentanyl,"1,200.5",30
2026,FEB,U.S. Border Patrol,Southwest Border,Tucson Sector,Marijuana,14,2
"""
VICTIMS = """Año,Clave_Ent,Subtipo de delito,Modalidad,{months}
2026,1,Homicidio doloso,Con arma de fuego,{numbers}
2026,25,Secuestro extorsivo,x,{numbers}
""".format(months=",".join(newer.SPANISH), numbers=",".join("123456789012"))


def plans(scratch: Path) -> Iterator[Source]:
    for name in packaged.names():
        yield packaged.text(name), load_text


def studies(scratch: Path) -> Iterator[Source]:
    path = scratch / "study.toml"

    def read(text: str) -> object:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return spec.read(path)

    yield STUDY, read


def theatres(scratch: Path) -> Iterator[Source]:
    folder = scratch / "theatre"
    shutil.copytree(TINY, folder, dirs_exist_ok=True)
    for file in sorted(folder.iterdir()):
        whole = file.read_text(encoding="utf-8")

        def read(text: str, file: Path = file, whole: str = whole) -> object:
            file.write_bytes(text.encode("utf-8", "surrogatepass"))
            try:
                return load_theatre(folder).world()
            finally:
                file.write_text(whole, encoding="utf-8")

        yield whole, read


def evidence(scratch: Path) -> Iterator[Source]:
    for path in sorted((data() / "parameters").iterdir(), key=lambda path: path.name):
        mechanism = path.name.removesuffix(".toml")

        def read(text: str, mechanism: str = mechanism) -> object:
            return parameters.read(mechanism, f"{mechanism}.toml", text.encode("utf-8", "surrogatepass"))

        yield path.read_text(encoding="utf-8"), read


def provenances(scratch: Path) -> Iterator[Source]:
    """Headers of run folders that somebody has edited, seal and all: what checksums cannot catch."""
    from premortem.study.store import PROVENANCE, Store
    from tests.report.runs import make

    folder = make(scratch / "run")
    whole = (folder / PROVENANCE).read_text(encoding="utf-8")

    def read(text: str) -> object:
        (folder / PROVENANCE).write_bytes(text.encode("utf-8", "surrogatepass"))
        store = Store(Store.open(folder).folder, Provenance.model_validate(json.loads(whole)))
        return store.status()

    yield whole, read


def as_file(path: Path, read: Callable[[Path], object]) -> Callable[[str], object]:
    """Return a reader of texts that writes each to a file first."""

    def reading(text: str) -> object:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read(path)

    return reading


def causal(scratch: Path) -> Iterator[Source]:
    for file in sorted((data() / "findings").iterdir(), key=lambda file: file.name):
        yield file.read_text(encoding="utf-8"), as_file(scratch / "mine.toml", findings.read)


def posteriors(scratch: Path) -> Iterator[Source]:
    """Fits to the record, and their use: what is read without complaint must move numbers."""
    whole = data() / "posterior" / f"{calibrated.packaged()[-1]}.json"
    touched = {ident: parameters_of("us-mexico")[ident] for ident in calibrated.read(whole).parameters}
    uniforms = sampling.uniforms(touched, 1, np.arange(2), load_theatre("us-mexico").sizes)

    def use(path: Path) -> object:
        fit = calibrated.read(path)
        if not touched.keys() >= set(fit.parameters):
            fit.require_same_priors(touched)
        return fit.applied(uniforms)

    yield whole.read_text(encoding="utf-8"), as_file(scratch / "fit.json", use)


def forecasts(scratch: Path) -> Iterator[Source]:
    whole = forecast.read(forecast.packaged()[-1])
    few = {"quantiles": whole.quantiles[:4], "paths": tuple(row[:4] for row in whole.paths[:5])}
    small = whole.model_copy(update=few)
    sealed = small.model_copy(update={"digest": small.digested()})
    yield sealed.model_dump_json(indent=1), as_file(scratch / "filed.json", lambda path: forecast.read(str(path)))


def series(scratch: Path) -> Iterator[Source]:
    tables = ledger.load().tables
    texts = {"victims.csv": VICTIMS, "seizures.csv": SEIZURES}
    for name, ident in newer._names().items():
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [tables[ident].columns, *(row.values() for row in tables[ident].rows[:30])]
        )
        texts[name] = out.getvalue()
    for number, (name, text) in enumerate(texts.items()):
        folder = scratch / str(number)
        folder.mkdir()

        def read(path: Path) -> object:
            return newer.changes(newer.read(path.parent))

        yield text, as_file(folder / name, read)


def decisions(scratch: Path) -> Iterator[Source]:
    yield WEIGHTS, as_file(scratch / "weights.toml", weights.read)
    yield (
        data().joinpath("proposed_studies.toml").read_text(encoding="utf-8"),
        as_file(scratch / "s.toml", voi.read_proposed),
    )


def linted(scratch: Path) -> Iterator[Source]:
    """What the linter finds in a text, and what that adds to the findings on the plan before."""
    for name in ("border_task_forces", "zone_only", "civil_combination"):
        before = load(name)
        found = lint(before)

        def read(text: str, before: Any = before, found: Any = found) -> object:
            plan = load_text(text)
            return against(plan, lint(plan), before, found).record()

        yield packaged.text(name), read


def gallery(scratch: Path) -> Iterator[Source]:
    for name in packaged.gallery():
        yield packaged.text(name), load_text


def own_data(scratch: Path) -> Iterator[Source]:
    """The reader's own data, laid over the packaged ones: one file of the folder is damaged."""
    from premortem.api.own_data import own_data as use
    from tests.evidence.test_own import GOOD
    from tests.own import nothing_read

    for name, whole in sorted(GOOD.items()):

        def read(text: str, name: str = name) -> object:
            for other, content in GOOD.items():
                (scratch / other).write_bytes((text if other == name else content).encode("utf-8", "surrogatepass"))
            with nothing_read():
                return use(scratch)

        yield whole, read


def instants(scratch: Path) -> Iterator[Source]:
    """Headers of files of instant levers that somebody has edited and sealed again, descriptions of designs, and inputs."""
    from premortem.instant import answer, design, file, inputs
    from premortem.instant.fit import Codes, Fitted
    from premortem.instant.futures import Futures
    from premortem.instant.process import Kernel, Process
    from tests.instant.test_fit import OUTCOMES, TOY, WORDS

    sizes = {"input": len(WORDS), "outcome": len(OUTCOMES), "seen": 16, "component": 3, "step": 4, "code": 5}
    sizes |= {"future": 6, "future_component": 2, "process": 2, "one": 1}
    luck = np.random.default_rng(1)
    made: dict[str, Any] = {name: luck.random([sizes[axis] for axis in axes]) for name, axes in file.AXES.items()}
    kernel = Kernel(np.ones(len(WORDS)), np.ones(len(WORDS)), WORDS, 0.001, 0.001, 0.001)
    process = Process(kernel, TOY.array(TOY.points(sizes["seen"], 1)), np.arange(sizes["seen"]) % 2)
    futures = Futures(**{field.name: made[field.name] for field in dataclasses.fields(Futures)})
    made |= {"refused": made["refused"] > 1, "most_left": np.ones(1), "future_kernel": np.zeros(1)}
    fitted = Fitted(
        (process, process), Codes(made["band"]), futures=futures, **{name: made[name] for name in file.ARRAYS}
    )
    place = scratch / "levers.pmia"
    file.write(file.Levers(TOY, OUTCOMES, 1, 13, {}, {}, {"as_likely": fitted}), place)
    content = place.read_bytes()
    size = int.from_bytes(content[4:8], "little")
    header, arrays = json.loads(content[8 : 8 + size]), content[8 + size :]
    del header["seal"]

    def sealed(text: str) -> object:
        try:
            mine = json.loads(text)
            said = json.dumps(mine | {"seal": file.seal(mine)}).encode()
        except (ValueError, TypeError, RecursionError):
            said = text.encode("utf-8", "surrogatepass")
        place.write_bytes(content[:4] + len(said).to_bytes(4, "little") + said + arrays)
        levers = file.read(place)
        with np.errstate(over="ignore"):  # arrays of something else give numbers of any size
            return answer.at(levers, {one.path: one.of_unit(0.5) for one in levers.inputs.input}, "as_likely")

    assert sealed(json.dumps(header))
    yield json.dumps(header, indent=1), sealed
    folder = scratch / "design"
    design.begin(folder, TOY, plans=2, held=1, parts=1, years=1, seed=1)
    described = folder / design.DESIGN
    yield described.read_text(encoding="utf-8"), as_file(described, lambda _: design.read(folder).points)
    yield (data() / "instant" / "border_task_forces.toml").read_text("utf-8"), as_file(scratch / "i.toml", inputs.read)


KINDS: dict[str, Callable[[Path], Iterator[Source]]] = {
    "plans": plans,
    "gallery": gallery,
    "linter": linted,
    "studies": studies,
    "theatres": theatres,
    "evidence": evidence,
    "findings": causal,
    "posteriors": posteriors,
    "forecasts": forecasts,
    "series": series,
    "decisions": decisions,
    "run folders": provenances,
    "instant": instants,
    "own data": own_data,
}
