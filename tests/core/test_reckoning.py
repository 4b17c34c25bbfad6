"""A closing month reckoned from values alone: fees by country, taxes as settled, who is held."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger.core.arrears import Arrears, Opening
from ledger.core.bank_account import AccountInForce
from ledger.core.earning import Balance
from ledger.core.invoice import PartyCopy
from ledger.core.payout import NotPaid
from ledger.core.period import Month
from ledger.core.reckoning import (
    CommitteeCannotBePaid,
    EntrustmentMissing,
    Reckoning,
    WaterfallMissing,
    reckon,
)
from ledger.core.statement import UsageRow
from ledger.core.terms import Basis
from ledger.core.unsettled import DecidingDays, PartyInForce, ReceivedLine, Unsettled
from ledger.core.waterfall import Preset, Waterfall
from tests.core.dividing import step

ACCOUNT = AccountInForce(
    id=1,
    bank_code="0001",
    branch_code="001",
    account_type="ordinary",
    number="1234567",
    holder_kana="ﾐﾎﾝ",
)


def party(
    reference: str,
    *,
    kind: str = "company",
    country: str = "JP",
    is_registered: bool = True,
    admin_fee_bp: int | None = 800,
    account: AccountInForce | None = ACCOUNT,
) -> PartyInForce:
    return PartyInForce(
        id=sum(reference.encode()),
        copy=PartyCopy(
            reference=reference,
            kind=kind,
            name_ja=reference,
            name_en=reference,
            postal_code="",
            address_ja="",
            address_en="",
            country=country,
            registration_number="T1234567890128" if is_registered else None,
            language="ja",
        ),
        role="rights_holder",
        has_jp_establishment=country == "JP",
        minimum_payment_minor=0,
        treaty_rate_bp=None,
        treaty_form_filed_on=None,
        admin_fee_bp=admin_fee_bp,
        account=account,
    )


def line(holder: str, amount_minor: int = 1_000_000, tax_minor: int = 100_000) -> ReceivedLine:
    return ReceivedLine(
        licensee_id=2,
        holder=holder,
        tax_minor=tax_minor,
        usage=UsageRow(
            title_ja="風の町",
            title_en="The Windy Town",
            subject_reference="kaze-no-machi",
            licensee_ja="絵札機械",
            licensee_en="Efuda Machines",
            accrual_month=date(2026, 10, 1),
            basis=Basis.PER_IMAGE,
            modality=None,
            use_class=None,
            generation_count=1,
            quantity=Decimal(1),
            rate=Decimal(1),
            is_tiered=False,
            royalty_minor=amount_minor,
        ),
    )


def unsettled(
    *parties: PartyInForce,
    lines: tuple[ReceivedLine, ...] = (),
    carried: Mapping[str, Balance] | None = None,
    waterfall: Waterfall | None = None,
    arrears: Mapping[str, Mapping[str, Arrears]] | None = None,
) -> Unsettled:
    return Unsettled(
        closing_month=Month(2026, 11),
        days=DecidingDays(
            fee_on=date(2026, 11, 30), settled_on=date(2026, 12, 10), paid_on=date(2026, 12, 25)
        ),
        currency="JPY",
        lines=lines,
        held=(),
        waterfalls={"committee": waterfall} if waterfall else {},
        openings={"committee": Opening(deficit_minor=-100)},
        carried=carried or {},
        arrears=arrears or {},
        parties={each.copy.reference: each for each in parties},
        bank_names={("0001", "001"): ("見本銀行", "Mihon Bank", "本店", "Head Office")},
    )


def tax_of(reckoning: Reckoning, payee: str) -> int:
    """Return the consumption tax a payee is paid, or 0 when it is not paid."""
    return sum(each.consumption_tax_minor for each in reckoning.plan.lines if each.payee == payee)


@pytest.mark.parametrize(
    ("country", "fee_tax"),
    [
        ("JP", 8_000),
        ("FR", 0),  # The house's service to a holder abroad is an export.
    ],
)
def test_the_fee_is_taxed_by_where_the_holder_is(country: str, fee_tax: int) -> None:
    work = unsettled(party("hoshino", country=country), lines=(line("hoshino"),))
    (division,) = reckon(work).divisions
    assert (division.admin_fee_minor, division.admin_fee_tax_minor) == (80_000, fee_tax)


def test_lines_of_a_holder_are_received_together() -> None:
    lines = (line("hoshino", 15, 1), line("hoshino", 10, 2))
    (division,) = reckon(unsettled(party("hoshino"), lines=lines)).divisions
    assert (division.received.royalty_minor, division.received.tax_minor) == (25, 3)
    assert division.admin_fee_minor == 2  # 8 % of 25, not of 15 and of 10.


def test_the_tax_on_a_supply_stays_as_it_was_settled_when_a_registration_lapses() -> None:
    supplied = {"author": Balance(supplies_minor=3_120, tax_minor=312)}
    lapsed = reckon(unsettled(party("author", is_registered=False), carried=supplied))
    assert tax_of(lapsed, "author") == 312
    untaxed = {"author": Balance(supplies_minor=3_120)}
    registered_since = reckon(unsettled(party("author"), carried=untaxed))
    assert tax_of(registered_since, "author") == 0


@pytest.mark.parametrize("account", [None, replace(ACCOUNT, branch_code="999")])
def test_who_has_no_account_that_can_be_named_is_held(account: AccountInForce | None) -> None:
    reckoning = reckon(unsettled(party("hoshino", account=account), lines=(line("hoshino"),)))
    assert [each.reason for each in reckoning.plan.lines] == [NotPaid.BANK_ACCOUNT_MISSING]
    assert reckoning.accounts == {}


def test_a_fee_that_is_not_agreed_is_no_fee_of_nothing() -> None:
    with pytest.raises(EntrustmentMissing) as refused:
        reckon(unsettled(party("hoshino", admin_fee_bp=None), lines=(line("hoshino"),)))
    assert refused.value.values == {"holder": "hoshino", "day": "2026-11-30"}


def test_a_committee_divides_by_its_contract_from_where_it_stood() -> None:
    waterfall = Waterfall(
        preset=Preset.FEES_FIRST,
        steps=(step("original", "author", rate_bp=1_000),),
        members=(("lead", 1),),
    )
    work = unsettled(
        party("committee", kind="committee", admin_fee_bp=0),
        party("author", kind="individual", is_registered=False),
        party("lead"),
        lines=(line("committee", 1_000, 100),),
        waterfall=waterfall,
    )
    reckoning = reckon(work)
    assert reckoning.balances == {
        "author": Balance(supplies_minor=100),
        "lead": Balance(passthrough_minor=800, tax_minor=100),  # Less the deficit of 100.
    }
    with pytest.raises(WaterfallMissing):
        reckon(replace(work, waterfalls={}))
    nested = replace(waterfall, members=(("committee", 1),))
    with pytest.raises(CommitteeCannotBePaid):
        reckon(replace(work, waterfalls={"committee": nested}))
