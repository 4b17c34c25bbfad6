"""
Parties as a settlement needs them: as they stand on the days that decide tax, fee and account.

A name, a registration or an account that changes later changes nothing that was settled.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from ledger.core.bank_account import AccountInForce
from ledger.core.capacity import Capacity
from ledger.core.claim import OverclaimPolicy
from ledger.core.invoice import PartyCopy
from ledger.core.reserve import ReserveTerms
from ledger.core.tax import WithholdingBase
from ledger.core.unsettled import DecidingDays, PartyInForce

__all__ = ["DecidingDays", "PartyInForce", "find_in_force"]

_IN_FORCE = """
    SELECT p.party_id, p.role, p.reference, p.kind,
           coalesce(corrected.name_ja, p.name_ja) AS name_ja,
           coalesce(corrected.name_en, p.name_en) AS name_en,
           coalesce(corrected.postal_code, p.postal_code) AS postal_code,
           coalesce(corrected.address_ja, p.address_ja) AS address_ja,
           coalesce(corrected.address_en, p.address_en) AS address_en,
           p.country, coalesce(worded.language, p.language) AS language,
           coalesce(worded.in_eras, house.in_eras) AS in_eras,
           coalesce(worded.authoritative, house.authoritative) AS authoritative,
           p.has_jp_establishment, p.corporate_number,
           p.minimum_payment_minor, treaty.rate_bp AS treaty_rate_bp,
           treaty.form_filed_on AS treaty_form_filed_on,
           CASE WHEN registration.registration_number IS NOT NULL
                THEN coalesce(corrected.registration_number, registration.registration_number)
           END AS registration_number,
           CASE WHEN registration.registration_number IS NULL THEN (
               SELECT max(r.valid_to) FROM party_registration r
               WHERE r.owner_id = p.party_id AND r.valid_to <= :settled_on
           ) END AS lapsed_on, entrustment.admin_fee_bp,
           entrustment.reserve_bp, entrustment.reserve_months, entrustment.overclaim_policy,
           entrustment.capacity,
           account.bank_account_id, account.bank_code, account.branch_code,
           account.account_type, account.number, account.holder_kana,
           account.bic, account.bank_name, account.bank_country,
           coalesce(withholding.base, 'excluding_tax') AS withholding_base,
           held.reason AS hold_reason
    FROM party p
    LEFT JOIN LATERAL (
        SELECT * FROM party_correction c WHERE c.owner_id = p.party_id
        ORDER BY c.party_correction_id DESC LIMIT 1
    ) corrected ON true
    LEFT JOIN LATERAL (
        SELECT * FROM party_wording w WHERE w.owner_id = p.party_id
        ORDER BY w.party_wording_id DESC LIMIT 1
    ) worded ON true
    LEFT JOIN LATERAL (
        SELECT w.* FROM party_wording w JOIN party o ON o.party_id = w.owner_id
        WHERE o.book_id = p.book_id AND o.role = 'operator'
        ORDER BY w.party_wording_id DESC LIMIT 1
    ) house ON true
    LEFT JOIN LATERAL (
        SELECT r.registration_number FROM party_registration r
        WHERE r.owner_id = p.party_id AND r.valid_from <= :settled_on
          AND (r.valid_to IS NULL OR r.valid_to > :settled_on)
    ) registration ON true
    LEFT JOIN LATERAL (
        SELECT e.* FROM entrustment e
        WHERE e.owner_id = p.party_id AND e.effective_from <= :fee_on
        ORDER BY e.effective_from DESC LIMIT 1
    ) entrustment ON true
    LEFT JOIN LATERAL (
        SELECT b.* FROM bank_account b
        WHERE b.owner_id = p.party_id AND b.effective_from <= :paid_on
        ORDER BY b.effective_from DESC LIMIT 1
    ) account ON true
    LEFT JOIN LATERAL (
        SELECT t.base FROM withholding_terms t
        WHERE t.owner_id = p.party_id AND t.effective_from <= :paid_on
        ORDER BY t.effective_from DESC LIMIT 1
    ) withholding ON true
    LEFT JOIN LATERAL treaty_in_force(p.party_id, :paid_on, 'infinity') treaty ON true
    LEFT JOIN LATERAL (
        SELECT h.reason FROM payee_hold h LEFT JOIN payee_hold_ending e USING (payee_hold_id)
        WHERE h.owner_id = p.party_id AND e.payee_hold_id IS NULL LIMIT 1
    ) held ON true
    WHERE p.book_id = :book
      AND (p.reference = ANY (CAST(:references AS text[])) OR p.role = 'operator')
    ORDER BY p.reference COLLATE "C"
"""


def find_in_force(
    session: Session, *, book_id: int, references: Collection[str], days: DecidingDays
) -> dict[str, PartyInForce]:
    """Return the named parties and the operator as they stand on the days, by reference."""
    parameters = {"book": book_id, "references": list(references), **vars(days)}
    return {
        row.reference: _party_in_force(row) for row in session.execute(text(_IN_FORCE), parameters)
    }


def _party_in_force(row: Row[Any]) -> PartyInForce:
    return PartyInForce(
        id=row.party_id,
        copy=PartyCopy(
            reference=row.reference,
            kind=row.kind,
            name_ja=row.name_ja,
            name_en=row.name_en,
            postal_code=row.postal_code,
            address_ja=row.address_ja,
            address_en=row.address_en,
            country=row.country,
            registration_number=row.registration_number,
            language=row.language,
            corporate_number=row.corporate_number,
            in_eras=row.in_eras,
            authoritative=row.authoritative,
        ),
        role=row.role,
        has_jp_establishment=row.has_jp_establishment,
        lapsed_on=row.lapsed_on,
        hold_reason=row.hold_reason,
        minimum_payment_minor=row.minimum_payment_minor,
        treaty_rate_bp=row.treaty_rate_bp,
        treaty_form_filed_on=row.treaty_form_filed_on,
        admin_fee_bp=row.admin_fee_bp,
        reserve_terms=_reserve_terms(row),
        overclaim_policy=OverclaimPolicy(row.overclaim_policy or "hold_disputed_part"),
        capacity=Capacity(row.capacity or Capacity.INTERMEDIARY),
        account=_account_in_force(row),
        withholding_base=WithholdingBase(row.withholding_base),
    )


def _reserve_terms(row: Row[Any]) -> ReserveTerms | None:
    if row.reserve_bp is None:
        return None
    return ReserveTerms(rate_bp=row.reserve_bp, release_after_months=row.reserve_months)


def _account_in_force(row: Row[Any]) -> AccountInForce | None:
    if row.bank_account_id is None:
        return None
    return AccountInForce(
        id=row.bank_account_id,
        bank_code=row.bank_code,
        branch_code=row.branch_code,
        account_type=row.account_type,
        number=row.number,
        holder_kana=row.holder_kana,
        bic=row.bic,
        bank_name=row.bank_name,
        bank_country=row.bank_country,
    )
