"""One builder for a statement, with invented parties, works and numbers as defaults."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.core.exchange import RateCopy
from ledger.core.statement import (
    EarningRow,
    ForeignUsage,
    RefusalRow,
    Settlement,
    Statement,
    StatementSection,
    StepRow,
    Translated,
    UsageRow,
)
from ledger.core.terms import Basis
from ledger.core.usage import Modality, UseClass
from tests.invoices.samples import ACCOUNT, FIRM, HOUSE, INPUT_HASH, LINE, PERFORMER, PUBLISHER


def usage_row(quantity: int, **changes: Any) -> UsageRow:
    """Return royalty received for a voice from one AI firm, 35 yen per 1,000 characters."""
    default = UsageRow(
        title_ja="声：白瀬ひより（ナレーション）",
        title_en="Voice: Hiyori Shirase (narration)",
        subject_reference="VOC-000031",
        licensee_ja=FIRM.name_ja,
        licensee_en=FIRM.name_en,
        accrual_month=date(2026, 9, 1),
        basis=Basis.PER_1K_CHARS,
        modality=Modality.AUDIO,
        use_class=UseClass.VOICE_SYNTHESIS,
        generation_count=quantity // 697,
        quantity=Decimal(quantity),
        rate=Decimal(35),
        is_tiered=False,
        royalty_minor=quantity * 35 // 1000,
    )
    return replace(default, **changes)


def usage_rows() -> tuple[UsageRow, ...]:
    """Return three voices over three months, 269,273 yen together."""
    voices = (
        ("ナレーション", "narration", (1284560, 998200, 1120450)),
        ("少年役・朗読", "boy, reading", (876000, 640300, 910775)),
        ("髙﨑家の猫♪", "the Takasaki cat", (512000, 705600, 645686)),
    )
    return tuple(
        usage_row(
            quantity,
            title_ja=f"声：白瀬ひより（{part_ja}）",
            title_en=f"Voice: Hiyori Shirase ({part_en})",
            subject_reference=f"VOC-{index:06d}",
            accrual_month=date(2026, month, 1),
        )
        for index, (part_ja, part_en, quantities) in enumerate(voices, start=31)
        for month, quantity in zip((9, 10, 11), quantities, strict=True)
    )


def earning(category: str, amount_minor: int, tax_minor: int) -> EarningRow:
    """Return what a payee earned by one right, fee or share."""
    return EarningRow(
        category=category,
        base_minor=amount_minor,
        rate_bp=None,
        amount_minor=amount_minor,
        tax_minor=tax_minor,
    )


def section(**changes: Any) -> StatementSection:
    """Return what a holder earned directly: receipts less the fee of the house."""
    usage = changes.get("usage", usage_rows())
    receipts = sum(row.royalty_minor for row in usage)
    fee = receipts * 800 // 10_000
    tax = receipts // 10 - fee // 10
    default = StatementSection(
        source_ja=PERFORMER.name_ja,
        source_en=PERFORMER.name_en,
        is_committee=False,
        preset=None,
        usage=usage,
        receipts_minor=receipts,
        receipts_tax_minor=receipts // 10,
        admin_fee_bp=800,
        admin_fee_minor=fee,
        admin_fee_tax_minor=fee // 10,
        steps=(),
        earnings=(earning("royalty", receipts - fee, tax),),
    )
    return replace(default, **changes)


def step(kind: str, category: str, amount_minor: int, *names: str, **changes: Any) -> StepRow:
    """Return one step of a committee's waterfall; ``names`` are its payee's."""
    name_ja, name_en = names or ("", "")
    default = StepRow(
        kind=kind,
        category=category,
        base_minor=0,
        rate_bp=None,
        amount_minor=amount_minor,
        payee_ja=name_ja,
        payee_en=name_en,
        is_this_payee=name_ja == PUBLISHER.name_ja,
    )
    return replace(default, **changes)


def committee_steps() -> tuple[StepRow, ...]:
    """Return the waterfall of DOMAIN E3, fees first, as the publisher sees it."""
    lead = ("株式会社ヨミカゲ企画", "Yomikage Planning Inc.")
    publisher = (PUBLISHER.name_ja, PUBLISHER.name_en)
    broadcaster = ("架空テレビ放送株式会社", "Kaku Television Broadcasting Corporation")
    studio = ("株式会社アニメーションスタジオ髙﨑", "Animation Studio Takasaki Inc.")
    streamer = ("ストリームワン合同会社", "StreamOne LLC")
    writer = ("水無瀬 透", "Toru Minase")
    director = ("有限会社スタジオ灯", "Studio Akari Ltd.")
    composers = ("架空音楽著作権協会", "Kaku Music Rights Society")
    income, pool = 7078088, 5871538
    return (
        step("fee", "window_fee", 1314814, *publisher, base_minor=8765432, rate_bp=1500),
        step("fee", "manager_fee", 372530, *lead, base_minor=7450618, rate_bp=500),
        step("royalty", "original", 353904, *publisher, base_minor=income, rate_bp=500),
        step("royalty", "screenplay", 123866, *writer, base_minor=income, rate_bp=175),
        step("royalty", "director", 70780, *director, base_minor=income, rate_bp=100),
        step("royalty", "music", 88000, *composers),
        step("expense", "expense", 120000, *lead),
        step("pool", "pool", 6321538),
        step("deficit", "deficit", -450000),
        step("split", "distribution", 1761461, *lead, base_minor=pool, rate_bp=3000),
        step("split", "distribution", 1467884, *publisher, base_minor=pool, rate_bp=2500),
        step("split", "distribution", 1174308, *broadcaster, base_minor=pool, rate_bp=2000),
        step("split", "distribution", 880731, *studio, base_minor=pool, rate_bp=1500),
        step("split", "distribution", 587154, *streamer, base_minor=pool, rate_bp=1000),
    )


def committee_section(**changes: Any) -> StatementSection:
    """Return the committee of DOMAIN E3 as its publisher sees it."""
    default = section(
        source_ja="「機巧探偵ヨミカゲ」製作委員会",
        source_en="Yomikage Production Committee",
        is_committee=True,
        preset="fees_first",
        usage=(usage_row(272218372),),
        receipts_minor=9527643,
        receipts_tax_minor=952764,
        admin_fee_minor=762211,
        admin_fee_tax_minor=76221,
        steps=committee_steps(),
        earnings=(
            earning("window_fee", 1314814, 131481),
            earning("original", 353904, 35390),
            earning("distribution", 1467884, 146612),
        ),
    )
    return replace(default, **changes)


def refusal(**changes: Any) -> RefusalRow:
    """Return usage that was refused because the place was not granted."""
    default = RefusalRow(
        title_ja=LINE.title_ja,
        title_en=LINE.title_en,
        licensee_ja=FIRM.name_ja,
        licensee_en=FIRM.name_en,
        decision="refused",
        reason="territory_not_granted",
        generation_count=318,
    )
    return replace(default, **changes)


#: DOMAIN E4's second month: a registered author paid with a carry brought in.
SETTLEMENT = Settlement(
    carried_in_minor=3120,
    earned_minor=247732,
    minimum_payment_minor=5000,
    payable_minor=250852,
    carried_out_minor=0,
    consumption_tax_minor=25085,
    withholding_base_minor=250852,
    withholding_minor=25611,
    payout_minor=250326,
    hold_reason=None,
)
#: Nothing brought in, nothing earned, nothing paid.
NOTHING = Settlement(
    carried_in_minor=0,
    earned_minor=0,
    minimum_payment_minor=5000,
    payable_minor=0,
    carried_out_minor=0,
    consumption_tax_minor=0,
    withholding_base_minor=0,
    withholding_minor=0,
    payout_minor=0,
    hold_reason=None,
)


def statement(**changes: Any) -> Statement:
    """Return a statement of a performer who is paid directly."""
    default = Statement(
        number="STM-2026-11-0042",
        revision=1,
        issuer=HOUSE,
        payee=PERFORMER,
        closing_month=date(2026, 11, 1),
        usage_months=(date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)),
        issued_on=date(2026, 12, 10),
        pay_on=date(2026, 12, 30),
        currency="JPY",
        sections=(section(),),
        refusals=(refusal(), refusal(decision="held", reason="quantity_unknown")),
        settlement=SETTLEMENT,
        pay_to=replace(ACCOUNT, number="3141592", holder_kana="ｼﾗｾ ﾋﾖﾘ"),
        calculation_version=1,
        input_hash=INPUT_HASH[::-1],
    )
    return replace(default, **changes)


def committee_statement(**changes: Any) -> Statement:
    """Return a publisher's statement: a committee's window, author's side and member."""
    paid = replace(NOTHING, earned_minor=3136602, payable_minor=3136602, payout_minor=3450085)
    default = statement(
        number="STM-2026-11-0043",
        payee=PUBLISHER,
        sections=(committee_section(),),
        refusals=(),
        settlement=replace(paid, consumption_tax_minor=313483),
    )
    return replace(default, **changes)


