"""One builder for a payment notice, with invented parties, works and numbers as defaults."""

from dataclasses import replace
from datetime import date
from typing import Any

from ledger.core.notice import (
    NoticeForm,
    NoticeRow,
    NoticeTax,
    PaymentNotice,
    ReplacedNotice,
    RowKind,
    Supply,
    TransitionalCredit,
    WithheldStep,
)
from tests.invoices.samples import ACCOUNT, HOUSE, INPUT_HASH, PERFORMER, PUBLISHER

COMMITTEE = ("「機巧探偵ヨミカゲ」製作委員会", "Yomikage Production Committee")

STUDIO_ABROAD = replace(
    PUBLISHER,
    reference="PTY-0077",
    name_ja="Harbour Lane Pictures Ltd.",
    name_en="Harbour Lane Pictures Ltd.",
    postal_code="",
    address_ja="",
    address_en="14 Imaginary Wharf, London E14 0AA, United Kingdom",
    country="GB",
    registration_number=None,
    language="en",
)


def row(number: int, amount_minor: int, tax_minor: int, **changes: Any) -> NoticeRow:
    """Return what an author earned of a committee by the original work."""
    default = NoticeRow(
        number=number,
        kind=RowKind.EARNING,
        source_ja=COMMITTEE[0],
        source_en=COMMITTEE[1],
        category="original",
        supply=Supply.STANDARD,
        exempt_minor=0,
        gross_minor=None,
        fee_minor=None,
        rate_bp=None,
        amount_minor=amount_minor,
        tax_minor=tax_minor,
    )
    return replace(default, **changes)


def bare(number: int, kind: RowKind, amount_minor: int, tax_minor: int = 0, **changes: Any) -> Any:
    """Return a row that was not earned now."""
    nothing: dict[str, Any] = {"source_ja": "", "source_en": "", "category": "", "kind": kind}
    return row(number, amount_minor, tax_minor, **(nothing | changes))


def tax(supply: Supply, taxable_minor: int, tax_minor: int) -> NoticeTax:
    """Return what is paid under a treatment."""
    rate_bp = 1000 if supply is Supply.STANDARD else 0
    return NoticeTax(
        supply=supply, rate_bp=rate_bp, taxable_minor=taxable_minor, tax_minor=tax_minor
    )


def withheld(code: str, base_minor: int, rate_bp: int, amount_minor: int) -> WithheldStep:
    """Return one bracket of what is withheld."""
    return WithheldStep(
        code=code, base_minor=base_minor, rate_bp=rate_bp, amount_minor=amount_minor
    )


def notice(**changes: Any) -> PaymentNotice:
    """Return the notice of DOMAIN E4's second month: a registered author, with a carry."""
    default = PaymentNotice(
        number="NTC-2026-000042",
        revision=1,
        form=NoticeForm.PURCHASE_STATEMENT,
        issuer=HOUSE,
        payee=PERFORMER,
        issued_on=date(2026, 12, 25),
        paid_on=date(2026, 12, 25),
        run="PAY-2026-11",
        statement="STM-2026-000042",
        statement_issued_on=date(2026, 12, 10),
        closing_month=date(2026, 11, 1),
        period_start=date(2026, 9, 1),
        period_end=date(2026, 11, 30),
        currency="JPY",
        rows=(
            row(1, 247732, 24773, gross_minor=9527643, fee_minor=762211, rate_bp=7000),
            bare(2, RowKind.CARRIED_IN, 3120, 312),
        ),
        taxes=(tax(Supply.STANDARD, 250852, 25085),),
        payable_minor=250852,
        consumption_tax_minor=25085,
        withholding_base_minor=250852,
        withholding_minor=25611,
        withheld=(withheld("withholding_resident", 250852, 1021, 25611),),
        treaty_form_filed_on=None,
        payout_minor=250326,
        pay_to=replace(ACCOUNT, number="3141592", holder_kana="ｼﾗｾ ﾋﾖﾘ"),
        credits=(),
        confirm_within_days=14,
        calculation_version=1,
        input_hash=INPUT_HASH[::-1],
    )
    return replace(default, **changes)


