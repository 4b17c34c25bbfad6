"""The facts of a small sound book: one licensee, one month, one rights holder, paid."""

from datetime import UTC, date, datetime
from decimal import Decimal

from ledger.core.closing import CALCULATION_VERSION, input_hash, royalty_lines
from ledger.core.counter import ClosingTerms, UsageTotal
from ledger.core.facts import (
    AccountFact,
    ClosedMonthFact,
    ControlFact,
    EntryFact,
    Facts,
    HolderFact,
    InvoiceFact,
    InvoiceLineFact,
    PayoutFact,
    SeriesFact,
    SettlementFact,
    StatementFact,
)
from ledger.core.invoice import BankAccountCopy, Invoice, InvoiceLine, PartyCopy, Taxed, tax_lines
from ledger.core.money import Rounding
from ledger.core.period import Month
from ledger.core.proof import EMPTY_HEAD, chain_head, merkle_root
from ledger.core.registration import PartyKind
from ledger.core.set_aside_facts import PayeeAdvanceFact, ReserveFact, SuspenseFact
from ledger.core.statement import Settlement, Statement
from ledger.core.tax import PayeeTaxProfile
from ledger.core.terms import WORLD, Basis, Grant, License, RateLine, TermsVersion
from ledger.core.usage import Modality, UseClass
from ledger.core.usage_facts import BatchFact, Counts
from tests.core.exchanged import BOUGHT, TRANSLATED
from tests.core.paid import PAID
from tests.core.recouped import RECOUPED
from tests.core.reminded import REMINDER, SUSPENSION
from tests.core.remitted import REMITTED, WITHHELD
from tests.core.told import TOLD, document

OCTOBER = Month(2026, 10)
STARTS_AT = Month(2026, 4).starts_at
LINE = RateLine(id=1, basis=Basis.PER_IMAGE, rate=Decimal(12))
VERSION = TermsVersion(
    id=2, version=1, effective_from=STARTS_AT, clause_reference="第5条", rate_lines=(LINE,)
)
GRANT = Grant(
    id=3,
    subject_ids=frozenset({4}),
    modalities=frozenset(Modality),
    use_classes=frozenset(UseClass),
    territories=frozenset({WORLD}),
    starts_at=STARTS_AT,
    ends_at=None,
    versions=(VERSION,),
)
LICENSE = License(
    id=5, reference="LIC-1", licensee_id=6, starts_at=STARTS_AT, ends_at=None, grants=(GRANT,)
)
TERMS = ClosingTerms(licenses=(LICENSE,), owners={4: 7}, listed={3: (4,)})
USAGE = (
    UsageTotal(
        month=OCTOBER.first_day,
        decision="accepted",
        reason=None,
        terms_version_id=2,
        rate_line_id=1,
        subject_id=4,
        is_new_year=False,
        generation_count=2,
        quantity=Decimal(1_000),
        net_revenue=Decimal(0),
    ),
)
LINES = royalty_lines(month=OCTOBER, terms=TERMS, totals=USAGE)  # 12,000 yen

PARTY = PartyCopy(
    reference="genbo",
    kind="company",
    name_ja="原簿株式会社",
    name_en="Genbo Inc.",
    postal_code="",
    address_ja="",
    address_en="",
    country="JP",
    registration_number=None,
    language="ja",
)
ACCOUNT = BankAccountCopy(
    bank_code="0001",
    bank_name_ja="見本銀行",
    bank_name_en="Mihon Bank",
    branch_code="001",
    branch_name_ja="本店",
    branch_name_en="Head Office",
    account_type="ordinary",
    number="1234567",
    holder_kana="ｹﾞﾝﾎﾞ",
)
INVOICE_LINE = InvoiceLine(
    number=1,
    subject_reference="kaze-no-machi",
    title_ja="風の町",
    title_en="The Windy Town",
    license_reference="LIC-1",
    clause_reference="第5条",
    rate_line_id=1,
    basis=Basis.PER_IMAGE,
    modality=None,
    use_class=None,
    generation_count=2,
    quantity=Decimal(1_000),
    rate=Decimal(12),
    is_tiered=False,
    exact="12000",
    amount_minor=12_000,
)
INVOICE = Invoice(
    number="INV-2026-000001",
    issuer=PARTY,
    recipient=PARTY,
    issued_on=date(2026, 11, 5),
    due_on=date(2026, 11, 30),
    period_start=OCTOBER.first_day,
    period_end=OCTOBER.last_day,
    currency="JPY",
    lines=(INVOICE_LINE,),
    taxes=tax_lines(
        lines=(INVOICE_LINE,),
        otherwise=Taxed(treatment="standard", rate_bp=1_000),
        rounding=Rounding.TRUNCATE,
    ),
    tax_rounding=Rounding.TRUNCATE,
    pay_to=ACCOUNT,
    on_behalf=True,
    calculation_version=CALCULATION_VERSION,
    input_hash="",
)
# 12,000 less a fee of 8 % to a person: 10.21 % of 11,040 is withheld.
SETTLED = Settlement(
    carried_in_minor=0,
    earned_minor=11_040,
    minimum_payment_minor=0,
    payable_minor=11_040,
    carried_out_minor=0,
    consumption_tax_minor=1_104,
    withholding_base_minor=11_040,
    withholding_minor=1_127,
    payout_minor=11_017,
    hold_reason=None,
)
STATEMENT = Statement(
    number="STM-2026-000001",
    revision=1,
    issuer=PARTY,
    payee=PARTY,
    closing_month=date(2026, 11, 1),
    usage_months=(OCTOBER.first_day,),
    issued_on=date(2026, 12, 10),
    pay_on=date(2026, 12, 25),
    currency="JPY",
    sections=(),
    refusals=(),
    settlement=SETTLED,
    pay_to=ACCOUNT,
    calculation_version=1,
    input_hash="",
)