def carried_statement(**changes: Any) -> Statement:
    """Return DOMAIN E4's first month: 3,120 yen, below the minimum, carried forward."""
    default = statement(
        sections=(section(usage=(usage_row(96886),)),),
        refusals=(),
        settlement=replace(NOTHING, earned_minor=3120, carried_out_minor=3120),
    )
    return replace(default, **changes)


def translated_row() -> UsageRow:
    """Return images at 12.5 cents, of which two parts came in, one on a holiday."""
    parts = (
        Translated(
            amount_foreign=1_000_00,
            tax_foreign=100_00,
            amount_yen=152_000,
            tax_yen=15_200,
            rate=RateCopy(
                source="ecb",
                currency="USD",
                asked_on=date(2026, 11, 23),
                rate_on=date(2026, 11, 20),
                rate=Fraction(152),
            ),
        ),
        Translated(
            amount_foreign=87_50,
            tax_foreign=8_75,
            amount_yen=13_759,
            tax_yen=1_376,
            rate=RateCopy(
                source="ecb",
                currency="USD",
                asked_on=date(2026, 11, 27),
                rate_on=date(2026, 11, 27),
                rate=Fraction("175.68") / Fraction("1.1172"),
            ),
        ),
    )
    return usage_row(
        8_700,
        licensee_ja="Northlight Generative Systems, Inc.",
        licensee_en="Northlight Generative Systems, Inc.",
        basis=Basis.PER_IMAGE,
        modality=Modality.IMAGE,
        use_class=UseClass.GENERATION,
        rate=Decimal("12.5"),
        royalty_minor=sum(part.amount_yen for part in parts),
        foreign=ForeignUsage(currency="USD", part_of=2_175_00, parts=parts),
    )


def translated_statement(**changes: Any) -> Statement:
    """Return a statement of which one row came in in dollars."""
    return statement(sections=(section(usage=(*usage_rows()[:1], translated_row())),), **changes)


def sold_statement(**changes: Any) -> Statement:
    """Return one of a performer whose voice the house licenses on for itself."""
    usage = usage_rows()
    sold = sum(row.royalty_minor for row in usage)
    margin = sold * 800 // 10_000
    tax = (sold - margin) // 10
    bought = section(
        receipts_tax_minor=0,
        admin_fee_tax_minor=0,
        sold_minor=sold,
        margin_minor=margin,
        purchase_tax_minor=tax,
        earnings=(earning("royalty", sold - margin, tax),),
    )
    return statement(sections=(bought,), **changes)


def accrued_statement(**changes: Any) -> Statement:
    """Return the same voices; the first month of each was divided with its invoice."""
    rows = tuple(
        replace(row, paid_from="accrued") if row.accrual_month == date(2026, 9, 1) else row
        for row in usage_rows()
    )
    return statement(sections=(section(usage=rows),), **changes)
