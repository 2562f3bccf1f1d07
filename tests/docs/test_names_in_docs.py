"""What the pages name is there: files, folders, modules, headings that they link to, packages of the house; and no page freezes a count."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

import premortem
from premortem import theatre
from premortem.cli.streams import CLOSED
from premortem.errors import PremortemError
from premortem.evidence.ledger import load as load_ledger
from premortem.model.mechanisms.registry import MECHANISMS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/premortem"
ROOMS = [room for room in SOURCE.rglob("*") if room.is_dir() and "__pycache__" not in room.parts]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
PROSE = [page for page in PAGES if not {"reference", "notes"} & set(page.parts)]
"""Not what is generated, and not the notes on other people's models and files."""

EXAMPLES = {"schools", "scholarships", "<group>", "MECHANISM", "<name>", "GROUP"}
"""In the name of a file that the reader is to write."""


def relative(page: Path) -> str:
    return str(page.relative_to(ROOT))


def without_blocks(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the addresses of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    text = without_blocks(page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (heading and heading not in anchors(file)):
            broken.append(target)
    assert broken == []


def found(name: str, page: Path) -> bool:
    """Return whether a file is there, named from the root, the package, one of its rooms, or the page."""
    places = [ROOT, ROOT / "src", ROOT / "benchmarks", ROOT / "tests/data/tiny_theatre", page.parent, SOURCE, *ROOMS]
    pattern = name.replace("<topic>", "*").replace("<mechanism>", "*").rstrip("/")
    return any(next(place.glob(pattern), None) for place in places)


@pytest.mark.parametrize("page", PROSE, ids=relative)
def test_files_named_are_there(page: Path) -> None:
    text = without_blocks(page.read_text(encoding="utf-8"))
    named = re.findall(
        r"`([\w<>./*-]+\.(?:py|toml|csv|txt|jinja|sh)|(?:docs|tests|scripts|src|data|benchmarks)/[\w<>./*-]+)`", text
    )
    missing = [name for name in named if not found(name, page) and not any(word in name for word in EXAMPLES)]
    assert missing == []


def exists(name: str) -> bool:
    """Return whether a dotted name of the package can be imported, or read from what can be."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


@pytest.mark.parametrize("page", PROSE, ids=relative)
def test_modules_named_can_be_imported(page: Path) -> None:
    text = without_blocks(page.read_text(encoding="utf-8"))
    named = re.findall(r"`(premortem(?:\.\w+)+)", text)
    assert [name for name in named if not exists(name)] == []


def test_the_table_of_the_house_has_every_room() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \|", page, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)(?:/|\.py)`", row)}
    here = {path.name.removesuffix(".py") for path in Path(str(premortem.__file__)).parent.iterdir()}
    assert listed == {name for name in here if not name.startswith("__") and name not in {"data", "py.typed"}}


def test_the_page_of_exit_codes_has_those_that_errors_carry_and_no_other() -> None:
    page = (ROOT / "docs/exit_codes.md").read_text(encoding="utf-8")
    carried, waiting = {0, 1, CLOSED}, [PremortemError]
    while waiting:
        kind = waiting.pop()
        carried.add(kind.exit_code)
        waiting += kind.__subclasses__()
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)} == carried


def test_a_mechanism_has_the_same_name_everywhere() -> None:
    kept = {
        "code": SOURCE / "model/mechanisms",
        "parameters": SOURCE / "data/parameters",
        "chapter": ROOT / "docs/model",
    }
    kept["tests"] = ROOT / "tests/model/mechanisms"
    form = {"code": "{}.py", "parameters": "{}.toml", "chapter": "{}.md", "tests": "test_{}.py"}
    missing = [
        f"{what} of {mechanism.name}"
        for mechanism in MECHANISMS
        for what, folder in kept.items()
        if not (folder / form[what].format(mechanism.name)).exists()
    ]
    assert not missing


COUNTED = r"\b\d[\d,]* (?:mechanisms|claims|rules|facts|parameters|outcomes|levers|organisations|regions)\b"
HELD = {
    "docs/theatre.md": {"38 regions", "150 organisations"},  # of the packaged data and of the literature, tests/theatre
}
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs/model/README.md", *(ROOT / "docs").glob("*.md")]
DATED = {
    *("verification.md", "what_decides.md", "even_handedness.md", "history.md", "gallery.md", "mission.md"),
    *("what_to_believe.md", "research_agenda.md", "exercise.md", "deciding_first_results.md"),
}
"""What was computed, and when; or generated."""


@pytest.mark.parametrize("page", [page for page in GUIDES if page.name not in DATED], ids=relative)
def test_no_guide_freezes_a_count_of_what_grows(page: Path) -> None:
    text = without_blocks(page.read_text(encoding="utf-8"))
    assert set(re.findall(COUNTED, text)) <= HELD.get(relative(page), set())


def test_the_table_of_the_house_stands_in_the_order_in_which_rooms_may_import() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = re.findall(r"premortem\.(\w+)", " ".join(contracts[0]["layers"]))
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+`) \|", page, re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)(?:/|\.py)`", row)] == layers


def test_what_the_manual_says_of_the_packaged_theatre_and_of_a_fact_is_so() -> None:
    loaded = theatre.load("us-mexico", start="2025", depth_miles=20.0)
    assert loaded.regions[1].code == "MX-BCN_zone"
    assert loaded.arrays["members"].shape == (22, 38)
    spare = [one for one in loaded.organisations if one.id.startswith("spare")]
    assert (len(loaded.organisations) - len(spare) - 1, len(spare)) == (15, 6)
    fact = load_ledger().facts["arms.flow.southbound_per_year_2010_2012"]
    assert (fact.value, fact.low, fact.high, fact.unit) == (253000.0, 106700.0, 426729.0, "firearm/year")
