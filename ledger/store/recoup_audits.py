"""The audit's reading of advances: what closings wrote of them, and what it follows from."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.facts import PrepaymentFact, RecoupedMonthFact, RecoupGroupFact, SourceFact
from ledger.core.period import Month
from ledger.core.recoupment import Earned, RecoupState
from ledger.core.snapshot import from_plain
from ledger.store.recoup_groups import GroupInBook, open_groups

#: After every month there is.
_AT_THE_END = Month(9998, 11)

_MONTHS = """
    SELECT r.recoup_group_id, r.closing_month, r.state,
           CAST(coalesce((SELECT sum(u.amount_minor) FROM prepayment_use u
                          WHERE u.recoup_group_id = r.recoup_group_id
                            AND u.closing_month = r.closing_month AND u.kind = 'recouped'), 0)
                AS bigint) AS used_minor,
           CAST(coalesce((SELECT sum(s.recouped_minor) FROM royalty_set_off s
                          WHERE s.recoup_group_id = r.recoup_group_id
                            AND s.closing_month = r.closing_month), 0) AS bigint) AS set_off_minor,
           CAST(coalesce((SELECT sum(p.amount_minor) FROM prepayment p
                          WHERE p.recoup_group_id = r.recoup_group_id
                            AND p.closing_month = r.closing_month), 0) AS bigint)
               AS shortfall_minor
    FROM recoupment r WHERE r.book_id = :book
    ORDER BY r.recoup_group_id, r.closing_month
"""

_SOURCES = """
    SELECT r.recoup_group_id, r.closing_month, s.source, s.carried_in_minor, s.royalty_minor,
           s.adjustment_minor, s.recouped_minor, s.payable_minor, s.carried_out_minor
    FROM recouped_source s
    JOIN recoupment r USING (recoup_group_id, closing_month)
    JOIN recoup_group g USING (recoup_group_id)
    JOIN license_grant grants ON grants.license_id = g.license_id
                             AND CAST(grants.position AS text) = s.source
    JOIN recoup_member placed ON placed.license_grant_id = grants.license_grant_id
                       AND placed.recoup_group_id = r.recoup_group_id
                       AND r.closing_month >= placed.since AND r.closing_month < placed.until
    WHERE r.book_id = :book
    ORDER BY r.recoup_group_id, r.closing_month, placed.position
"""

_EARNED = """
    SELECT s.recoup_group_id, r.closing_month, CAST(g.position AS text) AS source,
           CAST(coalesce(sum(r.amount_minor) FILTER (WHERE r.closing_month = r.accrual_month), 0)
                AS bigint) AS royalty_minor,
           CAST(coalesce(sum(r.amount_minor) FILTER (WHERE r.closing_month > r.accrual_month), 0)
                AS bigint) AS adjustment_minor
    FROM recoup_member s
    JOIN license_grant g USING (license_grant_id)
    JOIN terms_version v USING (license_grant_id)
    JOIN royalty_line r ON r.terms_version_id = v.terms_version_id
                       AND r.closing_month >= s.since AND r.closing_month < s.until
    WHERE r.book_id = :book
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
"""

_NAMES = """
    SELECT g.recoup_group_id, l.reference || ' ' || g.reference AS name
    FROM recoup_group g JOIN license l USING (license_id) WHERE l.book_id = :book
"""


def load_recoup_groups(session: Session, *, book_id: int) -> tuple[RecoupGroupFact, ...]:
    """Return every group with its closed months; a book without groups costs one query."""
    groups = open_groups(session, book_id=book_id, month=_AT_THE_END)
    if not groups:
        return ()

    def rows(statement: str) -> list[Row[Any]]:
        return list(session.execute(text(statement), {"book": book_id}))

    sources, earned = defaultdict(list), defaultdict(list)
    for row in rows(_SOURCES):
        sources[row.recoup_group_id, row.closing_month].append(SourceFact(**_figures(row)))
    for row in rows(_EARNED):
        earned[row.recoup_group_id, row.closing_month].append(Earned(**_figures(row)))
    months = defaultdict(list)
    for row in rows(_MONTHS):
        key = (row.recoup_group_id, row.closing_month)
        months[row.recoup_group_id].append(
            RecoupedMonthFact(
                month=row.closing_month,
                earned=tuple(earned[key]),
                sources=tuple(sources[key]),
                state=from_plain(RecoupState, row.state),
                used_minor=row.used_minor,
                set_off_minor=row.set_off_minor,
                shortfall_minor=row.shortfall_minor,
            )
        )
    names = {row.recoup_group_id: row.name for row in rows(_NAMES)}
    return tuple(_fact(names[group.id], group, tuple(months[group.id])) for group in groups)


def _fact(name: str, group: GroupInBook, months: tuple[RecoupedMonthFact, ...]) -> RecoupGroupFact:
    return RecoupGroupFact(
        name=name,
        group=group.versions,
        ends_on=group.opened.ends_on,
        months=months,
        prepayments=tuple(
            PrepaymentFact(
                reference=each.reference,
                amount_minor=each.amount_minor,
                used_minor=each.amount_minor - each.left_minor,
            )
            for each in group.opened.prepayments
        ),
    )


def _figures(row: Row[Any]) -> dict[str, Any]:
    keys = ("recoup_group_id", "closing_month")
    return {name: value for name, value in row._mapping.items() if name not in keys}
