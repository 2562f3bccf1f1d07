"""Time and peak memory of all that is done with a study of 100,000 runs, with invented numbers: finishing, verifying, reading, exporting.

usage: python benchmarks/size.py [--runs 100000] [--maps] [--folder DIR]   (with --maps it keeps weekly maps besides)
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
COLUMNS = 240  # accounts, branches and what plans leave open, beside the outcomes
DRAWS = 1_120  # parameters, as many as the model draws
STEPS = {
    "write": "from benchmarks.size import write; write({folder!r}, {futures}, maps={maps})",
    "finish": "from premortem.study.store import Store; Store.open({folder!r}).finish()",
    "verify": "from premortem.study.verify import verify; assert verify({folder!r}) == ()",
    "digest": "from premortem.study.store import Store; print(Store.open({folder!r}).digest())",
    "table": "from premortem.study.store import Store; assert len(Store.open({folder!r}).table().collect()) == 2 * {futures}",
    "export .csv": "from premortem.study.store import Store; from premortem.study.reading import export; "
    "export(Store.open({folder!r}), {folder!r} + '.csv')",
    "export .nc": "from premortem.study.store import Store; from premortem.study.reading import export; "
    "export(Store.open({folder!r}), {folder!r} + '.nc')",
    "report .html": "import premortem; premortem.study({folder!r}).report({folder!r} + '.html')",
}


def write(folder: str, futures: int, *, maps: bool) -> None:
    """Write every chunk of an invented study and leave it unfinished."""
    import dataclasses

    import numpy as np
    import polars as pl
    from tests.report.runs import Invented

    from premortem.study.spec import Kept
    from premortem.study.store import Store

    source = Invented(futures=futures, years=5)
    kept: tuple[Kept, ...] = ("weekly", "regional", "draws", *(("mapped",) if maps else ()))
    store = Store.create(folder, source, keep=kept)
    for chunk in store.chunks():
        result = source.result(chunk)
        level = result.table["homicides_mx"]
        more = [(level * (1 + column)).alias(f"account.invented_{column}") for column in range(COLUMNS)]
        luck = np.random.default_rng(chunk.number)  # the same under every plan
        drawn = [pl.Series(f"invented.p{number}", luck.random(len(level))) for number in range(DRAWS)]
        store.write(
            dataclasses.replace(result, table=result.table.with_columns(more), draws=result.draws.with_columns(drawn))
        )


def main() -> None:
    """Print a line per step."""
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=100_000)
    options.add_argument("--maps", action="store_true")
    options.add_argument("--folder", default="")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or str(Path(scratch) / "study")
        for name, code in STEPS.items():
            text = code.format(folder=folder, futures=chosen.runs // 2, maps=chosen.maps)
            began = time.perf_counter()
            environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
            process = subprocess.Popen([sys.executable, "-c", text], env=environment, cwd=ROOT)
            _, status, used = os.wait4(process.pid, 0)
            took = time.perf_counter() - began
            print(
                f"{name:14} {took:7.1f} s {used.ru_utime + used.ru_stime:7.1f} s of processors {used.ru_maxrss / 1024:8.0f} MB",
                flush=True,
            )
            if status:
                sys.exit(1)


if __name__ == "__main__":
    main()
