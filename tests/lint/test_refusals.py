"""The linter passes nothing that a run refuses, and finds nothing that a run takes: one judgement for both."""

from __future__ import annotations

import random
from datetime import date, timedelta
from inspect import signature

import pytest

from premortem.cli.run import run
from premortem.lint import lint
from premortem.model.units import WEEKS_PER_YEAR
from premortem.plan.controls.compile import refused
from premortem.plan.language.load import LoadedPlan, load_text
from premortem.plan.language.runnable import RUN_WEEKS
from premortem.theatre.choosing import day_of, start_for
from premortem.theatre.folder import DEFAULT, Folder

CODES = {"EN128", "EN131"}
FIRST, LAST = date(2007, 1, 1), date(2049, 12, 31)


def begins(plan: LoadedPlan) -> date:
    """Return the first day of the run that would be made of a plan alone."""
    stated = [plan.plan.start] if isinstance(plan.plan.start, date) else []
    return day_of(Folder.find(DEFAULT), start_for(DEFAULT, stated))


def made(seed: int) -> str:
    """Return a plan with any start, and any number of phases that are called, triggers, bargains and deals."""
    luck = random.Random(seed)
    default = day_of(Folder.find(DEFAULT))
    edge = luck.choice([FIRST, default, default + timedelta(weeks=RUN_WEEKS)]) + timedelta(days=luck.randrange(3))
    start = luck.choice([edge, FIRST + timedelta(days=luck.randrange((LAST - FIRST).days))])
    parts = [f'title = "x"\nsource = ["project"]\nstart = {start}\n']
    parts += [f'[[deal]]\nid = "d{i}"\nkind = "truce"\n' for i in range(luck.randrange(4))]
    for i in range(luck.choice([0, 1, 4, 5, 20])):
        parts.append(f'[[phase]]\nname = "p{i}"\n[[branch]]\nwhen = "week > {i}"\nthen = {{ phase = "p{i}" }}\n')
    for i in range(luck.randrange(3)):
        parts.append(
            f'[[task_force]]\nid = "t{i}"\nreach = ["home_side"]\npersonnel = {luck.choice([0, 10, 500_000])}\n'
        )
        parts.append('trigger = "us_killed > 1"\n' * luck.randrange(2))
    if luck.randrange(2):
        parts.append(
            '[[phase]]\nname = "b"\n[[bargain]]\nid = "b"\npartner = "mexico"\nasks = "x"\nby_week = 1\nagreed = "b"\n'
        )
        parts.append('kept = "us_killed < 9"\n' * luck.randrange(2))
    if luck.randrange(2):
        parts.append('[[measure]]\nlever = "mexico.aid"\nlevel = 60\n')
    return "".join(parts)


@pytest.mark.parametrize("seed", range(200))
def test_the_linter_finds_what_a_run_refuses_and_nothing_else(seed: int) -> None:
    plan = load_text(made(seed))
    by_run = [*refused(plan, begins(plan), RUN_WEEKS)]
    found = [finding for finding in lint(plan) if finding.rule.code in CODES]
    assert sorted(problem.where.key for problem in by_run) == sorted(finding.where.key for finding in found)


def test_the_usual_length_is_that_of_the_command() -> None:
    assert signature(run).parameters["years"].default * WEEKS_PER_YEAR == RUN_WEEKS
