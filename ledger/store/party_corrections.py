"""Parties as they were corrected: what is printed of one from now on, and why."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, insert

from ledger.store.tables.parties import PartyRegistrationRow
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
