"""The templates of the report, which other pages share."""

from __future__ import annotations

import jinja2


def environment(*folders: str) -> jinja2.Environment:
    """Return the templates of folders of the packaged data, and behind them those of the report; every value is escaped."""
    places = [jinja2.PackageLoader("premortem", f"data/{folder}") for folder in (*folders, "report")]
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader(places), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
