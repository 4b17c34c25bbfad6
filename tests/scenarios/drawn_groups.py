"""Recoup groups of drawn books that change: a grant joins or leaves, a checkpoint is added."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from ledger.core.recoup_agreement import NewCheckpoint, NewRecoupGroup, NewRecoupTerms
from ledger.services import recouping
from ledger.store.database import Database


class Drawn(NamedTuple):
    """A group as it stands, and how many grants its license has."""

    group: NewRecoupGroup
    grants: int


def change(
    database: Database,
    chance: Random,
    name: tuple[str, str],
    drawn: Drawn,
    since: date,
    at: datetime,
) -> Drawn:
    """
    Write new terms of a group, named by its license and itself, and return it as it is then.

    :raises Refusal: they contradict what stands; nothing was changed.
    """
    terms = _terms(chance, drawn, since)
    recouping.change_group(
        database,
        license_reference=name[0],
        recoup_group=name[1],
        terms=terms,
        recorded_by="rights-desk",
        recorded_at=at,
    )
    said = {each: getattr(terms, each) for each in ("crossing", "grants", "advances", "guarantees")}
    return drawn._replace(group=replace(drawn.group, **said))


def _terms(chance: Random, drawn: Drawn, since: date) -> NewRecoupTerms:
    group = drawn.group
    grants = tuple(sorted({*group.grants} ^ {chance.randrange(drawn.grants)})) or group.grants
    added = NewCheckpoint(due_on=since + timedelta(days=20), target_minor=45_000)
    points = [added] if chance.randrange(2) else []
    return NewRecoupTerms(
        effective_from=since,
        clause_reference="as amended",
        crossing="single" if len(grants) == 1 else "cross",
        grants=grants,
        advances=tuple(replace(each, recouped_from=()) for each in group.advances),
        guarantees=tuple(
            replace(
                each,
                checkpoints=tuple(sorted({*each.checkpoints, *points}, key=lambda it: it.due_on)),
            )
            for each in group.guarantees
        ),
    )
