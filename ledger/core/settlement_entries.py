"""
The journal of a settlement: prepayments used, what was translated, and every division.

There is one entry for each currency. In yen stands what holders got, from whichever currency; in
another currency, what left its holders and became the house's to exchange.
"""

from collections.abc import Mapping

from ledger.core import payee_advance, prepayment_use
from ledger.core.journal import JournalEntry
from ledger.core.position import PositionMove, gain_postings
from ledger.core.reckoning import Reckoning
from ledger.core.settlement_entry import postings
from ledger.core.translation import entries_out, postings_in
from ledger.core.unsettled import Unsettled


def settlement_entries(
    reckoning: Reckoning, moves: Mapping[str, PositionMove]
) -> list[JournalEntry]:
    """
    Return the entries that post prepayments used, translations and every division.

    There is one for each currency; none where nothing moves.
    """
    work = reckoning.unsettled
    source, on = source_of(work), work.days.settled_on
    moved = prepayment_use.postings(use for use in work.uses if use.currency == work.currency)
    moved += postings_in(work.lines, party_ids=work.party_ids)
    moved += tuple(posting for move in moves.values() for posting in gain_postings(move.gain_yen))
    moved += tuple(
        posting
        for division in reckoning.divisions
        for posting in postings(division, party_ids=work.party_ids)
    )
    moved += tuple(payee_advance.postings(reckoning.advances, party_ids=work.party_ids))
    foreign = entries_out(
        work.lines, work.uses, party_ids=work.party_ids, posted_on=on, source=source
    )
    if not moved:
        return foreign
    entry = JournalEntry(
        kind="settlement",
        posted_on=on,
        currency=work.currency,
        source=source,
        postings=moved,
    )
    return [entry, *foreign]


def source_of(work: Unsettled) -> str:
    """Name a settlement in the journal."""
    return f"SET-{work.closing_month}"
