"""A result as a notebook that asks the same again: its plans, numbers and seed, and the digest that comes out."""

from __future__ import annotations

import json
from typing import Any

from premortem.plan.language import packaged
from premortem.web.questions import Question
from premortem.wording.languages import Messages


def notebook(question: Question, digest: str, t: Messages) -> str:
    """Return the text of the notebook; plans that do not come with the package are written to files by its first cell."""
    own = [plan for plan in question.loaded if not packaged.is_packaged(plan.loaded.file)]
    names = [f"{plan.id}.toml" if plan in own else plan.id for plan in question.loaded]
    baseline, *judged = (plan.id for plan in question.loaded)
    files = [f'Path("{plan.id}.toml").write_text({plan.text!r}, encoding="utf-8")' for plan in own]
    numbers = f"futures={question.futures}, years={question.years}, seed={question.seed}, reuse=True"
    asked = f"made = pm.run({', '.join(map(json.dumps, names))}, {numbers})"
    baseline, *judged = map(t.translated, question.titles)
    title = t("versus", plan=", ".join(judged), baseline=baseline)
    first = f'made.compare("{judged[0]}", "{baseline}")'
    cells = [
        ("markdown", f"# {title}\n\n{t('web.notebook', digest=digest)}"),
        *([("code", "\n".join(["from pathlib import Path", *files]))] if own else []),
        ("code", f"import premortem as pm\n\n{asked}\nmade.digest()"),
        *(("code", f'made.compare("{plan}", "{baseline}")') for plan in judged),
        ("code", f'{first}.plot("homicides_mx")'),
        ("code", f"{first}.decides()"),
        ("code", "made.frame()"),
    ]
    return json.dumps(
        {
            "cells": [_cell(number, kind, text) for number, (kind, text) in enumerate(cells, 1)],
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
            "nbformat": 4, "nbformat_minor": 5,
        },
        indent=1, ensure_ascii=False,
    )  # fmt: skip


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text}
    return made | ({"execution_count": None, "outputs": []} if kind == "code" else {})
