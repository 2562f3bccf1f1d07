"""Reports of finished runs, written once by the command that writes them for everybody, and kept."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from premortem.errors import InputError, Problem, RunError
from premortem.web.settings import Settings

FORMATS = {
    "report.html": "text/html; charset=utf-8",
    "brief.html": "text/html; charset=utf-8",
    "report.pdf": "application/pdf",
    "report.md": "text/markdown; charset=utf-8",
    "report.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "results.csv": "text/csv; charset=utf-8",
    "results.nc": "application/x-netcdf",
}
"""What can be made of a run, and its type."""
PATIENCE = 600.0  # seconds


class Documents:
    """The reports of a server's runs. One is written at a time: each takes seconds of a core, which runs need more."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._writing = settings, threading.Lock()

    def path(self, run: str, name: str, language: str, version: str) -> Path:
        """Return a document of a finished run, which is written if it is not there.

        Parameters
        ----------
        run : id of a run that the queue knows.
        name : one of `FORMATS`.
        version : digest of the results; a document of other results is not taken.

        Raises
        ------
        RunError : it could not be written.
        """
        kept = self._settings.documents / f"{run}-{version[:16]}-{language}-{name}"
        if not kept.exists():
            with self._writing:
                if not kept.exists():
                    self._write(run, name, language, kept)
        return kept

    def _write(self, run: str, name: str, language: str, kept: Path) -> None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_name(f"partial-{kept.name}")
        partial.unlink(missing_ok=True)
        made, folder = str(partial), str(self._settings.runs / run)
        if name.startswith("results"):
            command = ["study", "export", folder, "--out", made]
        else:
            command = [
                "report",
                folder,
                "--out",
                made,
                "--lang",
                language,
                *(["--brief"] if name.startswith("brief") else []),
            ]
        try:
            ended = subprocess.run(
                [sys.executable, "-m", "premortem", *command],
                cwd=self._settings.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE,
                check=False,
                text=True,
            )
        except subprocess.TimeoutExpired:
            raise RunError(Problem("document", f"{name} took longer than {PATIENCE:.0f} s")) from None
        if ended.returncode or not partial.exists():
            known = ended.returncode in {InputError.exit_code, RunError.exit_code}
            said = ended.stderr.strip().removeprefix("error: ")[:600] if known else f"exit code {ended.returncode}"
            raise RunError(Problem("document", f"{name} cannot be made: {said}"))
        partial.replace(kept)
