"""
Recoup groups as a closing finds them, and what it does to them.

A closing finds every group in a fixed number of queries, and a book without groups costs it one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session, col, insert

from ledger.core.period import Month, tokyo_day
from ledger.core.prepayment import (
    GroupClosing,
    OpenGroup,
    OpenLine,
    Prepayment,
    PrepaymentKind,
    Share,
    Use,
)
from ledger.core.recoup_versions import VersionedGroup
from ledger.core.recoupment import RecoupState
from ledger.core.snapshot import from_plain, to_plain
from ledger.store.parties import insert_all
from ledger.store.recoup_versions import read_versions
from ledger.store.tables.prepayments import (
    PrepaymentRow,
    RecoupedSourceRow,
    RecoupmentRow,
    RoyaltySetOffRow,
)

#: Later than any license begins.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class GroupInBook:
    """A group as a closing finds it, and its keys."""

    id: int
    licensee_id: int
    currency: str
    prepayment_ids: Mapping[str, int]
    versions: VersionedGroup
    opened: OpenGroup


_GROUPS = """
    SELECT g.recoup_group_id, g.licensee_id, l.starts_at, l.ends_at, l.reference AS license,
           (SELECT min(v.currency)
            FROM recoup_source s JOIN terms_version v USING (license_grant_id)
            WHERE s.recoup_group_id = g.recoup_group_id AND v.version = 1) AS currency
    FROM recoup_group g JOIN license l USING (license_id)
    WHERE l.book_id = :book AND l.starts_at < :before
    ORDER BY g.recoup_group_id
"""

_PREPAYMENTS = """
    SELECT p.*, CAST(p.amount_minor - coalesce((
               SELECT sum(u.amount_minor) FROM prepayment_use u
               WHERE u.prepayment_id = p.prepayment_id AND u.closing_month < :month
           ), 0) AS bigint) AS left_minor
    FROM prepayment p
    WHERE p.recoup_group_id = ANY (CAST(:groups AS bigint[]))
      AND (p.closing_month IS NULL OR p.closing_month < :month)
    ORDER BY p.recoup_group_id, p.prepayment_id
"""

_STATES = """
    SELECT DISTINCT ON (recoup_group_id) recoup_group_id, state FROM recoupment
    WHERE recoup_group_id = ANY (CAST(:groups AS bigint[])) AND closing_month < :month
    ORDER BY recoup_group_id, closing_month DESC
"""

# A line is in the group that its grant was in when it was closed, also when the grant has left.
_LINES = """
    SELECT s.recoup_group_id, r.royalty_line_id, CAST(g.position AS text) AS source, r.subject_id,
           r.owner_id, r.amount_minor, r.closing_month = :month AS is_new,
           r.closing_month > r.accrual_month AS is_adjustment
    FROM recoup_member s
    JOIN license_grant g USING (license_grant_id)
    JOIN terms_version v USING (license_grant_id)
    JOIN royalty_line r ON r.terms_version_id = v.terms_version_id
                       AND r.closing_month >= s.since AND r.closing_month < s.until
    LEFT JOIN royalty_set_off done ON done.royalty_line_id = r.royalty_line_id
                                  AND done.closing_month < :month
    WHERE s.recoup_group_id = ANY (CAST(:groups AS bigint[])) AND r.closing_month <= :month
      AND done.royalty_line_id IS NULL
    ORDER BY r.royalty_line_id
"""

_SHARES = """
    SELECT s.recoup_group_id, CAST(g.position AS text) AS source, m.subject_id, subject.owner_id,
           CAST(coalesce((
               SELECT sum(r.amount_minor)
               FROM recoup_member was
               JOIN terms_version v ON v.license_grant_id = was.license_grant_id
               JOIN royalty_line r ON r.terms_version_id = v.terms_version_id
                                  AND r.closing_month >= was.since
                                  AND r.closing_month < was.until
               WHERE was.recoup_group_id = s.recoup_group_id
                 AND was.license_grant_id = s.license_grant_id AND r.subject_id = m.subject_id
                 AND r.closing_month <= :month
           ), 0) AS bigint) AS earned_minor
    FROM recoup_member s
    JOIN license_grant g USING (license_grant_id)
    JOIN grant_subject m USING (license_grant_id)
    JOIN subject ON subject.subject_id = m.subject_id
    WHERE s.recoup_group_id = ANY (CAST(:groups AS bigint[]))
      AND s.since <= :month AND :month < s.until
    ORDER BY s.recoup_group_id, s.position, m.position
"""


_INSERT_USES = """
    INSERT INTO prepayment_use (prepayment_id, licensee_id, recoup_group_id, closing_month, kind,
                                subject_id, owner_id, royalty_line_id, amount_minor)
    SELECT prepayment_id, :licensee_id, :recoup_group_id, :closing_month, kind,
           subject_id, owner_id, royalty_line_id, amount_minor
    FROM unnest(CAST(:prepayments AS bigint[]), CAST(:kinds AS text[]),
                CAST(:subjects AS bigint[]), CAST(:owners AS bigint[]),
                CAST(:lines AS bigint[]), CAST(:amounts AS bigint[]))
         WITH ORDINALITY AS use (prepayment_id, kind, subject_id, owner_id, royalty_line_id,
                                 amount_minor, place)
    ORDER BY place
