"""Runs the gallery's texts in a small study and keeps what they move: src/premortem/data/gallery_study.json, shown in docs/gallery.md.

python scripts/gallery.py [FUTURES] [YEARS]
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from premortem.analysis import gallery_study
from premortem.api.studies import executor

FILE = Path(__file__).parents[1] / "src/premortem/data" / gallery_study.FILE
FUTURES, YEARS, SEED = 24, 3, 1


def main(futures: int, years: int) -> None:
    """Run, write and print recorded beside simulated."""
    found = gallery_study.run(futures=futures, years=years, seed=SEED, executor=executor(0))
    dated = {"run_on": datetime.now(tz=UTC).date().isoformat()} | found
    FILE.write_text(json.dumps(dated, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for row in found["operations"]:
        inside = "inside" if row["inside"] else "OUTSIDE"
        simulated = f"{row['median']:.4g} ({row['low']:.4g} to {row['high']:.4g})"
        print(
            f"{row['plan']}, {row['quantity']}: recorded {row['recorded']}; simulated {simulated}, band {row['band']}: {inside}"
        )


if __name__ == "__main__":
    main(*(int(text) for text in [*sys.argv[1:], *map(str, (FUTURES, YEARS))][:2]))
