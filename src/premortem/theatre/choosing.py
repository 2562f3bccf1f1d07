"""Which start of a theatre a plan of a given date runs from."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from premortem.theatre import nowcast, records
from premortem.theatre.folder import Folder


def first_day(folder: Folder) -> datetime.date:
    """Return the first day from which a theatre can be simulated."""
    rules = nowcast.read(folder)
    own = [start.date for start in _settings(folder).starts.values()]
    return min([*own, nowcast.first_monday(rules.first)] if rules else own)


def day_of(folder: Folder, start: str = "") -> datetime.date:
    """Return the first day of a start of a theatre: one of its own, by default its default, or a month."""
    settings = _settings(folder)
    chosen = settings.starts.get(start or settings.default_start)
    return chosen.date if chosen else nowcast.first_monday(start)


def _settings(folder: Folder) -> records.Settings:
    return folder.build(records.Settings, folder.toml("theatre.toml"), folder.where("theatre.toml"))


def start_for(name: str, dates: Iterable[datetime.date]) -> str:
    """Return the start for plans that begin on some dates: the theatre's default, or, where one begins before it, a start up to that day.

    That is the month of the earliest date, or the one before where its first Monday comes later, if the theatre has rules for a start of
    any month; else the last of its own starts up to that day. Where there is none so early it is the default, and the plan is refused.
    """
    folder = Folder.find(name)
    settings = _settings(folder)
    first = min(dates, default=None)
    if first is None or first >= settings.starts[settings.default_start].date:
        return settings.default_start
    rules = nowcast.read(folder)
    if rules is not None:
        month = f"{first:%Y-%m}"
        if nowcast.first_monday(month) > first:
            month = f"{first.replace(day=1) - datetime.timedelta(days=1):%Y-%m}"
        return max(month, rules.first)
    own = {id_: start.date for id_, start in settings.starts.items() if start.date <= first}
    return max(own, key=lambda id_: own[id_], default=settings.default_start)