"""


def open_groups(session: Session, *, book_id: int, month: Month) -> list[GroupInBook]:
    """Return every group of a license that has begun, as the closing of a month finds it."""
    found = session.execute(text(_GROUPS), {"book": book_id, "before": month.ends_at}).all()
    if not found:
        return []
    keys = [row.recoup_group_id for row in found]
    asked = {"groups": keys, "month": month.first_day}
    versions = read_versions(session, group_ids=keys)
    prepayments, states, lines, shares = (
        _by_group(session, statement, asked)
        for statement in (_PREPAYMENTS, _STATES, _LINES, _SHARES)
    )
    return [
        GroupInBook(
            id=row.recoup_group_id,
            licensee_id=row.licensee_id,
            currency=row.currency,
            prepayment_ids={
                each.reference: each.prepayment_id for each in prepayments[row.recoup_group_id]
            },
            versions=versions[row.recoup_group_id],
            opened=OpenGroup(
                group=versions[row.recoup_group_id].at(month.first_day).group,
                ends_on=row.ends_at and tokyo_day(row.ends_at - timedelta(microseconds=1)),
                state=next(
                    (from_plain(RecoupState, each.state) for each in states[row.recoup_group_id]),
                    RecoupState(),
                ),
                prepayments=tuple(map(_prepayment, prepayments[row.recoup_group_id])),
                lines=tuple(OpenLine(**_but_key(each)) for each in lines[row.recoup_group_id]),
                shares=tuple(Share(**_but_key(each)) for each in shares[row.recoup_group_id]),
            ),
        )
        for row in found
    ]


def agreed_groups(session: Session, *, book_id: int) -> dict[str, tuple[VersionedGroup, ...]]:
    """Return the groups of every license that has some, by its reference, as they are agreed."""
    found = session.execute(text(_GROUPS), {"book": book_id, "before": _NEVER}).all()
    versions = read_versions(session, group_ids=[row.recoup_group_id for row in found])
    groups: defaultdict[str, tuple[VersionedGroup, ...]] = defaultdict(tuple)
    for row in found:
        groups[row.license] += (versions[row.recoup_group_id],)
    return dict(groups)


def insert_closing(
    session: Session, *, book_id: int, month: date, group: GroupInBook, closing: GroupClosing
) -> None:
    """Write what a closing does to a group."""
    of_closing = {
        "recoup_group_id": group.id,
        "closing_month": month,
        "licensee_id": group.licensee_id,
    }
    recoupment = closing.recoupment
    insert_all(
        session,
        RecoupmentRow,
        [
            {
                **of_closing,
                "book_id": book_id,
                "state": to_plain(closing.state),
                "steps": to_plain(recoupment.figures),
            }
        ],
    )
    insert_all(
        session, RecoupedSourceRow, ({**of_closing, **vars(each)} for each in recoupment.sources)
    )
    insert_all(
        session,
        RoyaltySetOffRow,
        (
            {**of_closing, "royalty_line_id": line, "recouped_minor": recouped}
            for line, recouped in closing.set_off.items()
        ),
    )
    keys = dict(group.prepayment_ids)
    if closing.shortfalls:
        keys |= _insert_shortfalls(session, of_closing, group, closing.shortfalls)
    _insert_uses(session, of_closing, keys, closing.uses)


def _insert_uses(
    session: Session,
    of_closing: Mapping[str, object],
    keys: Mapping[str, int],
    uses: Sequence[Use],
) -> None:
    """Write uses by one statement, because only all of them together are within a prepayment."""
    columns = {
        "prepayments": [keys[use.prepayment] for use in uses],
        "kinds": [str(use.kind) for use in uses],
        "subjects": [use.subject_id for use in uses],
        "owners": [use.owner_id for use in uses],
        "lines": [use.royalty_line_id for use in uses],
        "amounts": [use.amount_minor for use in uses],
    }
    session.execute(text(_INSERT_USES), {**of_closing, **columns})


def _insert_shortfalls(
    session: Session,
    of_closing: Mapping[str, object],
    group: GroupInBook,
    shortfalls: Sequence[Prepayment],
) -> dict[str, int]:
    keys = session.scalars(
        insert(PrepaymentRow).returning(
            col(PrepaymentRow.prepayment_id), sort_by_parameter_order=True
        ),
        [
            {
                **of_closing,
                "reference": each.reference,
                "kind": str(each.kind),
                "currency": group.currency,
                "amount_minor": each.amount_minor,
                "due_on": each.due_on,
                "sources": [],
                "shares_bp": [],
                "guarantee": each.guarantee,
                "target_minor": each.target_minor,
                "credited_minor": each.credited_minor,
            }
            for each in shortfalls
        ],
    ).all()
    return {each.reference: key for each, key in zip(shortfalls, keys, strict=True) if key}


def _prepayment(row: Row[Any]) -> Prepayment:
    is_shortfall = row.kind == PrepaymentKind.SHORTFALL
    return Prepayment(
        reference=row.reference,
        kind=PrepaymentKind(row.kind),
        amount_minor=row.amount_minor,
        left_minor=row.left_minor,
        due_on=row.due_on,
        guarantee=row.guarantee if is_shortfall else None,
        target_minor=row.target_minor,
        credited_minor=row.credited_minor,
    )


def _by_group(
    session: Session, statement: str, asked: Mapping[str, object]
) -> Mapping[int, list[Row[Any]]]:
    rows = defaultdict(list)
    for row in session.execute(text(statement), asked):
        rows[row.recoup_group_id].append(row)
    return rows


def _but_key(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "recoup_group_id"}
