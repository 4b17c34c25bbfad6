"""
Mending: what is printed of a party is put right, from the next document on.

A wrong name, address or registration number is corrected by a row that says what is right, by
whom and why. What was issued stays as it is until it is revised.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger.core.fields import check_instant, check_text
from ledger.core.refusal import Refusal
from ledger.core.registration import PartyKind, parse_registration_number
from ledger.services import BOOK_ID
from ledger.store import party_corrections
from ledger.store.database import Database
from ledger.store.parties import require_parties


class NothingToCorrect(Refusal):
    """The party is printed so already."""

    code = "nothing_to_correct_party"
    field = "party"


class RegistrationUnclear(Refusal):
    """A number is given for a party that never was registered, without the day from which on."""

    code = "registration_unclear"
    field = "registered_from"


@dataclass(frozen=True, kw_only=True)
class PartyChange:
    """What is to be printed of a party from now on; None of what was right."""

    name_ja: str | None = None
    name_en: str | None = None
    name_kana: str | None = None
    postal_code: str | None = None
    address_ja: str | None = None
    address_en: str | None = None
    registration_number: str | None = None
    registered_from: date | None = None  # of a number that the book did not have at all


def correct_party(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    party: str,
    change: PartyChange,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
) -> None:
    """
    Say what is printed of a party from now on; what was issued stays until it is revised.

    :raises PartyUnknown: there is no such party.
    :raises NothingToCorrect: it is printed so already.
    :raises NotARegistrationNumber, WrongCheckDigit: the number cannot be one.
    :raises RegistrationUnclear: the party never was registered, and no day says from when on.
    """
    reason = check_text(reason, field="reason")
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    told = {
        name: value
        for name, value in vars(change).items()
        if name != "registered_from" and value is not None
    }
    if "name_ja" in told:
        check_text(told["name_ja"], field="name_ja")
    with database.transaction() as session:
        known = require_parties(session, book_id=book_id, fields={party: "party"})[party]
        if change.registration_number is not None:
            parse_registration_number(change.registration_number, kind=PartyKind(known.kind))
        printed = party_corrections.find_printed(session, party_id=known.id)
        corrected = replace(printed, **told)
        if corrected == printed:
            raise NothingToCorrect(party=party)
        if change.registration_number is not None:
            is_known = party_corrections.has_registration(session, party_id=known.id)
            if is_known == (change.registered_from is not None):
                raise RegistrationUnclear(party=party)
            if change.registered_from is not None:
                party_corrections.insert_registration(
                    session,
                    party_id=known.id,
                    number=change.registration_number,
                    valid_from=change.registered_from,
                )
        party_corrections.insert_party_correction(
            session,
            party_id=known.id,
            printed=corrected,
            recorded_at=at,
            recorded_by=recorded_by,
            reason=reason,
        )
