"""One file of a finished run is damaged, then one command reads it: it gives the old answer, or refuses with the name of a damaged file.

usage: python -m tests.hard.damaged_commands [--tries 200] [--first 0] [--seconds 600]
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from premortem.study.verify import verify
from tests.hard.commands import Answer, answer
from tests.hard.damage import DAMAGES, copied, files_of
from tests.report.runs import make

WEIGHTS = "[weights]\nhomicides_mx = 1\nus_killed = 3\n"
VERIFY = "study verify {run}"
COMMANDS = (
    VERIFY,
    "study show {run} --format json",
    "study show {run} --all",
    "study status {run} --format json",
    "study digest {run}",
    "study balance {run} --format json",
    "study aftermath {run} --format json",
    "study screen {run} --format json",
    "study weigh {run} {scratch}/weights.toml --format json",
    "study export {run} -o {out}/r.csv",
    "study export {run} -o {out}/r.nc",
    "study export {run} -o {out}/l.json --what ledger",
    "explain members {run} --format json",
    "decide robustness {run} --format json",
    "decide timeline {run} --format json",
    "exercise {run}",
    "report {run} -o {out}/r.md",
    "report {run} -o {out}/r.html",
    "report {run} -o {out}/b.html --brief",
)
"""Commands that read a run; what they write lies in ``out``."""
MADE_UP = re.compile(rb"f[0-9a-f]{8}-clip\d+")
"""Names of clips in pictures."""
WHOLE, DAMAGED, REFUSED = 0, 1, 3


class Bench:
    """A run, and what every command answers while it is whole."""

    def __init__(self, scratch: Path, commands: Iterable[str] = COMMANDS) -> None:
        self.scratch, self.whole = scratch, make(scratch / "whole")
        self.here, self.out = scratch / "run", scratch / "out"
        (scratch / "weights.toml").write_text(WEIGHTS, encoding="utf-8")
        copied(self.whole, self.here)
        self.before = {command: self.ask(command) for command in commands}
        failed = {command: found.said for command, (found, _) in self.before.items() if found.code != WHOLE}
        assert not failed, failed

    def ask(self, command: str) -> tuple[Answer, dict[str, bytes]]:
        """Return what a command answers, and the files that it wrote, but for names that are made up anew each time."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        found = answer(command.format(run=self.here, out=self.out, scratch=self.scratch).split())
        return found, {path.name: MADE_UP.sub(b"", path.read_bytes()) for path in files_of(self.out)}

    def damage(self, number: int) -> tuple[str, str]:
        """Damage one file, ask one command, and return what it did, and what is wrong with that; nothing if all is well."""
        luck = random.Random(number)
        name = luck.choice([path.relative_to(self.whole) for path in files_of(self.whole)])
        damage, command = luck.choice(DAMAGES), luck.choice(list(self.before))
        damage(copied(self.whole, self.here) / name, luck)
        named = [one.file for one in verify(self.here)]
        found, files = self.ask(command)
        said = f"{number}: {damage.__name__} {name}, then {command.partition(' {')[0]}: exit {found.code}, {found.said[:300]!r}"
        if found.trouble:
            return "wrong", f"{said}: {found.trouble}"
        if command == VERIFY:
            right = found.code == (DAMAGED if named else WHOLE) and all(one in found.said for one in named)
            return "named" if named else "whole", "" if right else said
        if found.code == REFUSED:
            return "refused", "" if any(one in found.said for one in named) and not files else said
        return "the old answer", "" if (found, files) == self.before[command] else said


def main() -> None:
    """Print what went wrong, and a count."""
    options = argparse.ArgumentParser()
    options.add_argument("--tries", type=int, default=200)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seconds", type=float, default=600)
    chosen = options.parse_args()
    until, counts, wrong = time.monotonic() + chosen.seconds, Counter[str](), 0
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        for number in range(chosen.first, chosen.first + chosen.tries):
            if time.monotonic() > until:
                break
            did, trouble = bench.damage(number)
            counts[did] += 1
            if trouble:
                wrong += 1
                print(trouble, flush=True)
    print(f"{counts.total()} damages, {wrong} wrong: {', '.join(f'{count} {did}' for did, count in counts.items())}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
