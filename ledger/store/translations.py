"""What settlements translated into yen: line by line, with the rate of each."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from ledger.core.unsettled import ReceivedLine
from ledger.store.parties import insert_all
from ledger.store.tables.translations import TranslationRow


def insert_translations(
    session: Session,
    *,
    settlement_id: int,
    lines: Iterable[ReceivedLine],
    party_ids: Mapping[str, int],
) -> None:
    """Write how each line of a settlement was translated; what is in yen was not."""
    insert_all(
        session,
        TranslationRow,
        (
            {
                "settlement_id": settlement_id,
                "owner_id": party_ids[line.holder],
                "receipt_id": each.receipt_id,
                "royalty_line_id": (
                    line.royalty_line_id if line.prepayment_use_id is None else None
                ),
                "prepayment_use_id": line.prepayment_use_id,
                "is_own": line.is_own,
                "currency": each.told.rate.currency,
                "amount_minor": each.told.amount_foreign,
                "tax_minor": each.told.tax_foreign,
                "amount_yen": each.told.amount_yen,
                "tax_yen": each.told.tax_yen,
                "source": each.told.rate.source,
                "asked_on": each.told.rate.asked_on,
                "rate_on": each.told.rate.rate_on,
                "rate": str(each.told.rate.rate),
            }
            for line in lines
            for each in line.translations
        ),
    )
