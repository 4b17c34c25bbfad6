"""Parties as they were corrected: what is printed and withheld of one from now on, and why."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.core.party import NewWithholdingTerms
from ledger.store.tables.parties import PartyRegistrationRow, WithholdingTermsRow
from ledger.store.tables.revisions import PartyCorrectionRow


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What is printed of a party; ``registration_number`` None where none was corrected."""

    name_ja: str
    name_en: str
    name_kana: str
    postal_code: str
    address_ja: str
    address_en: str
    registration_number: str | None


_PRINTED = """
    SELECT coalesce(c.name_ja, p.name_ja) AS name_ja, coalesce(c.name_en, p.name_en) AS name_en,
           coalesce(c.name_kana, p.name_kana) AS name_kana,
           coalesce(c.postal_code, p.postal_code) AS postal_code,
           coalesce(c.address_ja, p.address_ja) AS address_ja,
           coalesce(c.address_en, p.address_en) AS address_en, c.registration_number
    FROM party p
    LEFT JOIN LATERAL (SELECT * FROM party_correction o WHERE o.owner_id = p.party_id
                       ORDER BY o.party_correction_id DESC LIMIT 1) c ON true
    WHERE p.party_id = :party
"""


_WITHHELD = """
    SELECT p.country,
           (SELECT max(r.pay_on) FROM payout o JOIN payout_run r USING (payout_run_id)
            WHERE o.owner_id = p.party_id) AS last_pay_on,
           latest.effective_from, latest.base
    FROM party p
    LEFT JOIN LATERAL (SELECT * FROM withholding_terms t WHERE t.owner_id = p.party_id
                       ORDER BY t.effective_from DESC LIMIT 1) latest ON true
    WHERE p.party_id = :party
"""


@dataclass(frozen=True, kw_only=True)
class WithheldSoFar:
    """What new terms of withholding have to fit to."""

    country: str
    last_pay_on: date | None  # of its payouts, planned ones too
    effective_from: date | None  # of the latest terms
    base: str | None


def find_withheld(session: Session, *, party_id: int) -> WithheldSoFar:
    """Return by which terms a payee's income tax was withheld last, and when."""
    row = session.execute(text(_WITHHELD), {"party": party_id}).one()
    return WithheldSoFar(**row._mapping)


def insert_withholding_terms(
    session: Session,
    *,
    party_id: int,
    terms: NewWithholdingTerms,
    recorded_at: datetime,
    recorded_by: str,
    reason: str,
) -> None:
    """Write of what a person's income tax is withheld from a day on."""
    row = {
        **vars(terms),
        "owner_id": party_id,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
        "reason": reason,
    }
    session.execute(insert(WithholdingTermsRow), [row])


def find_printed(session: Session, *, party_id: int) -> Printed:
    """Return what is printed of a party as things stand."""
    row = session.execute(text(_PRINTED), {"party": party_id}).one()
    return Printed(**row._mapping)


def has_registration(session: Session, *, party_id: int) -> bool:
    """Tell whether a party was ever registered."""
    known = "SELECT EXISTS (SELECT FROM party_registration WHERE owner_id = :party)"
    return bool(session.execute(text(known), {"party": party_id}).scalar_one())


def insert_registration(session: Session, *, party_id: int, number: str, valid_from: date) -> None:
    """Write that a party has been registered from a day on."""
    row = {"owner_id": party_id, "registration_number": number, "valid_from": valid_from}
    session.execute(insert(PartyRegistrationRow), [row])


def insert_party_correction(
    session: Session,
    *,
    party_id: int,
    printed: Printed,
    recorded_at: datetime,
    recorded_by: str,
    reason: str,
) -> None:
    """Write what is printed of a party from now on."""
    row = {
        **vars(printed),
        "owner_id": party_id,
        "recorded_at": recorded_at,
        "recorded_by": recorded_by,
        "reason": reason,
    }
    session.execute(insert(PartyCorrectionRow), [row])
