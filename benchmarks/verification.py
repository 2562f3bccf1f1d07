"""What checksums and seals cost: their share of a study and of its report, in processor time. Promised: under 3 % and under 10 %.

usage: python benchmarks/verification.py [--futures 500] [--chunk SECONDS]   (of a chunk of 40 futures; measured if not given: two minutes)
"""

from __future__ import annotations

import argparse
import functools
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.size import write

import premortem
from premortem.study import seals, verify
from premortem.study.store import Store


class Watch:
    """Processor seconds spent inside some functions, calls from one to another counted once."""

    def __init__(self) -> None:
        self.seconds, self._depth = 0.0, 0

    def over(self, holder: Any, *names: str) -> None:
        """Watch methods of a class."""
        for name in names:
            setattr(holder, name, self._watched(getattr(holder, name)))

    def _watched(self, do: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(do)
        def watched(*arguments: Any, **named: Any) -> Any:
            self._depth += 1
            began = time.process_time()
            try:
                return do(*arguments, **named)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += time.process_time() - began

        return watched


def spent(do: Callable[[], object]) -> float:
    began = time.process_time()
    do()
    return time.process_time() - began


def chunk_seconds() -> float:
    """Return what simulating 40 futures of 5 years takes once the model is compiled."""
    from premortem.study.chunks import run
    from premortem.study.resume import begin
    from premortem.study.spec import make

    with tempfile.TemporaryDirectory() as folder:
        store, experiment = begin(
            make(plans=("status_quo", "border_task_forces"), futures=120, years=5, seed=1), Path(folder) / "s"
        )
        first, *rest = store.chunks()
    run(experiment, first)
    return min(spent(functools.partial(run, experiment, chunk)) for chunk in rest[:3])


def main() -> None:
    """Print a line each for a study and a report."""
    options = argparse.ArgumentParser()
    options.add_argument("--futures", type=int, default=500)
    options.add_argument("--chunk", type=float)
    chosen = options.parse_args()
    each = chosen.chunk or chunk_seconds()
    watch = Watch()
    methods = [name for name, what in vars(seals.Seals).items() if callable(what) and not name.startswith("_")]
    watch.over(seals.Seals, *methods)
    with tempfile.TemporaryDirectory() as scratch:
        folder = str(Path(scratch) / "s")
        write(folder, chosen.futures)
        Store.open(folder).finish()
        chunks = len(Store.open(folder).chunks())
        share = watch.seconds / chunks / each
        print(
            f"a study: seals take {1e3 * watch.seconds / chunks:.1f} ms a chunk, {share:.1%} of the {each:.2f} s that it takes to compute"
        )
        whole = spent(lambda: verify.verify(folder))
        watch.seconds = 0.0
        report = spent(lambda: premortem.study(folder).report(folder + ".html"))
        print(
            f"a report of {2 * chosen.futures:,} runs: {watch.seconds:.3f} s of {report:.2f} s are seals, {watch.seconds / report:.1%}"
        )
        print(f"verifying all of it: {whole:.3f} s, {whole / report:.1%} of the report")


if __name__ == "__main__":
    main()
