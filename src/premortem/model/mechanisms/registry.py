"""The one list of mechanisms. Adding a mechanism to the model is adding its file and one line here."""

from __future__ import annotations

from premortem.model.mechanism import Mechanism
from premortem.model.mechanisms.arms import ARMS_HELD
from premortem.model.mechanisms.command import COMMAND
from premortem.model.mechanisms.control import CONTROL_SHARES
from premortem.model.mechanisms.cost import COST
from premortem.model.mechanisms.crossings import CROSSINGS
from premortem.model.mechanisms.detention import DETENTION
from premortem.model.mechanisms.drugs import DRUG_FLOWS
from premortem.model.mechanisms.economy import ECONOMY
from premortem.model.mechanisms.foreign import FOREIGN
from premortem.model.mechanisms.harms import HARMS
from premortem.model.mechanisms.homefront import HOMEFRONT
from premortem.model.mechanisms.joint_work import JOINT_WORK
from premortem.model.mechanisms.label import LABEL
from premortem.model.mechanisms.leadership import LEADERSHIP
from premortem.model.mechanisms.mexico import MEXICO
from premortem.model.mechanisms.migration import MIGRATION
from premortem.model.mechanisms.money import MONEY
from premortem.model.mechanisms.movement import MOVEMENT
from premortem.model.mechanisms.operations import OPERATIONS
from premortem.model.mechanisms.order import ORDER_KEPT
from premortem.model.mechanisms.overdose import OVERDOSE
from premortem.model.mechanisms.own_effort import OWN_EFFORT_OF_MEXICO
from premortem.model.mechanisms.people import PEOPLE
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.sea import SEA
from premortem.model.mechanisms.state import STATE
from premortem.model.mechanisms.washington import WASHINGTON
from premortem.model.mechanisms.way_out import WAY_OUT
from premortem.model.mechanisms.zone import ZONE

MECHANISMS: tuple[Mechanism, ...] = (
    RECRUITMENT,
    WAY_OUT,
    RIVALRY,
    STATE,
    LEADERSHIP,
    CONTROL_SHARES,
    MOVEMENT,
    OPERATIONS,
    PEOPLE,
    ZONE,
    LABEL,
    DETENTION,
    COMMAND,
    COST,
    MEXICO,
    OWN_EFFORT_OF_MEXICO,
    JOINT_WORK,
    CROSSINGS,
    WASHINGTON,
    ECONOMY,
    DRUG_FLOWS,
    FOREIGN,
    SEA,
    OVERDOSE,
    ARMS_HELD,
    MONEY,
    MIGRATION,
    HOMEFRONT,
    HARMS,
    ORDER_KEPT,
)
