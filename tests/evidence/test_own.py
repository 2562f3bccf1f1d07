"""Own data over the packaged data: what is stated changes, all else stays, and what is wrong is named by file, line and key."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import premortem as pm
from premortem.analysis import weights
from premortem.api.own_data import require_same
from premortem.api.studies import executor
from premortem.errors import InputError
from premortem.evidence import ledger, outcomes, own, parameters
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.executors import Threads
from premortem.study.experiment import Experiment
from premortem.study.provenance import Environment
from premortem.study.reuse import identical
from premortem.study.run import conduct
from premortem.study.spec import make
from premortem.study.store import Store
from tests.docs.blocks import ROOT, blocks
from tests.own import nothing_read, written
from tests.study.toy_recipe import ToySource

FACT, PRIOR = "state.arrests.high_impact", "drugs.use.fentanyl"
GOOD = {
    "evidence.toml": f"""
[[source]]
key = "our_survey"
title = "A survey"
authors = "We"
publisher = "Us"

[[fact]]
id = "{FACT}"
value = 50000
sources = ["our_survey"]

[[fact]]
id = "ours.new"
statement = "A number of ours"
value = 3
low = 2
high = 5
unit = "person"
period = "2026"
place = "Mexico"
sources = ["our_survey"]
locator = "p. 1"
grade = "B"
""",
    "parameters.toml": f'[{PRIOR}]\nprior = "lognormal(9, 0.1)"\n',
    "outcomes.toml": "[homicides_mx]\nmatters = 0.05\n",
    "measures.toml": '[lives]\ntitle = "Lives"\nspanish = "Vidas"\nweights = { homicides_mx = 1, us_killed = 3 }\n',
}


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    with nothing_read():
        yield


def test_what_is_stated_changes_and_all_else_stays(tmp_path: Path) -> None:
    book, priors, told = ledger.load(), parameters.load(), outcomes.load()
    with nothing_read():
        notes = pm.own_data(written(tmp_path, GOOD))
        ours = ledger.load()
        fact = ours.facts[FACT]
        assert (fact.value, fact.low, fact.high, fact.sources) == (50000, 50000, 50000, ("our_survey",))
        assert fact.statement == book.facts[FACT].statement
        assert ours.facts.keys() - book.facts.keys() == {"ours.new"}
        assert all(ours.facts[id_] == book.facts[id_] for id_ in book.facts if id_ != FACT)
        assert ours.digest != book.digest
        changed = [id_ for id_, entry in parameters.load().items() if entry != priors[id_]]
        assert changed == [PRIOR]
        assert list(parameters.load()) == list(priors), "the order of draws is that of the files"
        assert outcomes.load()["homicides_mx"].mattering(100) == 5 == 5 * told["homicides_mx"].mattering(100)
        (measure,) = weights.measures()
        assert (measure.title, measure.weights) == ("Lives", {"homicides_mx": 1, "us_killed": 3})
    assert any(FACT in note and "own_effort.government_effect" in note for note in notes), (
        "its priors stay, which is said"
    )


def test_a_prior_without_facts_of_its_own_is_an_assumption(tmp_path: Path) -> None:
    before = parameters.load()[PRIOR]
    assert before.grade != "assumption"
    with nothing_read():
        pm.own_data(written(tmp_path, {"parameters.toml": GOOD["parameters.toml"]}))
        after = parameters.load()[PRIOR]
        assert (after.grade, after.facts, after.unit) == ("assumption", (), before.unit)


def test_a_yardstick_alone_changes_nothing_that_results_rest_on(tmp_path: Path) -> None:
    before = ledger.load().digest
    with nothing_read():
        pm.own_data(written(tmp_path, {name: GOOD[name] for name in ("outcomes.toml", "measures.toml")}))
        assert ledger.load().digest == before


def test_the_environment_names_the_folder_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(own.SETTING, str(written(tmp_path, GOOD)))
    assert ledger.load().facts[FACT].value == 50000
    assert parameters.load()[PRIOR].grade == "assumption"
    assert [measure.id for measure in weights.measures()] == ["lives"]


@pytest.mark.parametrize("name", GOOD)
def test_a_cluster_is_refused_whichever_of_the_own_data_there_are(tmp_path: Path, name: str) -> None:
    pm.own_data(written(tmp_path, {name: GOOD[name]}))
    with pytest.raises(InputError, match="workers of a cluster cannot see own data"):
        executor(0, "tcp://127.0.0.1:1")


def test_a_run_is_reused_only_with_the_same_own_data(tmp_path: Path) -> None:
    source, below = ToySource(futures=FUTURES_PER_CHUNK), tmp_path / "runs"
    measures = {"measures.toml": GOOD["measures.toml"]}
    store = Store.create(below / "one", source, environment=Environment.here())
    conduct(store, source, executor=Threads())
    assert identical(source, below) is not None
    with nothing_read():
        pm.own_data(written(tmp_path / "own", measures))
        assert identical(source, below) is None, "it has no copy of them"


@pytest.mark.parametrize("ours", [False, True], ids=["reader without", "reader with"])
def test_a_study_with_yardsticks_of_its_own_is_not_read_by_others_unseen(tmp_path: Path, ours: bool) -> None:
    measures = {"measures.toml": GOOD["measures.toml"]}
    recipe = SimpleNamespace(evidence=ledger.load().digest, own=())
    folder = SimpleNamespace(names=lambda below: list(measures), url="runs/one")
    study: Any = SimpleNamespace(provenance=SimpleNamespace(recipe=recipe), folder=folder)
    with nothing_read():
        if ours:
            pm.own_data(written(tmp_path / "own", measures))
            require_same(study)
        else:
            with pytest.raises(InputError, match="--with runs/one/own"):
                require_same(study)
            folder.names = lambda below: []
            require_same(study)


WRONG = {
    "what cannot be read at all": (
        {
            "evidence.toml": f"""\
