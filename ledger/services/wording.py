"""
Wording: in which language a party's documents come first, with which years, and which text decides.

It holds from the next document on. A document carries what held when it was issued.
"""

from dataclasses import replace
from datetime import datetime

from ledger.core.fields import check_instant, check_text
from ledger.core.language import LanguageMalformed, is_tag
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import party_wordings
from ledger.store.database import Database
from ledger.store.parties import lock_names, require_parties
from ledger.store.party_wordings import Wording


class WordedSoAlready(Refusal):
    """The party's documents are worded so already."""

    code = "worded_so_already"
    field = "party"


def word_documents(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    party: str,
    change: Wording,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> Wording:
    """
    Say how a party's documents are worded from now on; None leaves a thing as it is.

    What the operator has for its own documents holds for every party that has nothing else.

    :raises PartyUnknown: there is no such party.
    :raises WordedSoAlready: they are worded so already.
    :raises LanguageMalformed: a language is no tag.
    """
    check_text(reason, field="reason")
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    for field in ("language", "authoritative"):
        tag = getattr(change, field)
        if tag is not None and not is_tag(tag):
            raise LanguageMalformed(field=field, value=tag)
    told = {name: value for name, value in vars(change).items() if value is not None}
    with database.transaction() as session:
        lock_names(session)
        party_id = require_parties(session, book_id=book_id, fields={party: "party"})[party].id
        before = party_wordings.find_wording(session, party_id=party_id)
        after = replace(before, **told)
        if after == before:
            raise WordedSoAlready(party=party)
        party_wordings.insert_wording(
            session,
            party_id=party_id,
            wording=after,
            recorded_at=at,
            recorded_by=recorded_by,
            reason=reason,
        )
    return after
