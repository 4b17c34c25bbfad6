"""Everything that the book has of one party, with what it had before; and how parties are found."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.party import NewEntrustment


@dataclass(frozen=True, kw_only=True)
class PartyListed:
    """A party as a list shows it, by its names of now."""

    id: int
    reference: str
    role: str
    kind: str
    name_ja: str
    name_en: str
    country: str
    registration_number: str | None
    last_corrected_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PrintedVersion:
    """What was printed of a party from an instant on; ``id`` is 0 of what it came with."""

    id: int
    name_ja: str
    name_en: str
    name_kana: str
    postal_code: str
    address_ja: str
    address_en: str
    registration_number: str | None
    recorded_at: datetime
    recorded_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A span in which a party is a registered issuer of invoices."""

    number: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, kw_only=True)
class DatedAccount:
    """Where a party is paid from a day on."""

    bank_code: str
    branch_code: str
    account_type: str
    number: str
    holder_kana: str
    effective_from: date
    bic: str | None
    bank_name: str | None
    bank_country: str | None
    recorded_at: datetime | None  # None where it came with the party
    recorded_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PortalActOn:
    """What somebody did with a party in the portal."""

    act: str
    name: str
    email: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class PartyFile:
    """A party, and every version of what may change of it, the newest first."""

    id: int
    reference: str
    role: str
    kind: str
    country: str
    language: str
    corporate_number: str | None
    minimum_payment_minor: int
    recorded_at: datetime
    versions: tuple[PrintedVersion, ...]
    registrations: tuple[Registration, ...]
    accounts: tuple[DatedAccount, ...]
    entrustments: tuple[NewEntrustment, ...]
    acts: tuple[PortalActOn, ...]

    @property
    def printed(self) -> PrintedVersion:
        """What is printed of it now."""
        return self.versions[0]


_SEARCH = """
    SELECT p.party_id AS id, p.reference, p.role, p.kind,
           coalesce(c.name_ja, p.name_ja) AS name_ja, coalesce(c.name_en, p.name_en) AS name_en,
           p.country, coalesce(c.registration_number, r.registration_number)
               AS registration_number,
           c.recorded_at AS last_corrected_at
    FROM party p
    LEFT JOIN LATERAL (SELECT * FROM party_correction o WHERE o.owner_id = p.party_id
                       ORDER BY o.party_correction_id DESC LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT registration_number FROM party_registration g
                       WHERE g.owner_id = p.party_id
                       ORDER BY g.valid_from DESC LIMIT 1) r ON true
    WHERE p.book_id = :book AND p.party_id > :after
      AND (:role = '' OR p.role = :role)
      AND (:words = '' OR strpos(lower(concat_ws(' ', p.reference, p.name_ja, p.name_en,
               p.name_kana, c.name_ja, c.name_en, c.name_kana, r.registration_number)),
               lower(:words)) > 0)
    ORDER BY p.party_id
    LIMIT :limit
"""

_PARTY = """
    SELECT party_id AS id, reference, role, kind, country, language, corporate_number,
           minimum_payment_minor, recorded_at
    FROM party WHERE book_id = :book AND reference = :reference
"""

_VERSIONS = """
    SELECT party_correction_id AS id, name_ja, name_en, name_kana, postal_code, address_ja,
           address_en, registration_number, recorded_at, recorded_by, reason
    FROM party_correction WHERE owner_id = :party
    UNION ALL
    SELECT 0, name_ja, name_en, name_kana, postal_code, address_ja, address_en, NULL, recorded_at,
           '', ''
    FROM party WHERE party_id = :party
    ORDER BY id DESC
"""

_REGISTRATIONS = """
    SELECT registration_number AS number, valid_from, valid_to FROM party_registration
    WHERE owner_id = :party ORDER BY valid_from DESC
"""

_ACCOUNTS = """
    SELECT bank_code, branch_code, account_type, number, holder_kana, effective_from, bic,
           bank_name, bank_country, recorded_at, recorded_by, reason
    FROM bank_account WHERE owner_id = :party ORDER BY effective_from DESC
"""

_ENTRUSTMENTS = """
    SELECT admin_fee_bp, effective_from, reserve_bp, reserve_months, overclaim_policy,
           confirm_within_days, capacity
    FROM entrustment WHERE owner_id = :party ORDER BY effective_from DESC
"""

_ACTS = """
    SELECT a.act, p.name, p.email, a.recorded_at
    FROM portal_act a JOIN person p USING (person_id)
    WHERE a.act IN ('party_corrected', 'account_changed', 'entrustment_changed')
      AND a.subject = :reference
    ORDER BY a.portal_act_id DESC LIMIT 100
"""

_LAST_CORRECTION = """
    SELECT party_correction_id AS id, recorded_by, recorded_at FROM party_correction
    WHERE owner_id = :party ORDER BY party_correction_id DESC LIMIT 1
"""


def search_parties(
    session: Session, *, book_id: int, words: str, role: str, after: int, limit: int
) -> list[PartyListed]:
    """Return parties whose names, reference or number hold some words; all for none."""
    asked = {"book": book_id, "words": words, "role": role, "after": after, "limit": limit}
    return [PartyListed(**row._mapping) for row in session.execute(text(_SEARCH), asked)]


def read_file(session: Session, *, book_id: int, reference: str) -> PartyFile | None:
    """Return everything that the book has of a party; None when there is no such party."""
    named = {"book": book_id, "reference": reference}
    row = session.execute(text(_PARTY), named).one_or_none()
    if row is None:
        return None
    party = {"party": row.id}
    return PartyFile(
        **row._mapping,
        versions=tuple(
            PrintedVersion(**each._mapping) for each in session.execute(text(_VERSIONS), party)
        ),
        registrations=tuple(
            Registration(**each._mapping) for each in session.execute(text(_REGISTRATIONS), party)
        ),
        accounts=tuple(
            DatedAccount(**each._mapping) for each in session.execute(text(_ACCOUNTS), party)
        ),
        entrustments=tuple(
            NewEntrustment(**each._mapping) for each in session.execute(text(_ENTRUSTMENTS), party)
        ),
        acts=tuple(PortalActOn(**each._mapping) for each in session.execute(text(_ACTS), named)),
    )


def last_correction(session: Session, *, party_id: int) -> tuple[int, str, datetime | None]:
    """Return the key of a party's last correction, by whom and when; (0, "", None) of none."""
    row = session.execute(text(_LAST_CORRECTION), {"party": party_id}).one_or_none()
    return (0, "", None) if row is None else (row.id, row.recorded_by, row.recorded_at)