[[facts]]
id = "a"
[[fact]]
value = 3
[[fact]]
id = "{FACT}"
[[fact]]
id = "{FACT}"
""",
            "parameters.toml": f"[{PRIOR}]\n# a comment\nprios = 'point(1)'\n",
            "outcomes.toml": "[homicides_mx]\ndirection = 'up'\n",
            "measures.toml": "[a]\nweight = { homicides_mx = 1 }\n",
        },
        {
            ("evidence.toml", 0, "facts", "not a list of entries"),
            ("evidence.toml", 0, "fact", "fact 1 has no id"),
            ("evidence.toml", 6, FACT, "the same id twice"),
            ("parameters.toml", 3, f"{PRIOR}.prios", "did you mean 'prior'?"),
            ("outcomes.toml", 2, "homicides_mx.direction", "no such key"),
            ("measures.toml", 2, "a.weight", "did you mean 'weights'?"),
        },
    ),
    "what is no entry": (
        {
            "evidence.toml": f"""\
[[fact]]
id = "{FACT}"
value = "many"
valu = 3
""",
            "parameters.toml": "[drugs.use.fentanil]\nprior = 'point(1)'\n",
            "outcomes.toml": "[homicides_mx]\nmatters = -1\nheadline = 'maybe'\ntitle = 5\n",
        },
        {
            ("evidence.toml", 3, f"{FACT}.value", "not a number"),
            ("evidence.toml", 4, f"{FACT}.valu", "no such key"),
            ("parameters.toml", 1, "drugs.use.fentanil", "did you mean 'drugs.use.fentanyl'?"),
            ("outcomes.toml", 2, "homicides_mx.matters", "allowed: at least 0"),
            ("outcomes.toml", 3, "homicides_mx.headline", "neither true nor false"),
            ("outcomes.toml", 4, "homicides_mx.title", "not a text"),
        },
    ),
    "what is no measure": (
        {
            "measures.toml": """\
[a]
title = "A"
weights = { homicide_mx = 1 }
[b]
weights = { homicides_mx = 1 }
[c]
title = "C"
""",
        },
        {
            ("measures.toml", 3, "a.weights.homicide_mx", "did you mean 'homicides_mx'?"),
            ("measures.toml", 4, "b.title", "needs a title"),
            ("measures.toml", 6, "c.weights", "needs weights"),
        },
    ),
    "what does not fit the rest": (
        {
            "evidence.toml": f'[[fact]]\nid = "{FACT}"\nunit = "parsecs"\nsources = ["nobody"]\n',
            "parameters.toml": f"""\