def _batch(number: int, previous_head: bytes, hashes: tuple[bytes, ...]) -> BatchFact:
    root = merkle_root(hashes)
    counts = Counts(accepted=len(hashes), held=0, refused=0)
    return BatchFact(
        licensee="studio-a",
        number=number,
        previous_head=previous_head,
        head=chain_head(previous=previous_head, number=number, count=len(hashes), root=root),
        root=root,
        generation_count=len(hashes),
        counts=counts,
        found_root=root,
        found_counts=counts,
    )


_FIRST = _batch(1, EMPTY_HEAD, (b"a" * 32,))

SOUND = Facts(
    entries=(
        EntryFact(
            entry_id=1,
            source=INVOICE.number,
            asset="JPY/0",
            declared_postings=2,
            found_postings=2,
            debit_minor=13_200,
            credit_minor=13_200,
        ),
    ),
    accounts=(
        AccountFact(
            account="receivable studio-a JPY/0",
            kept_debit_minor=13_200,
            kept_credit_minor=0,
            posted_debit_minor=13_200,
            posted_credit_minor=0,
        ),
    ),
    controls=(
        ControlFact(account="receivable studio-a JPY", posted_minor=13_200, expected_minor=13_200),
    ),
    totals_that_differ=(),
    events_that_differ=(),
    batches=(_FIRST, _batch(2, _FIRST.head, (b"b" * 32, b"c" * 32))),
    terms=TERMS,
    events=(),
    usage=USAGE,
    closed_months=(
        ClosedMonthFact(
            month=OCTOBER.first_day,
            closed_at=datetime(2026, 11, 2, tzinfo=UTC),
            input_hash=input_hash(month=OCTOBER, terms=TERMS, totals=USAGE, lines=LINES),
            generation_count=2,
            found_generation_count=2,
            last_recorded_at=datetime(2026, 10, 31, tzinfo=UTC),
            lines=LINES,
        ),
    ),
    withheld=(WITHHELD,),
    remitted=(REMITTED,),
    invoices=(
        InvoiceFact(
            reference=INVOICE.number,
            subtotal_minor=12_000,
            tax_minor=1_200,
            total_minor=13_200,
            received_minor=13_200,
            lines=(InvoiceLineFact(amount_minor=12_000, tax_minor=1_200, royalty_minor=12_000),),
        ),
    ),
    paid_invoices=(PAID,),
    reminders=(REMINDER,),
    suspensions=(SUSPENSION,),
    translations=(TRANSLATED,),
    positions=(BOUGHT,),
    series=(
        SeriesFact(series="INV-2026", last_number=1, document_count=1, lowest=1, highest=1),
        SeriesFact(series="INV-2027", last_number=0, document_count=0, lowest=1, highest=0),
    ),
    documents=(
        document("invoice", INVOICE.number, INVOICE, (12_000, 1_200, 13_200)),
        document(
            "statement", STATEMENT.number, STATEMENT, (0, 11_040, 11_040, 0, 1_104, 1_127, 11_017)
        ),
        TOLD,
    ),
    holders=(
        HolderFact(
            month=date(2026, 11, 1),
            holder="minami",
            royalty_minor=12_000,
            tax_minor=1_200,
            invoiced_royalty_minor=12_000,
            invoiced_tax_minor=1_200,
            fee_minor=960,
            fee_tax_minor=96,
            earned_minor=11_040,
            earned_tax_minor=1_104,
            deficit_in_minor=0,
            deficit_out_minor=0,
        ),
    ),
    settlements=(
        SettlementFact(month=date(2026, 11, 1), received_minor=13_200, taken_minor=13_200),
    ),
    statements=(
        StatementFact(
            reference=STATEMENT.number,
            payee="minami",
            month=date(2026, 11, 1),
            previous_carried_out_minor=0,
            carried_in_minor=0,
            earned_minor=11_040,
            found_earned_minor=11_040,
            payable_minor=11_040,
            carried_out_minor=0,
            consumption_tax_minor=1_104,
            withholding_minor=1_127,
            payout_minor=11_017,
            planned=PayoutFact(
                payee="minami",
                paid_on=date(2026, 12, 25),
                profile=PayeeTaxProfile(
                    kind=PartyKind.INDIVIDUAL, residence="JP", is_registered=False
                ),
                supplies_minor=0,
                passthrough_minor=11_040,
                consumption_tax_minor=1_104,
                withholding_base_minor=11_040,
                withholding_minor=1_127,
                payout_minor=11_017,
            ),
        ),
    ),
    recoup_groups=(RECOUPED,),
    suspense=(
        SuspenseFact(
            reference="SUS-2026-11-minami-1",
            holder="minami",
            amount_minor=100,
            tax_minor=10,
            suspended_minor=20,
            suspended_tax_minor=2,
            released_minor=20,
            released_tax_minor=2,
            left_bp=0,
            parts_minor=80,
            released_parts_minor=20,
        ),
    ),
    reserves=(
        ReserveFact(
            holder="minami",
            month=date(2026, 11, 1),
            release_month=date(2027, 1, 1),
            amount_minor=300,
            tax_minor=30,
            used_minor=300,
            used_tax_minor=30,
            release_count=1,
            released_in=date(2027, 1, 1),
        ),
    ),
    payee_advances=(
        PayeeAdvanceFact(
            reference="ADV-1",
            payee="minami",
            amount_minor=300,
            paid_minor=300,
            recouped_minor=300,
        ),
    ),
)
