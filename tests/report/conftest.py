from pathlib import Path

import pytest

from premortem.report import page
from premortem.report.brief import Brief
from premortem.report.material import Material, read
from premortem.study.store import Store
from premortem.wording.languages import messages
from tests.report.runs import make


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(scope="session")
def material(run: Path) -> Material:
    return read(Store.open(run))


@pytest.fixture(scope="session")
def english(material: Material) -> str:
    return page.html(Brief(material, messages("en")))
