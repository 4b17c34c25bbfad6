"""Firms that are told, for each of their licenses, that subjects in it are permitted no longer."""

from collections.abc import Collection
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlmodel import Session

from ledger.core.webhook import consent_withdrawn
from ledger.core.wind_down import over_at
from ledger.store import lineages, outbox


def tell_firms(
    session: Session,
    *,
    book_id: int,
    owner_id: int,
    subject_ids: Collection[int],
    state: str,
    effective_at: datetime,
    occurred_at: datetime,
    offer: str | None = None,
    consent: str | None = None,
    notice_days: int | None = None,
) -> None:
    """
    Enqueue what firms are told about some subjects of a holder.

    Use earns on for the wind-down of each license, or for so many days of notice.
    """
    licensed = lineages.licensed(session, owner_id=owner_id, at=effective_at)
    affected = [each for each in licensed if each.subject_id in subject_ids]
    events = []
    for (firm, license_), group in groupby(affected, key=itemgetter(0, 1)):
        of_license = list(group)
        days = notice_days
        if days is None:
            days = min(each.wind_down_days for each in of_license)
        events.append(
            consent_withdrawn(
                licensee_id=firm,
                license=license_,
                offer=offer,
                consent=consent,
                state=state,
                effective_at=effective_at,
                earns_until=over_at(effective_at, days=days),
                subject_count=len(of_license),
            )
        )
    outbox.enqueue(session, book_id=book_id, events=events, occurred_at=occurred_at)
