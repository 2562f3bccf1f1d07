"""The one list of mechanisms. Adding a mechanism to the model is adding its file and one line here."""

from __future__ import annotations

from premortem.model.mechanism import Mechanism

MECHANISMS: tuple[Mechanism, ...] = ()
