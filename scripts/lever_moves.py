"""Writes src/premortem/data/lever_moves.json: what each lever moves, by simulation.

python scripts/lever_moves.py
"""

from __future__ import annotations

from pathlib import Path

from premortem.analysis.lever_moves import text

FILE = Path(__file__).parents[1] / "src/premortem/data/lever_moves.json"


def main() -> None:
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
