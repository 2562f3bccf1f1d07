"""Own data over the packaged data, and what they leave as it was."""

from __future__ import annotations

import os
from pathlib import Path

from premortem.api.arguments import checked
from premortem.errors import InputError, Problem, Where
from premortem.evidence import own
from premortem.study.store import OWN, Store

NAMED = 3
"""Parameters named of those that a note is about."""


@checked
def own_data(folder: str | Path) -> tuple[str, ...]:
    """Lay the facts, priors, outcomes and measures in a folder over the packaged ones, for this process and those that it starts.

    Parameters
    ----------
    folder : holds some of ``evidence.toml``, ``parameters.toml``, ``outcomes.toml``, ``measures.toml`` (docs/studies.md).

    Returns
    -------
    Notes on what stays as it was although a fact behind it has changed; empty where nothing does.

    Raises
    ------
    InputError : something has been read without these data already, or they are wrong: every fault with file, line and key.
        What is refused is not in force: all is as it was before the call, and the folder may be mended and named again.
    """
    nothing_read, before = not own.given.cache_info().currsize, os.environ.get(own.SETTING)
    try:
        return _laid(folder)
    except BaseException:
        if nothing_read:
            _forget(before)
        raise


def _laid(folder: str | Path) -> tuple[str, ...]:
    from premortem.analysis.weights import measures
    from premortem.evidence import ledger, outcomes, parameters
    from premortem.evidence.checks import check_own, cited_and_left

    own.use(folder)
    problems = list[Problem]()
    for read in (ledger.load, parameters.load, outcomes.load):
        try:
            read()
        except InputError as error:
            problems += error.problems
    if problems := problems or check_own():
        raise InputError(*problems)
    measures()
    return tuple(_left(fact, parameters) for fact, parameters in cited_and_left().items())


def _forget(setting: str | None) -> None:
    """Undo what laying a folder over the packaged data has read and set, in a process that had read nothing."""
    from premortem.evidence import ledger, links, outcomes, parameters

    if setting is None:
        os.environ.pop(own.SETTING, None)
    else:
        os.environ[own.SETTING] = setting
    for read in (own.given, ledger.load, parameters.load, outcomes.load, links._users):
        read.cache_clear()


def _left(fact: str, parameters: tuple[str, ...]) -> str:
    named = ", ".join(parameters[:NAMED]) + (f" and {len(parameters) - NAMED} more" if len(parameters) > NAMED else "")
    return f"{fact} is yours; the priors that cite it stay as they are unless {own.PARAMETERS} changes them: {named}"


def require_same(store: Store) -> None:
    """Refuse to read a study with other evidence of the reader's own than it was made with, or without the yardsticks that it has.

    Own outcomes and measures may be laid over any study; but who names none would read one that has its own by other thresholds, unseen.

    Raises
    ------
    InputError : its own data are not those of this process.
    """
    from premortem.evidence import ledger

    recipe, ours = store.provenance.recipe, own.given()
    kept = recipe.own or store.folder.names(OWN)
    if not recipe.evidence or not (kept or ours.digest):
        return
    if recipe.evidence == ledger.load().digest and (ours.folder or not kept):
        return
    if kept:
        message, allowed = "this study was made with own data", f"--with {store.folder.url}/{OWN}, which holds them"
    else:
        message, allowed = "this study was made without your own facts and priors", "no --with, or a new run with it"
    found = str(ours.folder) if ours.folder else "no own data"
    raise InputError(Problem("own_data", message, Where(store.folder.url), found, allowed))
