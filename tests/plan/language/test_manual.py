import re
from pathlib import Path

from premortem.plan.language.expression import Condition
from premortem.plan.language.load import load_text

MANUAL = (Path(__file__).parents[3] / "docs/plan_language.md").read_text(encoding="utf-8")


def test_the_plan_in_the_manual_loads() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
    loaded = load_text(text)
    assert loaded.warnings == ()
    assert loaded.plan.branch[0].when == Condition.parse("us_killed > 20 or avg(us_support, 4) < 0.4")


def test_the_python_in_the_manual_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)
    scope: dict[str, object] = {}
    exec(compile(code, "manual", "exec"), scope)
    assert "loaded" in scope
