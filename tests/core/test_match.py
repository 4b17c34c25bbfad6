"""A line of a statement pays the one invoice that it pays exactly, or waits with its reason."""

from datetime import date
from typing import Any

import pytest

from invoices.kana import EDI, NameCannotBeWritten, narrow
from ledger.core.bank_statement import StatementLine
from ledger.core.match import Match, OpenInvoice, Payers, Reason, match_line, payers_of, plain
from ledger.core.payment import FeeBearer, TransferFeeTerms


def written(name: str) -> str | None:
    try:
        return narrow(name, permitted=EDI)
    except NameCannotBeWritten:
        return None


def line(**changes: Any) -> StatementLine:
    values: dict[str, Any] = {
        "place": 2,
        "booked_on": date(2026, 11, 27),
        "amount_minor": 110_000,
        "payer": "ｶ)ｴﾌﾀﾞｷｶｲ",
    }
    return StatementLine(**values | changes)


def invoice(reference: str, licensee: str, left_minor: int, day: int = 5) -> OpenInvoice:
    return OpenInvoice(
        reference=reference,
        licensee=licensee,
        issued_on=date(2026, 11, day),
        currency="JPY",
        left_minor=left_minor,
    )


LONG = "ｶ)" + "ﾅｶﾞｲﾅﾏｴﾉｶｲｼﾔ" * 5
INVOICES = (
    invoice("INV-2026-000001", "efuda", 110_000),
    invoice("INV-2026-000002", "efuda", 55_000),
    invoice("INV-2026-000003", "lumen", 110_000),
    invoice("INV-2026-000004", "long", 7_000),
    invoice("INV-2026-000005", "efuda", 900, day=30),
    invoice("INV-2026-000006", "twin-a", 1),
    invoice("INV-2026-000008", "lumen", 660),
    invoice("INV-2026-000009", "lumen", 660),
)
PAYERS = payers_of(
    {
        "efuda": ["株式会社エフダ機械", "エフダキカイ株式会社", "Efuda Machines"],
        "lumen": ["ルーメン・ワークス", "LUMEN WORKS"],
        "long": [LONG],
        "twin-a": ["ｶ)ﾌﾀｺﾞ"],
        "twin-b": ["ｶ)ﾌﾀｺﾞ"],
        "branch": ["ﾕ)ｴﾌﾀﾞｷｶｲ"],  # The same name under another legal form.
    },
    {"9000000001": ["lumen"], "9000000002": ["lumen", "efuda"]},
    narrow=written,
)
TERMS = {"efuda": TransferFeeTerms(bearer=FeeBearer.HOUSE, up_to_minor=880)}


def matched(told: StatementLine, payers: Payers = PAYERS) -> Match:
    return match_line(
        told,
        payers=payers,
        invoices=INVOICES,
        known_references={each.reference for each in INVOICES}.union(
            {"INV-2026-000007"}
        ).__contains__,
        fee_terms=TERMS,
        narrow=written,
    )


@pytest.mark.parametrize(
    ("told", "reference"),
    [
        (line(), "INV-2026-000001"),  # Name and amount.
        (line(payer="ｴﾌﾀﾞｷｶｲ(ｶ"), "INV-2026-000001"),  # The legal form at the end.
        (line(payer="ｶ) ｴﾌﾀﾞ ｷｶｲ"), "INV-2026-000001"),  # Spaces of the bank's own.
        (line(payer="EFUDA MACHINES"), "INV-2026-000001"),
        (line(edi="inv2026000001"), "INV-2026-000001"),  # And the number, however written.
        (line(amount_minor=109_340), "INV-2026-000001"),  # Short by a fee that the house bears.
        (line(payer="", payer_code="9000000001", amount_minor=110_000), "INV-2026-000003"),
        (line(payer=LONG[:48], amount_minor=7_000), "INV-2026-000004"),  # Cut at 48 places.
    ],
)
def test_what_is_exact_and_unique_is_matched(told: StatementLine, reference: str) -> None:
    assert matched(told) == Match(invoice=reference)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (line(amount_minor=-110_000), Reason.WENT_OUT),
        (line(payer="ｴﾌﾀﾞ"), Reason.PAYER_UNKNOWN),  # A part of a name is none.
        (line(payer=LONG[:47], amount_minor=7_000), Reason.PAYER_UNKNOWN),  # Shorter than a cut.
        (line(payer=""), Reason.PAYER_UNKNOWN),
        (line(payer="ｶ)ﾌﾀｺﾞ", amount_minor=1), Reason.SEVERAL_PAYERS),
        (line(payer="ｴﾌﾀﾞｷｶｲ"), Reason.SEVERAL_PAYERS),  # Which legal form?
        (line(payer_code="9000000002"), Reason.SEVERAL_PAYERS),
        (line(amount_minor=109_119), Reason.AMOUNT_DIFFERS),  # A yen more than a fee.
        (line(amount_minor=110_001), Reason.AMOUNT_DIFFERS),
        (line(payer="LUMEN WORKS", amount_minor=109_340), Reason.AMOUNT_DIFFERS),  # No terms.
        (line(payer="LUMEN WORKS", amount_minor=660), Reason.SEVERAL_INVOICES),
        (line(payer="ﾕ)ｴﾌﾀﾞｷｶｲ"), Reason.NOTHING_OPEN),
        (line(amount_minor=900), Reason.BEFORE_INVOICE),
        (line(edi="INV-2026-000099"), Reason.REFERENCE_UNKNOWN),
        (line(edi="INV-2026-000007"), Reason.NOTHING_OPEN),  # It is paid.
        (line(edi="INV-2026-000003"), Reason.REFERENCE_OF_ANOTHER),
        (line(payer="ﾀﾞﾚｶ", edi="INV-2026-000001"), Reason.PAYER_UNKNOWN),
        (line(edi="INV-2026-000001", remark="INV-2026-000002"), Reason.SEVERAL_REFERENCES),
        (line(edi="INV-2026-000002"), Reason.AMOUNT_DIFFERS),  # It names one, and pays another.
    ],
)
def test_everything_else_is_for_a_person(told: StatementLine, reason: Reason) -> None:
    assert matched(told) == Match(reason=reason)


def test_a_name_is_compared_without_what_is_written_in_two_ways() -> None:
    assert plain("ｶ)ｴﾌﾀﾞ-ｷｶｲ") == plain("ｴﾌﾀﾞｷｶｲ(ｶ") == ("ｴﾌﾀﾞｷｶｲ", "ｶ")
    assert plain("ｴﾌﾀﾞ(ｶ)ｼﾃﾝ") == ("ｴﾌﾀﾞｼﾃﾝ", "ｶ")