['{PRIOR}']
prior = "lognorml(1, 2)"
[drugs.use.heroin]
grade = "assumption"
prior = "point(1)"
facts = ["nothing.here"]
""",
        },
        {
            ("evidence.toml", 3, f"{FACT}.unit", "not in units.txt"),
            ("evidence.toml", 4, f"{FACT}.sources", "does not exist"),
            ("parameters.toml", 2, f"{PRIOR}.prior", "did you mean 'lognormal'?"),
            ("parameters.toml", 6, "drugs.use.heroin.facts", "does not exist"),
        },
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_named_by_file_line_and_key_all_of_it_at_once(tmp_path: Path, kind: str) -> None:
    files, expected = WRONG[kind]
    with pytest.raises(InputError) as caught:
        pm.own_data(written(tmp_path, files))
    for file, line, key, message in expected:
        assert any(
            (one.where.file, one.where.line, one.where.key) == (str(tmp_path / file), line, key) and message in str(one)
            for one in caught.value.problems
        ), (file, line, key, message, str(caught.value))
    assert len(caught.value.problems) == len(expected), str(caught.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "a folder without own data"),
        ({"evidnce.toml": ""}, "did you mean 'evidence.toml'"),
        ({"evidence.toml": "[fact\n"}, "line 1"),
    ],
)
def test_a_folder_without_own_data_is_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        pm.own_data(written(tmp_path, files))
    with nothing_read(), pytest.raises(InputError, match="no such folder"):
        pm.own_data(tmp_path / "nowhere")


def test_every_entry_leaves_a_trace_in_what_a_run_keeps_of_its_making(tmp_path: Path) -> None:
    with nothing_read():
        pm.own_data(written(tmp_path / "all", GOOD))
        stated = ("our_survey", FACT, "ours.new", PRIOR, "outcomes.homicides_mx", "measures.lives")
        assert own.given().stated == stated
    with nothing_read():
        pm.own_data(written(tmp_path / "outcomes", {"outcomes.toml": GOOD["outcomes.toml"]}))
        made = Experiment.of(make(plans=("status_quo",), futures=2, years=1)).provenance()
        assert made.own == ("outcomes.homicides_mx",)


def test_evidence_that_was_read_without_them_stays_as_it_was_read(tmp_path: Path) -> None:
    ledger.load()
    with pytest.raises(InputError, match="read already"):
        pm.own_data(written(tmp_path, GOOD))
    assert not own.given().entries


@pytest.mark.parametrize("kind", ["measure", "fact", "folder"])
def test_what_is_refused_is_not_in_force_and_may_be_mended(tmp_path: Path, kind: str) -> None:
    wrong = {
        "measure": GOOD | {"measures.toml": '[lives]\ntitle = "Lives"\nweights = { nothing = 1 }\n'},
        "fact": GOOD | {"parameters.toml": f'[{PRIOR}]\nprior = "lognormal(9"\n'},
    }
    folder = written(tmp_path / "ours", wrong[kind]) if kind in wrong else tmp_path / "ours"
    with pytest.raises(InputError):
        pm.own_data(folder)
    assert own.SETTING not in os.environ
    assert ledger.load().facts[FACT].value != 50000
    assert not own.given().entries
    with nothing_read():
        with pytest.raises(InputError):
            pm.own_data(folder)
        pm.own_data(written(folder, GOOD))
        assert ledger.load().facts[FACT].value == 50000
        assert [one.title for one in weights.measures()] == ["Lives"]


def test_data_of_the_environment_that_others_refuse_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = written(tmp_path / "good", GOOD)
    monkeypatch.setenv(own.SETTING, str(good))
    with pytest.raises(InputError, match="no such folder"):
        pm.own_data(tmp_path / "nowhere")
    assert os.environ[own.SETTING] == str(good)
    assert ledger.load().facts[FACT].value == 50000
    with pytest.raises(InputError, match="read already"):
        pm.own_data(tmp_path / "nowhere")
    assert ledger.load().facts[FACT].value == 50000


def test_the_own_data_of_the_manual_are_sound(tmp_path: Path) -> None:
    shown = {block.file.partition("/")[2]: block.text for block in blocks("toml", (ROOT / "docs/studies.md",))}
    pm.own_data(written(tmp_path, {name: text for name, text in shown.items() if name in own.FILES}))
    assert own.given().contents.keys() == set(own.FILES)
