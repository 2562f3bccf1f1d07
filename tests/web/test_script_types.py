"""Types of the scripts, by what their comments say of them; needs TypeScript (npm install --global typescript), else it is skipped."""

import shutil
import subprocess
from pathlib import Path

import pytest

TSC = shutil.which("tsc")


@pytest.mark.skipif(TSC is None, reason="no tsc on this machine")
def test_the_scripts_are_what_their_comments_say() -> None:
    command = [str(TSC), "-p", str(Path(__file__).with_name("tsconfig.json"))]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stdout
