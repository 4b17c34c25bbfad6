"""What a statement says of advances to the payee."""

from dataclasses import replace

from ledger.core.statement import AdvanceRow
from tests.invoices.statement_samples import NOTHING, SETTLEMENT, statement
from tests.invoices.test_documents import says, text_of

ADVANCE = AdvanceRow(
    reference="ADV-2026-01",
    amount_minor=300_000,
    before_minor=208_000,
    paid_minor=0,
    recouped_minor=92_000,
    after_minor=116_000,
)


def test_a_payee_sees_what_is_left_of_its_advances() -> None:
    settled = replace(SETTLEMENT, advance_recouped_minor=92_000)
    text = text_of(statement(settlement=settled, advances=(ADVANCE,)))
    assert "ADV-2026-01 300,000 208,000 0 ▲92,000 116,000" in text
    assert "前渡金の充当 Set off against advances ▲92,000" in text
    assert not says(statement(), "advance.title")


def test_a_month_that_only_recoups_says_why_nothing_is_paid() -> None:
    settled = replace(NOTHING, earned_minor=92_000, advance_recouped_minor=92_000)
    document = statement(settlement=settled, advances=(ADVANCE,))
    assert says(document, "settlement.not_paid.recouped")
    assert not says(document, "settlement.advance_paid")
