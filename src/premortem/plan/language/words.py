"""Values with a meaning of their own in a plan: left open, stated absence, always."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Unspecified(Enum):
    """The plan leaves the field open: written ``"unspecified"``, linted over all values, drawn once per future."""

    UNSPECIFIED = "unspecified"


class Nothing(Enum):
    """Stated absence, written ``"none"``: a statement, not a gap."""

    NONE = "none"


class Always(Enum):
    """A trigger that is always on, written ``"always"``."""

    ALWAYS = "always"


UNSPECIFIED: Final = Unspecified.UNSPECIFIED
NONE: Final = Nothing.NONE
ALWAYS: Final = Always.ALWAYS
