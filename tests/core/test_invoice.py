"""An invoice adds up its lines and is taxed once per rate."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.invoice import BankAccountCopy, Invoice, InvoiceLine, PartyCopy, Taxed, tax_lines
from ledger.core.money import AMOUNT_MINOR_MAX, Rounding, take_bp
from ledger.core.terms import Basis
from ledger.core.usage import Modality, UseClass

LINE = InvoiceLine(
    number=1,
    subject_reference="kaze",
    title_ja="風の町",
    title_en="Town of Wind",
    license_reference="LIC-1",
    clause_reference="Article 5",
    rate_line_id=31,
    basis=Basis.PER_IMAGE,
    modality=Modality.IMAGE,
    use_class=UseClass.GENERATION,
    generation_count=1,
    quantity=Decimal(1),
    rate=Decimal(105),
    is_tiered=False,
    exact="105",
    amount_minor=105,
)
PARTY = PartyCopy(
    reference="pty_1",
    kind="company",
    name_ja="風車スタジオ",
    name_en="Windmill Studio",
    postal_code="100-0001",
    address_ja="東京都千代田区千代田1-1",
    address_en="1-1 Chiyoda, Chiyoda-ku, Tokyo",
    country="JP",
    registration_number="T8700110005901",
    language="ja",
)
BANK = BankAccountCopy(
    bank_code="0001",
    bank_name_ja="銀行",
    bank_name_en="Bank",
    branch_code="001",
    branch_name_ja="支店",
    branch_name_en="Branch",
    account_type="ordinary",
    number="1234567",
    holder_kana="ゲンボ",
)


def lines(*amounts: int) -> tuple[InvoiceLine, ...]:
    return tuple(
        replace(LINE, number=number, amount_minor=amount)
        for number, amount in enumerate(amounts, start=1)
    )


def invoice(*amounts: int, rate_bp: int = 1_000, rounding: Rounding = Rounding.FLOOR) -> Invoice:
    charged = lines(*amounts)
    return Invoice(
        number="INV-2026-000001",
        issuer=PARTY,
        recipient=PARTY,
        issued_on=date(2026, 9, 1),
        due_on=date(2026, 9, 30),
        period_start=date(2026, 8, 1),
        period_end=date(2026, 8, 31),
        currency="JPY",
        lines=charged,
        taxes=tax_lines(
            lines=charged, otherwise=Taxed(treatment="standard", rate_bp=rate_bp), rounding=rounding
        ),
        tax_rounding=rounding,
        pay_to=BANK,
        on_behalf=False,
        calculation_version=1,
        input_hash="0" * 64,
    )


@pytest.mark.parametrize(
    ("amounts", "subtotal", "tax", "total"),
    [
        ((389_470, 2_429_730, 44_959), 2_864_159, 286_415, 3_150_574),  # DOMAIN E1.
        ((105, 105, 105), 315, 31, 346),  # JAPAN 1.3: once, or it would be 30.
        ((9,), 9, 0, 9),  # Less than a yen of tax.
        ((), 0, 0, 0),
        ((500, -600), -100, -10, -110),  # What is given back carries its tax.
        ((AMOUNT_MINOR_MAX,), AMOUNT_MINOR_MAX, 922337203685477580, 10145709240540253387),
    ],
)
def test_an_invoice_is_its_lines_and_their_tax(
    amounts: tuple[int, ...], subtotal: int, tax: int, total: int
) -> None:
    issued = invoice(*amounts)
    assert (issued.subtotal_minor, issued.tax_minor, issued.total_minor) == (subtotal, tax, total)


@pytest.mark.parametrize(
    ("rounding", "tax"),
    [(Rounding.FLOOR, 31), (Rounding.CEILING, 32), (Rounding.HALF_UP, 32)],  # Of 31.5.
)
def test_each_lawful_rounding_of_tax_is_taken_at_its_word(rounding: Rounding, tax: int) -> None:
    assert invoice(105, 105, 105, rounding=rounding).tax_minor == tax


@pytest.mark.parametrize("treatment", ["export_exempt", "outside_scope"])
def test_what_is_not_taxed_is_still_stated(treatment: str) -> None:
    (tax,) = tax_lines(
        lines=lines(1_000, 234),
        otherwise=Taxed(treatment=treatment, rate_bp=0),
        rounding=Rounding.CEILING,
    )
    assert (tax.treatment, tax.rate_bp, tax.taxable_minor, tax.tax_minor) == (
        (treatment, 0, 1_234, 0)
    )


@given(st.lists(st.integers(-(10**12), 10**12), max_size=5), st.sampled_from(Rounding))
@settings(max_examples=10)
def test_tax_is_rounded_once_however_the_charge_is_cut_into_lines(
    amounts: list[int], rounding: Rounding
) -> None:
    whole = invoice(sum(amounts), rounding=rounding)
    assert invoice(*amounts, rounding=rounding).taxes == whole.taxes
    assert whole.tax_minor == take_bp(sum(amounts), 1_000, rounding)
    assert whole.total_minor == whole.subtotal_minor + whole.tax_minor
