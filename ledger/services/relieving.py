"""
Relieving: the form of a payee abroad by which a tax treaty lowers what is withheld from it.

A form may be filed at any time. It is entered with the day on which it was filed, holds for
payments after that day, and changes nothing that was paid or is planned.
"""

from collections.abc import Sequence
from datetime import datetime

from ledger.core.fields import check_instant, check_text, check_whole
from ledger.core.period import tokyo_day
from ledger.core.tax_tables import TreatyRate
from ledger.core.treaty_relief import NewTreatyRelief, TreatyRelief, check_relief, table_says
from ledger.services import BOOK_ID
from ledger.store import settlements, treaty_reliefs
from ledger.store.database import Database
from ledger.store.parties import require_holder, require_parties

#: How many reliefs are listed at once, at most.
LIMIT_MAX = 1_000


def enter_relief(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    party: str,
    relief: NewTreatyRelief,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> TreatyRate | None:
    """
    Write by which form and from when on a treaty relieves a payee abroad.

    Returns what the table of treaties has for the payee's country where it is another rate, for a
    person to look at: the rate of a payment is that of the form.

    :raises PartyUnknown: there is no such party.
    :raises NotARightsHolder: it is nobody whom the house pays.
    :raises TreatyReliefNotForParty, TreatyFormNotFiledYet, TreatyReliefEndsBeforeItBegins,
        TreatyReliefInThePast, FieldRefusal: see :func:`ledger.core.treaty_relief.check_relief`.
    """
    reason = check_text(reason, field="reason")
    recorded_by = check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        settlements.lock_settlements(session, book_id=book_id)
        known = require_parties(session, book_id=book_id, fields={party: "party"})[party]
        require_holder(known, field="party")
        country = treaty_reliefs.find_country(session, party_id=known.id)
        check_relief(
            relief,
            party=party,
            country=country,
            today=tokyo_day(at),
            last=treaty_reliefs.find_last_payment(session, party_id=known.id),
        )
        treaty_reliefs.insert_relief(
            session,
            party_id=known.id,
            relief=relief,
            recorded_at=at,
            recorded_by=recorded_by,
            reason=reason,
        )
    return table_says(relief, country=country)


def list_reliefs(
    database: Database, *, book_id: int = BOOK_ID, payee: str | None = None, limit: int = LIMIT_MAX
) -> Sequence[TreatyRelief]:
    """
    Return reliefs by payee, of each in the order of the days from which they hold.

    :raises FieldRefusal: ``limit`` is not from 1 to 1,000.
    """
    check_whole(limit, field="limit", least=1, most=LIMIT_MAX)
    with database.transaction() as session:
        return treaty_reliefs.list_reliefs(session, book_id=book_id, payee=payee, limit=limit)
