"""Made-up requests by the description of the API: none may be answered by a fault, or in another shape than described."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.serving import Served

pytest.importorskip("schemathesis")


@pytest.mark.slow
def test_no_request_that_the_description_allows_or_forbids_is_a_fault(tmp_path: Path) -> None:
    served = Served(tmp_path)
    served.hold(0)  # nothing is computed: this is about answers
    served.start()
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        str(program if program.exists() else shutil.which("schemathesis")), "run", f"{served.url}/openapi.json",
        "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance", "--max-examples", "20",
        "--rate-limit", "15/s", "--exclude-path-regex", "/events$", "--generation-deterministic", "--no-color",
    ]  # fmt: skip
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=500, check=False, cwd=tmp_path, env=dict(os.environ)
        )
    finally:
        served.kill()
    assert ended.returncode == 0, ended.stdout[-3000:]
