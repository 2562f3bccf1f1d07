"""Shows that a change moved no number, and says so in the stored results: else hours of runs are thrown away for a word in a docstring.

python scripts/same_numbers.py REVISION [FILE ...]

Runs the sample below with the code and data of REVISION and with those of this checkout, on this machine, and compares all numbers bit for
bit. Only if every one is equal are the digests renewed of those stored results that were current at REVISION; a line for
docs/verification.md is printed. What was out of date stays so, and a filed forecast is never touched.

FILE: below src/premortem, not run by the sample, whose change you have read and which moves no number; it is named in the line. A plan's
file (data/plans/...): its own numbers are meant to change, and it is left out of the sample, which no stored result but its own rests on.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
FUTURES, YEARS = 8, 5
ORIGINS, FINDINGS = ("2009-03", "2017-12", "2024-12"), 20
"""Origins of the hindcast, and findings that can be run, of the sample."""
RUN = (
    *(f"calibration/{name}.py" for name in ("ahead", "baselines", "hindcast", "metrics", "scoreboard", "targets")),
    *(
        f"calibration/findings/{name}.py"
        for name in ("dilution", "estimands", "halves", "interventions", "places", "reading", "run")
    ),
    "data/posterior/",
    "study/",
)
"""Files beside the model that the sample runs, or that are renewed themselves."""
PLANS = "data/plans/"


def sample(folder: Path, meant: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Run the sample with the code that is imported, without the plans that are ``meant`` to change; yield what was run, and a digest."""
    import premortem as pm
    from premortem.calibration import ahead, hindcast, scoreboard
    from premortem.calibration.findings import reading, results, run
    from premortem.plan.language import packaged

    plans = [name for name in (*packaged.names(), *packaged.gallery()) if name not in meant]
    keys = f'plans = {json.dumps(plans)}\nfutures = {FUTURES}\nyears = {YEARS}\nkeep = ["weekly", "regional", "mapped", "draws"]\n'
    for posterior in ("none", "default"):
        file = folder / f"{posterior}.toml"
        file.write_text(f'{keys}posterior = "{posterior}"\n', encoding="utf-8")
        study = pm.study(file, folder / posterior)
        yield f"{len(plans)} plans in {FUTURES} futures of {YEARS} years, posterior {posterior}", study.digest()
    futures = []
    for origin in ORIGINS:
        made = ahead.simulate(origin, hindcast.HORIZON, hindcast.FUTURES, hindcast.SEED)
        found = hashlib.sha256(np.ascontiguousarray(made.states).tobytes())
        for name in sorted(made.values):
            found.update(np.ascontiguousarray(made.values[name]).tobytes())
        yield f"the hindcast from {origin}", found.hexdigest()
        futures.append(made)
    scored = hindcast.scores(ORIGINS, futures).sort("origin", "target", "location", "horizon", "model")
    content = scored.write_csv(float_precision=9) + repr(list(scoreboard.lines(scored)))
    yield "its scores and its rivals'", hashlib.sha256(content.encode()).hexdigest()
    runnable = {one.id for one in results.stored().results if one.model is not None}
    findings = [one for one in reading.packaged().values() if one.id in runnable][:FINDINGS]
    asked = run.Asked(folder / "findings", futures=FUTURES)
    judged = results.judged(results.tried(findings, asked), asked)
    numbers = {
        "id",
        "target",
        "model",
        "total",
        "moved",
    }  # verdicts follow from them, and their rule may change: --judge
    content = json.dumps([one.model_dump(mode="json", include=numbers) for one in judged.results])
    yield f"{len(findings)} findings", hashlib.sha256(content.encode()).hexdigest()


def current() -> list[str]:
    """Return the digests of the stored results that are current with the code that is imported."""
    from premortem.evidence import calibrated, made_of

    fitted = [made_of.hindcast_fitted()] if hasattr(made_of, "hindcast_fitted") else []  # not in every revision
    kept = (*made_of.KEPT, *fitted, *map(made_of.fit, calibrated.packaged()))
    found = [one.stored for one in kept if not one.older]
    return found + [str(levers.rests_on["model"]) for levers in _levers().values() if _is_current(levers)]


def _levers() -> dict[Path, Any]:
    from premortem.evidence.reading import data
    from premortem.instant import file

    return {path: file.read(path) for path in sorted(data().joinpath("instant").glob("*.pmia"))}  # type: ignore[attr-defined]


def _is_current(levers: Any) -> bool:
    from premortem.instant.basis import rests_on

    return bool(levers.rests_on == rests_on(levers.inputs.plan))


def renew(old: list[str], tree: Path, read: tuple[str, ...]) -> None:
    """Write this version's digests into the stored results whose digest is among ``old``: the fit first, others rest on its file.

    One whose own files differ from those of ``tree`` stays out of date, if the sample does not run them and nobody ``read`` them.
    """
    from premortem.evidence import calibrated, made_of
    from premortem.evidence.reading import data
    from premortem.instant import file
    from premortem.instant.basis import rests_on

    for one in (*map(made_of.fit, calibrated.packaged()), *made_of.KEPT, made_of.hindcast_fitted()):
        made_of.model_digest.cache_clear()
        if one.stored in old and (changed := sorted({*_changed(one.also, tree)} - {*read})):
            print(f"{one.called}: stays out of date, other code: {', '.join(changed)}")
        elif one.stored in old:
            path = Path(str(data() / one.file))
            path.write_text(path.read_text(encoding="utf-8").replace(one.stored, one.digest), encoding="utf-8")
    made_of.model_digest.cache_clear()
    for path, levers in _levers().items():
        if levers.rests_on["model"] in old:
            file.write(dataclasses.replace(levers, rests_on=rests_on(levers.inputs.plan)), path)


def _changed(names: Iterable[str], tree: Path) -> Iterator[str]:
    for name in names:
        here, there = (root / "src/premortem" / name for root in (ROOT, tree))
        if not name.startswith(RUN) and (not there.is_file() or here.read_bytes() != there.read_bytes()):
            yield name


def _ask(what: str, tree: Path, folder: Path, *more: str) -> Any:
    """Return what a function of this file says with the code and data of a tree."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PREMORTEM_CACHE_MB": "0"}
    command = [sys.executable, __file__, f"--{what}", str(folder), *more]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(revision: str, *read: str) -> int:
    """Compare, and renew where all is equal."""
    meant = [Path(name).stem for name in read if name.startswith(PLANS)]
    with tempfile.TemporaryDirectory() as folder:
        old, git = Path(folder) / "old", ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", str(old), revision], check=True)
        try:
            before, after = (
                dict(_ask("sample", tree, _made(Path(folder) / name), *meant))
                for tree, name in ((old, "a"), (ROOT, "b"))
            )
            for what in sorted({*before, *after}):
                print(f"{'the same' if before.get(what) == after.get(what) else 'ANOTHER'}: {what}")
            if before != after:
                return 1
            renew(_ask("current", old, Path(folder)), old, read)
        finally:
            subprocess.run([*git, "remove", "--force", str(old)], check=True)
    short = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", revision], capture_output=True, text=True, check=True
    )
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    tried = "; ".join(
        [*after, *(f"changes of {name} {'meant' if name.startswith(PLANS) else 'read'}" for name in read)]
    )
    print(f"| same numbers, bit for bit, as {short.stdout.strip()} | {today}: {tried} |")
    return 0


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sample"]:
        print(json.dumps(list(sample(Path(sys.argv[2]), tuple(sys.argv[3:])))))
    elif sys.argv[1:2] == ["--current"]:
        print(json.dumps(current()))
    else:
        raise SystemExit(main(*sys.argv[1:]))