def member_notice(**changes: Any) -> PaymentNotice:
    """Return a publisher's: window fee and author's side taxed, its share of the pool shared."""
    rows = (
        row(1, 1314814, 131481, category="window_fee", gross_minor=9527643, fee_minor=762211,
            rate_bp=1500),
        row(2, 353904, 35390, rate_bp=500),
        row(3, 1467884, 146612, category="distribution", supply=Supply.SHARED, rate_bp=2500),
        bare(4, RowKind.ADVANCE_RECOUPED, -200000, supply=Supply.OUTSIDE_SCOPE),
    )  # fmt: skip
    default = notice(
        number="NTC-2026-000043",
        payee=PUBLISHER,
        rows=rows,
        taxes=(
            tax(Supply.STANDARD, 1668718, 166871),
            tax(Supply.SHARED, 1467884, 146612),
            tax(Supply.OUTSIDE_SCOPE, -200000, 0),
        ),
        payable_minor=2936602,
        consumption_tax_minor=313483,
        withholding_base_minor=0,
        withholding_minor=0,
        withheld=(),
        payout_minor=3250085,
        confirm_within_days=None,
    )
    return replace(default, **changes)


def unregistered_notice(**changes: Any) -> PaymentNotice:
    """Return that of an unregistered person with two brackets, and a part above the cap."""
    default = notice(
        number="NTC-2026-000044",
        form=NoticeForm.PAYMENT_NOTICE,
        payee=replace(PERFORMER, registration_number=None),
        rows=(row(1, 1480000, 0, supply=Supply.UNREGISTERED, category="screenplay"),),
        taxes=(tax(Supply.UNREGISTERED, 1480000, 0),),
        payable_minor=1480000,
        consumption_tax_minor=0,
        withholding_base_minor=1480000,
        withholding_minor=200116,
        withheld=(
            withheld("withholding_resident", 1000000, 1021, 102100),
            withheld("withholding_resident", 480000, 2042, 98016),
        ),
        payout_minor=1279884,
        credits=(
            TransitionalCredit(percent=80, completed_on=date(2026, 9, 30), amount_minor=480000),
            TransitionalCredit(percent=70, completed_on=date(2026, 10, 31), amount_minor=900000),
            TransitionalCredit(percent=0, completed_on=date(2026, 10, 31), amount_minor=100000),
        ),
        confirm_within_days=None,
    )
    return replace(default, **changes)


def notice_abroad(**changes: Any) -> PaymentNotice:
    """Return that of a studio in London with its relief form filed, in English first."""
    default = notice(
        number="NTC-2026-000045",
        form=NoticeForm.ABROAD,
        payee=STUDIO_ABROAD,
        rows=(
            row(1, 1000000, 0, supply=Supply.OUTSIDE_SCOPE, category="royalty",
                source_ja=STUDIO_ABROAD.name_ja, source_en=STUDIO_ABROAD.name_en,
                gross_minor=1086957, fee_minor=86957),
        ),
        taxes=(tax(Supply.OUTSIDE_SCOPE, 1000000, 0),),
        payable_minor=1000000,
        consumption_tax_minor=0,
        withholding_base_minor=1000000,
        withholding_minor=0,
        withheld=(withheld("withholding_treaty", 1000000, 0, 0),),
        treaty_form_filed_on=date(2026, 10, 1),
        payout_minor=1000000,
        confirm_within_days=None,
    )  # fmt: skip
    return replace(default, **changes)


def corrected_notice(**changes: Any) -> PaymentNotice:
    """Return a notice in the place of another, whose registration number was missing."""
    replaces = ReplacedNotice(
        number="NTC-2026-000042",
        issued_on=date(2026, 12, 25),
        reason="登録番号の記載漏れのため",
        corrected_by="keiri",
    )
    default = notice(
        number="NTC-2027-000003", revision=2, issued_on=date(2027, 1, 8), replaces=replaces
    )
    return replace(default, **changes)


def long_notice(count: int) -> PaymentNotice:
    """Return a notice of many sources, 1,000 yen and more from each."""
    rows = tuple(
        row(
            number,
            1000 + 10 * number,
            100 + number,
            source_ja=f"「架空の物語 第{number}集」製作委員会",
            source_en=f"Tales of Nowhere {number} Production Committee",
            category=("original", "screenplay", "window_fee")[number % 3],
            gross_minor=200000 + 10 * number,
            fee_minor=16000 + number,
        )
        for number in range(1, count + 1)
    )
    amount, with_it = sum(each.amount_minor for each in rows), sum(each.tax_minor for each in rows)
    return notice(
        number="NTC-2026-000046",
        payee=PUBLISHER,
        rows=rows,
        taxes=(tax(Supply.STANDARD, amount, with_it),),
        payable_minor=amount,
        consumption_tax_minor=with_it,
        withholding_base_minor=0,
        withholding_minor=0,
        withheld=(),
        payout_minor=amount + with_it,
    )
