"""What a statement says of advances to the payee, and of what is set aside."""

from dataclasses import replace
from datetime import date

from ledger.core.statement import AdvanceRow, ClaimRow, ReserveRow, SetAsideRow
from tests.invoices.statement_samples import NOTHING, SETTLEMENT, section, statement
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


def test_a_holder_sees_what_is_held_and_what_it_has_in_reserve() -> None:
    held = SetAsideRow(kind="reserved", reference="2026-11", amount_minor=24_773, tax_minor=2_477)
    reserve = ReserveRow(
        before_minor=10_000,
        held_minor=24_773,
        borne_minor=4_000,
        released_minor=6_000,
        after_minor=24_773,
    )
    document = statement(sections=(section(set_aside=(held,), reserve=reserve),))
    text = text_of(document)
    assert "留保金へ Held in reserve ▲24,773 ▲2,477" in text
    assert "手数料控除後の使用料 Royalty net of fee 222,959 22,296" in text
    assert "10,000 24,773 ▲4,000 ▲6,000 24,773" in text
    assert not says(statement(), "section.reserve.title")


def test_a_holder_sees_what_others_claim_and_what_waits() -> None:
    aside = (
        SetAsideRow(kind="claimed_by_others", reference="SUS-1", amount_minor=100, tax_minor=10),
        SetAsideRow(kind="suspended", reference="SUS-1", amount_minor=50, tax_minor=5),
    )
    row = ClaimRow(
        reference="SUS-1",
        subject_reference="C",
        title_ja="猫のクロ",
        title_en="Kuro the Cat",
        first_day=date(2026, 10, 1),
        last_day=date(2026, 10, 31),
        whole_minor=250,
        claimed_bp=6_000,
        amount_minor=100,
        tax_minor=10,
        suspended_minor=50,
        is_release=False,
    )
    text = text_of(statement(sections=(section(set_aside=aside, claims=(row,)),)))
    assert "他の主張者の持分 Shares of other claimants ▲100 ▲10" in text
    assert "係争のため保留 Held in suspense ▲50 ▲5" in text
    assert "猫のクロ Kuro the Cat SUS-1 当期の分配 Divided now 250 60% 100 50" in text
    assert not says(statement(), "section.claims.title")
