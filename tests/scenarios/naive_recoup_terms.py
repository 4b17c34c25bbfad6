"""What was agreed of advances and guarantees, group by group and version by version, as rows."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.naive_terms import day_of

_GROUPS = """
    SELECT g.recoup_group_id, l.reference, l.ends_at, l.starts_at,
           ARRAY(SELECT CAST(n.position AS text) FROM recoup_source s
                 JOIN license_grant n USING (license_grant_id)
                 WHERE s.recoup_group_id = g.recoup_group_id ORDER BY s.position),
           ARRAY(SELECT s.license_grant_id FROM recoup_source s
                 WHERE s.recoup_group_id = g.recoup_group_id ORDER BY s.position)
    FROM recoup_group g JOIN license l USING (license_id) ORDER BY g.recoup_group_id
"""
_ADVANCES = """
    SELECT recoup_group_id, reference, kind, amount_minor, due_on, sources, shares_bp, guarantee
    FROM prepayment WHERE kind <> 'shortfall' AND version = 1 ORDER BY prepayment_id
"""
_GUARANTEES = """
    SELECT recoup_group_id, reference, sources, starts_on, due_on, targets_minor
    FROM minimum_guarantee WHERE version = 1 ORDER BY recoup_group_id, position
"""
_LATER = """
    SELECT a.recoup_group_id, a.effective_from,
           ARRAY(SELECT CAST(n.position AS text) FROM recoup_amendment_source s
                 JOIN license_grant n USING (license_grant_id)
                 WHERE s.recoup_group_id = a.recoup_group_id AND s.version = a.version
                 ORDER BY s.position),
           ARRAY(SELECT s.license_grant_id FROM recoup_amendment_source s
                 WHERE s.recoup_group_id = a.recoup_group_id AND s.version = a.version
                 ORDER BY s.position),
           a.terms
    FROM recoup_amendment a ORDER BY a.recoup_group_id, a.version
"""
_SUBJECTS = """
    SELECT m.license_grant_id, m.subject_id FROM grant_subject m ORDER BY m.position
"""


@dataclass
class Guarantee:
    """A guarantee, and what came of it so far."""

    reference: str
    sources: list[str]
    starts_on: date
    checkpoints: list[tuple[date, int]]
    paid: int = 0
    billed: int = 0
    unrecouped: int = 0
    earned: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass
class Version:
    """A group as it was agreed to be from a day on."""

    since: date
    sources: dict[int, str]  # by grant
    advances: list[Any]
    guarantees: list[Guarantee]


@dataclass
class Agreed:
    """A group of a license in all its versions."""

    id: int
    begins_on: date
    ends_on: date | None
    versions: list[Version]


def read_groups(database: Database) -> list[Agreed]:
    """Return every group of the book."""
    found = []
    for group_id, _, ends_at, begins, sources, grants in rows(database, _GROUPS):
        first = Version(
            date.min,
            dict(zip(grants, sources, strict=True)),
            [row[1:] for row in rows(database, _ADVANCES) if row[0] == group_id],
            [
                Guarantee(row[1], row[2], row[3], list(zip(row[4], row[5], strict=True)))
                for row in rows(database, _GUARANTEES)
                if row[0] == group_id
            ],
        )
        later = [_later(row) for row in rows(database, _LATER) if row[0] == group_id]
        ends_on = None if ends_at is None else _last_day(ends_at)
        found.append(Agreed(group_id, day_of(begins), ends_on, [first, *later]))
    return found


def subjects_of_grants(database: Database) -> dict[int, list[int]]:
    """Return the subjects of each grant, in the order of the contract."""
    subjects: dict[int, list[int]] = defaultdict(list)
    for grant_id, subject in rows(database, _SUBJECTS):
        subjects[grant_id].append(subject)
    return subjects


def _later(row: Any) -> Version:
    """Read what later terms of a group say."""
    _, since, sources, grants, terms = row
    return Version(
        since,
        dict(zip(grants, sources, strict=True)),
        [
            (
                each["reference"],
                each["kind"],
                each["amount_minor"],
                date.fromisoformat(each["paid_on"]),
                [link["source"] for link in each["recouped_from"]],
                [link["share_bp"] for link in each["recouped_from"]],
                each["counts_toward"],
            )
            for each in terms["advances"]
        ],
        [
            Guarantee(
                each["reference"],
                each["sources"],
                date.fromisoformat(each["starts_on"]),
                [
                    (date.fromisoformat(point["due_on"]), point["target_minor"])
                    for point in each["checkpoints"]
                ],
            )
            for each in terms["guarantees"]
        ],
    )


def _last_day(ends_at: datetime) -> date:
    return day_of(ends_at - timedelta(microseconds=1))
