from pathlib import Path

import altair as alt
import numpy as np
import polars as pl
import pytest

from premortem.decisions.attribute import attribute, needed, orders
from premortem.decisions.conditions import conditions
from premortem.decisions.discover import cases_of, discover
from premortem.decisions.frame import read, readings
from premortem.decisions.pathways import Target, pathways
from premortem.decisions.result import Result, together
from premortem.decisions.robustness import robustness
from premortem.decisions.sensitivity import sensitivity
from premortem.decisions.timeline import timeline
from premortem.decisions.voi import Benefit, voi
from premortem.errors import InputError
from premortem.report.deciding_figures import figure, save
from premortem.report.figures import style
from premortem.study.design import Design
from premortem.study.store import Store
from tests.decisions.made import made
from tests.decisions.test_redteam import answered, asked

FUTURES = 240


def study() -> Store:
    random = np.random.default_rng(1)
    x, weeks = random.random(FUTURES), 104
    base = np.full((FUTURES, weeks), 500.0) * np.exp(0.05 * random.normal(size=(FUTURES, 1)))
    harm = base * (1 + 0.3 * (x > 0.5))[:, None]
    weekly = {"status_quo": {"homicides_mx": base}, "plan": {"homicides_mx": harm}}
    values = {name: {"homicides_mx": one["homicides_mx"].sum(axis=1)} for name, one in weekly.items()}
    written = {"plan": {"homicides_mx": values["plan"]["homicides_mx"] * 1.1}}
    return made(values, {"rivalry.k_d": x, "p.y": random.random(FUTURES)}, weekly=weekly, carried_out=written, years=2)


def results() -> dict[str, Result]:
    store = study()
    frames = {name: read(store, reading=name) for name in readings(store)}
    design, target = Design("monte_carlo", FUTURES, (), 1), Target("homicides_mx")
    drawn = orders(["zone", "measure.a"], 2)
    values = {there: {"homicides_mx": np.arange(20.0) + len(there)} for there in needed(drawn)}
    wedges = attribute("plan", "status_quo", drawn, values, {"homicides_mx": np.arange(20.0)}, {})
    return {
        "robustness": together({name: robustness(frame) for name, frame in frames.items()}),
        "conditions": conditions(frames, "plan", "homicides_mx"),
        "discover": together(
            {
                name: discover(frame, *cases_of(frame, "homicides_mx", "plan"), "plan")
                for name, frame in frames.items()
                if name == "as_likely"
            }
        ),
        "voi": together({name: voi(frame, Benefit.of("homicides_mx"), ()) for name, frame in frames.items()}),
        "sensitivity": together(
            {name: sensitivity(frame, "plan", "homicides_mx", design) for name, frame in frames.items()}
        ),
        "pathways": together(
            {name: pathways(store, frame, "plan", target, ["homicides_mx"]) for name, frame in frames.items()}
        ),
        "attribute": together({"as_likely": wedges}),
        "timeline": together({name: timeline(store, frame, "plan") for name, frame in frames.items()}),
        "redteam": together({"as_likely": answered(asked())}),
    }


def test_every_method_has_a_picture_that_names_what_it_shows(tmp_path: Path) -> None:
    said = {
        "robustness": "Homicides in Mexico",
        "conditions": "percent rise of fights",
        "discover": "coverage in fresh futures",
        "voi": "worth of knowing",
        "sensitivity": "the inputs of rivalry",
        "pathways": "still meets the target",
        "attribute": "contribution to homicides in Mexico",
        "timeline": "week from which it differs",
        "redteam": "change against the baseline",
    }
    for method, result in results().items():
        drawn = save(result, tmp_path / f"{method}.svg").read_text(encoding="utf-8")
        assert said[method] in drawn, method
        assert ("Carried out as written" in drawn) == ("carried_out" in str(result.inputs.get("readings"))), method
        assert figure(result).label == result.words[0]


def test_a_picture_has_a_format_that_is_known(tmp_path: Path) -> None:
    one = results()["attribute"]
    assert save(one, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match=r"\.svg, \.png"):
        save(one, tmp_path / "a.pdf")


def test_data_of_a_chart_begin_no_formula() -> None:
    rows = [{"plan": '=HYPERLINK("http://x")', "value": -1.0}, {"plan": "@y", "value": 2.0}]
    chart = alt.Chart(pl.DataFrame(rows)).mark_bar().encode(x="plan:N", y="value:Q")
    assert style.csv(chart, 10_000).splitlines()[1:] == [
        '"\'=HYPERLINK(""http://x"")",-1.0',
        "'@y,2.0",
    ]
