"""The same bits whatever computes them: chunks of another size, threads, worker processes, one core, another hash seed, another engine."""

import os
import subprocess
import sys

import pytest

from tests.study.executors.client import ROOT, environment

WAYS: dict[str, tuple[int, int, dict[str, str]]] = {
    "chunks of 8": (8, -1, {}),
    "chunks of 64": (64, -1, {}),
    "a thread per core": (40, 0, {}),
    "two worker processes": (40, 2, {}),
    "hash seed 1": (40, -1, {"PYTHONHASHSEED": "1"}),
    "hash seed 2": (40, -1, {"PYTHONHASHSEED": "2"}),
    "the engine of vmap": (40, -1, {"PREMORTEM_ENGINE": "vmap"}),
    "another locale and time zone": (40, -1, {"LC_ALL": "C", "TZ": "Asia/Tokyo"}),
}


def digest(size: int, workers: int, variables: dict[str, str], *core: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.hard.one_study", str(size), str(workers), *core],
        cwd=ROOT,
        env=environment() | variables,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode().strip()


@pytest.mark.slow
def test_the_same_bits_whatever_computes_them() -> None:
    first = digest(40, -1, {})
    found = {way: digest(*how) for way, how in WAYS.items()}
    found["one core"] = digest(40, 0, {}, str(min(os.sched_getaffinity(0))))
    assert {way: other == first for way, other in found.items()} == dict.fromkeys(found, True)
