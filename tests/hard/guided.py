"""Fuzzing by coverage: texts that reach lines of the readers that no text before them reached are kept, and damaged further.

usage: python -m tests.hard.guided [KIND ...] [--seconds 60]   (kinds as in `tests.hard.fuzz`; needs atheris: pip install atheris)

The damage is ours (`fuzz.mutated`) in half of the tries, libFuzzer's in the other half.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

COUNTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
REACHED = re.compile(r"cov: (\d+)")
LONGEST = 200_000  # bytes of a text
TOO_LONG = 60  # seconds for one text


def _explore(kind: str, seconds: int, scratch: Path) -> None:
    """Damage the texts of a kind until the time is up, and write each that raises another error into ``scratch/wrong``; does not return."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["premortem"], enable_loader_override=False):
        fuzz = importlib.import_module("tests.hard.fuzz")
        ours = importlib.import_module("premortem.errors").PremortemError
    sources = list(fuzz.KINDS[kind](scratch))
    texts, wrong = scratch / "texts", scratch / "wrong"
    for folder in (texts, wrong):
        folder.mkdir()
    for number, (text, _) in enumerate(sources):
        (texts / str(number)).write_bytes(bytes([number]) + text.encode("utf-8", "surrogatepass"))

    def try_one(data: bytes) -> None:
        if not data:
            return
        _, read = sources[data[0] % len(sources)]
        try:
            with warnings.catch_warnings(action="error"):
                read(data[1:].decode("utf-8", "replace"))
        except ours as error:
            if not str(error).strip():
                (wrong / "silent").write_bytes(data)
        except Exception as error:  # whatever else it is, it is a traceback
            (wrong / f"{type(error).__name__} {str(error)[:80]}".replace("/", "|")).write_bytes(data)

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        luck = random.Random(seed)
        if len(data) < 2 or luck.random() < 0.5:
            return bytes(atheris.Mutate(data, longest))
        text: str = fuzz.mutated(data[1:].decode("utf-8", "replace"), luck)
        return (data[:1] + text.encode("utf-8", "surrogatepass"))[:longest]

    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={TOO_LONG}",
        "-print_final_stats=1",
        "-rss_limit_mb=4096",
    ]
    atheris.Setup([sys.argv[0], *options, str(texts)], try_one, custom_mutator=mutate)
    atheris.Fuzz()


def guided(kind: str, seconds: int) -> tuple[int, int, list[str]]:
    """Return how many texts of a kind were tried, how many places of the code they reached, and what went wrong.

    Raises
    ------
    RuntimeError : the fuzzer itself did not end as it should: a text that takes too long, or too much memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.hard.guided", kind, "--seconds", str(seconds), "--into", folder]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=os.environ)
        tried, reached = COUNTED.search(done.stderr), REACHED.findall(done.stderr)
        if done.returncode or tried is None:
            raise RuntimeError(f"{kind}: exit {done.returncode}: {done.stderr[-2000:]}")
        return int(tried[1]), int(reached[-1]), sorted(path.name for path in (Path(folder) / "wrong").iterdir())


def main() -> None:
    """Print a line per kind, and every kind of error that is not ours."""
    options = argparse.ArgumentParser()
    options.add_argument("kinds", nargs="*")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--into", type=Path, help=argparse.SUPPRESS)  # how this program calls itself
    chosen = options.parse_args()
    if chosen.into is not None:
        _explore(chosen.kinds[0], chosen.seconds, chosen.into)
    from tests.hard.sources import KINDS

    failed = 0
    for kind in chosen.kinds or KINDS:
        tried, reached, wrong = guided(kind, chosen.seconds)
        print(f"{kind:12} tried {tried:7,}  places reached {reached:6,}  wrong {len(wrong)}", flush=True)
        print(*(f"    {line}" for line in wrong), sep="\n", end="\n" if wrong else "")
        failed += len(wrong)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
