"""The one list of mechanisms. Adding a mechanism to the model is adding its file and one line here."""

from __future__ import annotations

from premortem.model.arms import ARMS_HELD
from premortem.model.command import COMMAND
from premortem.model.control import CONTROL_SHARES
from premortem.model.cost import COST
from premortem.model.crossings import CROSSINGS
from premortem.model.drugs import DRUG_FLOWS
from premortem.model.economy import ECONOMY
from premortem.model.foreign import FOREIGN
from premortem.model.homefront import HOMEFRONT
from premortem.model.leadership import LEADERSHIP
from premortem.model.mechanism import Mechanism
from premortem.model.mexico import MEXICO
from premortem.model.migration import MIGRATION
from premortem.model.money import MONEY
from premortem.model.movement import MOVEMENT
from premortem.model.operations import OPERATIONS
from premortem.model.overdose import OVERDOSE
from premortem.model.people import PEOPLE
from premortem.model.recruitment import RECRUITMENT
from premortem.model.rivalry import RIVALRY
from premortem.model.state import STATE
from premortem.model.washington import WASHINGTON

MECHANISMS: tuple[Mechanism, ...] = (
    RECRUITMENT,
    RIVALRY,
    STATE,
    LEADERSHIP,
    CONTROL_SHARES,
    MOVEMENT,
    OPERATIONS,
    PEOPLE,
    COMMAND,
    COST,
    MEXICO,
    CROSSINGS,
    WASHINGTON,
    ECONOMY,
    DRUG_FLOWS,
    FOREIGN,
    OVERDOSE,
    ARMS_HELD,
    MONEY,
    MIGRATION,
    HOMEFRONT,
)
