"""
Mending: what is printed of a party is put right, from the next document on.

A wrong name, address or registration number is corrected by a row that says what is right, by
whom and why. What was issued stays as it is until it is revised.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger.core.fields import FieldRefusal, check_instant, check_text
from ledger.core.party import NewWithholdingTerms, check_withholding
from ledger.core.refusal import Refusal
from ledger.core.registration import PartyKind, parse_registration_number
from ledger.core.tax import WithholdingBase
from ledger.services import BOOK_ID
from ledger.store import party_corrections, party_files, settlements
from ledger.store.database import Database, Transaction
from ledger.store.parties import PartyInBook, lock_names, require_parties

#: What a change says that is on no document of its own.
_NOT_PRINTED = {"registered_from", "withholding_base", "withholding_from"}


class NothingToCorrect(Refusal):
    """The party is printed so already."""

    code = "nothing_to_correct_party"
    field = "party"


class PartyChangedMeanwhile(Refusal):
    """Somebody else corrected the party after it was read. Carries who, and when."""

    code = "party_changed_meanwhile"
    field = "party"


class RegistrationUnclear(Refusal):
    """A number is given for a party that never was registered, without the day from which on."""

    code = "registration_unclear"
    field = "registered_from"


class WithholdingTermsIncomplete(FieldRefusal):
    """It is said of what tax is withheld and not from when on, or the other way round."""

    code = "withholding_terms_incomplete"


class WithholdingTermsInThePast(Refusal):
    """The terms would hold for a payment that was made or planned. Carries its day."""

    code = "withholding_terms_in_the_past"
    field = "withholding_from"


class WithholdingTermsTaken(Refusal):
    """The payee has terms of that day or a later one already. Carries that day."""

    code = "withholding_terms_taken"
    field = "withholding_from"


@dataclass(frozen=True, kw_only=True)
class PartyChange:
    """What is right of a party from now on; None of what was right."""

    name_ja: str | None = None
    name_en: str | None = None
    name_kana: str | None = None
    postal_code: str | None = None
    address_ja: str | None = None
    address_en: str | None = None
    registration_number: str | None = None
    registered_from: date | None = None  # of a number that the book did not have at all
    withholding_base: str | None = None  # "excluding_tax" or "including_tax"
    withholding_from: date | None = None  # the first day of payment for which it holds


def correct_party(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    party: str,
    change: PartyChange,
    reason: str,
    recorded_by: str,
    recorded_at: datetime,
    seen: int | None = None,
) -> None:
    """
    Say what is printed of a party from now on; what was issued stays until it is revised.

    Also of what a person's income tax is withheld, for payments from a day on. ``seen`` is the last
    correction that whoever corrects it has seen, 0 for none; None does not ask.

    :raises PartyChangedMeanwhile: another correction came after that.
    :raises PartyUnknown: there is no such party.
    :raises NothingToCorrect: it is printed so already.
    :raises NotARegistrationNumber, WrongCheckDigit: the number cannot be one.
    :raises RegistrationUnclear: the party never was registered, and no day says from when on.
    :raises WithholdingTermsIncomplete, WithholdingTermsInThePast, WithholdingTermsTaken,
        WithholdingTermsNotForParty: tax cannot be withheld so, or not from that day on.
    """
    reason = check_text(reason, field="reason")
    check_text(recorded_by, field="recorded_by")
    at = check_instant(recorded_at, field="recorded_at")
    told = {
        name: value
        for name, value in vars(change).items()
        if name not in _NOT_PRINTED and value is not None
    }
    terms = _withholding(change)
    if "name_ja" in told:
        check_text(told["name_ja"], field="name_ja")
    with database.transaction() as session:
        lock_names(session)
        known = require_parties(session, book_id=book_id, fields={party: "party"})[party]
        last, by, when = party_files.last_correction(session, party_id=known.id)
        if seen is not None and seen != last:
            raise PartyChangedMeanwhile(party=party, by=by, at=when)
        if change.registration_number is not None:
            parse_registration_number(change.registration_number, kind=PartyKind(known.kind))
        printed = party_corrections.find_printed(session, party_id=known.id)
        corrected = replace(printed, **told)
        if terms is not None:
            _check_withheld(session, book_id, known, terms)
            party_corrections.insert_withholding_terms(
                session,
                party_id=known.id,
                terms=terms,
                recorded_at=at,
                recorded_by=recorded_by,
                reason=reason,
            )
        if corrected == printed:
            if terms is None:
                raise NothingToCorrect(party=party)
            return
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


def _withholding(change: PartyChange) -> NewWithholdingTerms | None:
    base, since = change.withholding_base, change.withholding_from
    if base is not None and since is not None:
        return NewWithholdingTerms(base=base, effective_from=since)
    if base is not None or since is not None:
        missing = "withholding_base" if base is None else "withholding_from"
        raise WithholdingTermsIncomplete(field=missing)
    return None


def _check_withheld(
    session: Transaction, book_id: int, party: PartyInBook, terms: NewWithholdingTerms
) -> None:
    """Make sure that no payment was taxed otherwise on a day for which the terms would hold."""
    settlements.lock_settlements(session, book_id=book_id)
    known = party_corrections.find_withheld(session, party_id=party.id)
    check_withholding(terms, kind=party.kind, country=known.country, field="withholding_base")
    since = terms.effective_from
    if known.effective_from is not None and since <= known.effective_from:
        raise WithholdingTermsTaken(party=party.reference, day=known.effective_from)
    if known.last_pay_on is not None and since <= known.last_pay_on:
        raise WithholdingTermsInThePast(party=party.reference, day=known.last_pay_on)
    if terms.base == (known.base or WithholdingBase.EXCLUDING_TAX):
        raise NothingToCorrect(party=party.reference)
