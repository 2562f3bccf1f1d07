"""A start of any month, from what was public on its day: records of the ledger in, rows of a theatre's files out."""

from premortem.theatre.nowcast.build import (
    Built,
    build,
    first_monday,
    is_month,
    newest_start,
    prepared,
    reach,
    required,
    with_start,
)
from premortem.theatre.nowcast.settings import Rules, read

__all__ = [
    "Built",
    "Rules",
    "build",
    "first_monday",
    "is_month",
    "newest_start",
    "prepared",
    "reach",
    "read",
    "required",
    "with_start",
]
