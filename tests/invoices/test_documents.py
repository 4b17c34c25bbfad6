"""What stands on an invoice and a statement, before it is set in type."""

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from invoices.documents import html_of
from ledger.core.acceptance import Reason
from ledger.core.invoice import Invoice
from ledger.core.money import Rounding
from ledger.core.statement import Statement
from ledger.core.terms import Basis
from locales.catalogues import MissingMessage, message
from tests.invoices.samples import (
    FIRM,
    FIRM_ABROAD,
    HOUSE,
    PERFORMER,
    export_invoice,
    invoice,
    invoice_lines,
    line,
    tax_line,
)
from tests.invoices.statement_samples import (
    NOTHING,
    SETTLEMENT,
    carried_statement,
    committee_statement,
    earning,
    refusal,
    section,
    statement,
    step,
)

HOSTILE = '<script>alert("x")</script><img src="file:///etc/passwd">&amp;{{ 7 * 7 }}'


def text_of(document: Invoice | Statement) -> str:
    """Return the words of a document in reading order, separated by single spaces."""
    body = re.sub(r"(?s)^.*<body>", "", html_of(document))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def says(document: Invoice | Statement, key: str, **values: object) -> bool:
    """Tell whether a message stands on a document in both languages."""
    text = text_of(document)
    return all(message(language, key, **values) in text for language in ("ja", "en"))


def test_an_invoice_states_the_six_items_of_the_law() -> None:
    text = text_of(invoice())
    assert f"{HOUSE.name_ja} " in text
    assert str(HOUSE.registration_number) in text
    assert "2026年11月1日〜11月30日 1–30 November 2026" in text
    assert "潮騒のオルゴール Music Box of the Tides" in text
    assert "小計（課税対象・税抜） Subtotal, taxable 10% 3,059,862" in text
    assert "消費税額 Consumption tax 10% 305,986" in text
    assert f"{FIRM.name_ja} 御中" in text


def test_every_amount_of_an_invoice_stands_in_its_place_once() -> None:
    figures = re.findall(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,.])", text_of(invoice()))
    once = ["389,470", "2,429,730", "44,959", "53,697", "62,006", "3,059,862", "305,986"]
    assert [figures.count(figure) for figure in once] == [1] * len(once)
    assert figures.count("3,365,848") == 2  # What is asked for at the head, the sum at the foot.


@pytest.mark.parametrize(
    ("number", "treatment", "title"),
    [
        (HOUSE.registration_number, "standard", "invoice.title"),
        (HOUSE.registration_number, "reduced", "invoice.title"),
        (HOUSE.registration_number, "export_exempt", "invoice.title_plain"),  # 57条の4 leaves
        (HOUSE.registration_number, "outside_scope", "invoice.title_plain"),  # these two out.
        (None, "standard", "invoice.title_plain"),  # Only a registered issuer may say qualified.
    ],
)
def test_only_a_registered_issuer_of_a_taxed_supply_calls_it_qualified(
    number: str | None, treatment: str, title: str
) -> None:
    document = invoice(
        issuer=replace(HOUSE, registration_number=number),
        taxes=(tax_line(invoice_lines(), treatment=treatment),),
    )
    titles = re.findall(r"<h1>(.*?)</h1>", html_of(document))
    assert titles == [message("ja", title)]


def test_an_export_says_why_it_bears_no_tax() -> None:
    assert says(export_invoice(), "note.export_exempt")
    assert says(export_invoice(), "invoice.amount_due_untaxed")
    assert not says(invoice(), "note.export_exempt")


def test_two_rates_have_a_subtotal_of_their_own_each() -> None:
    standard, reduced = invoice_lines()[:1], invoice_lines()[1:2]
    taxes = (
        tax_line(standard),
        tax_line(reduced, treatment="reduced", rate_bp=800, tax_minor=194378),
    )
    text = text_of(invoice(lines=standard + reduced, taxes=taxes))
    assert "小計（税抜） Subtotal, tax excluded 2,819,200" in text
    assert "10% 389,470" in text
    assert "10% 38,947" in text
    assert "8% 2,429,730" in text
    assert "8% 194,378" in text
    assert "￥3,052,525" in text


@pytest.mark.parametrize("rounding", list(Rounding))
def test_the_rounding_of_the_tax_is_stated(rounding: Rounding) -> None:
    assert says(invoice(tax_rounding=rounding), f"note.rounding.{rounding}")


@pytest.mark.parametrize(
    ("changes", "key", "is_said"),
    [
        ({"on_behalf": True}, "note.on_behalf", True),
        ({"on_behalf": False}, "note.on_behalf", False),
        ({"lines": invoice_lines()[1:]}, "note.tiered", False),
        ({}, "note.tiered", True),
        ({}, "note.negative", False),
        ({"lines": (line(1, "訂正", "Correction", amount_minor=-500),)}, "note.negative", True),
        ({}, "note.transfer_fee", True),
        ({}, "note.language.ja", True),
        ({}, "note.language.en", False),
        ({"recipient": replace(FIRM, authoritative="en")}, "note.language.en", True),
        ({"recipient": replace(FIRM, authoritative="en")}, "note.language.ja", False),
    ],
)
def test_a_note_stands_where_it_is_needed(changes: dict[str, Any], key: str, is_said: bool) -> None:
    assert says(invoice(**changes), key) is is_said


@pytest.mark.parametrize(
    ("kind", "honorific"), [("company", "御中"), ("committee", "御中"), ("individual", "様")]
)
def test_a_recipient_is_addressed_once_as_custom_has_it(kind: str, honorific: str) -> None:
    text = text_of(invoice(recipient=replace(FIRM, kind=kind)))
    assert f"{FIRM.name_ja} {honorific}" in text
    assert text.count("御中") + text.count("様") == 1


def test_a_name_that_is_the_same_in_both_languages_is_printed_once() -> None:
    text = text_of(export_invoice())
    assert text.count(FIRM_ABROAD.name_ja) == 1
    assert "〒" not in text.partition(HOUSE.name_ja)[0]  # A foreign address has no postal mark.


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"is_tiered": True}, "37,415 枚 images 段階料率 tiered\xa0rate 389,470"),
        ({"basis": Basis.PER_IMAGE}, "37,415 枚 images 12 1枚 per\xa0image 389,470"),
        ({"basis": Basis.PER_1K_CHARS}, "12 1,000文字 per\xa01,000\xa0chars 389,470"),
        ({"basis": Basis.PCT_REVENUE}, "37,415 純売上 net\xa0revenue 12% 料率 rate 389,470"),
        (
            {"basis": Basis.FIXED_MONTH, "rate": Decimal(389_470)},
            "37,415 389,470 月額 per\xa0month 389,470",
        ),
        # A part of the fee stands beside the whole one, so the line says that it is shared.
        (
            {"basis": Basis.FIXED_MONTH, "rate": Decimal(500_000)},
            "37,415 500,000 月額を按分 monthly, shared 389,470",
        ),
        ({"rate": Decimal("0.0000123")}, "0.0000123 1枚 per\xa0image"),
    ],
)
def test_a_line_says_how_much_at_what_price(changes: dict[str, Any], row: str) -> None:
    only = line(1, "夜", "Night", **changes)
    assert row.replace("\xa0", " ") in text_of(invoice(lines=(only,)))


def test_a_fixed_fee_without_usage_shows_no_zeros() -> None:
    text = text_of(invoice(lines=invoice_lines()[5:]))
    assert "全区分 All uses 80,000 月額 per month 80,000" in text


def test_each_line_brings_and_carries_the_sum_so_far() -> None:
    rows = re.findall(
        r'data-brought="(.*?)" data-carried="(.*?)"', html_of(invoice(lines=invoice_lines()[:3]))
    )
    assert [(brought.split()[-1:], carried.split()[-1]) for brought, carried in rows] == [
        ([], "389,470"),
        (["389,470"], "2,819,200"),
        (["2,819,200"], "2,864,159"),
    ]


def test_what_a_party_wrote_is_text_and_nothing_else() -> None:
    named = replace(FIRM, name_ja=HOSTILE, name_en=HOSTILE, address_ja=HOSTILE)
    lines = (line(1, HOSTILE, HOSTILE, clause_reference=HOSTILE),)
    html = html_of(invoice(number=HOSTILE, issuer=named, recipient=named, lines=lines))
    assert "<script" not in html
    assert "<img" not in html
    assert '"x"' not in html
    assert HOSTILE in unescape(html)


def test_a_statement_leads_from_balance_to_payout() -> None:
    text = text_of(statement())
    assert (
        "前期繰越額 Brought forward 3,120 当期使用料（税抜） Earned, excl. tax 247,732 "
        "翌期繰越額 Carried forward 0 お支払対象額（税抜） Payable, excl. tax 250,852 "
        "消費税額 Consumption tax 25,085 源泉徴収税額 Withholding tax ▲25,611 "
        "差引お支払額 Payout ￥250,326"
    ) in text
    assert f"{PERFORMER.name_ja} 様" in text


def test_a_registration_number_stands_with_who_supplies() -> None:
    assert str(FIRM.registration_number) not in text_of(invoice())
    assert str(PERFORMER.registration_number) in text_of(statement())


def test_the_base_of_withholding_is_shown_when_it_is_not_the_payable_amount() -> None:
    text = text_of(statement(settlement=replace(SETTLEMENT, withholding_base_minor=275937)))
    assert "源泉徴収の対象額（消費税等を含む） Withholding base, tax included 275,937" in text
    assert not says(statement(), "settlement.withholding_base")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"earned_minor": 3120, "carried_out_minor": 3120}, "below_minimum"),
        ({"earned_minor": -800, "carried_out_minor": -800}, "negative_balance"),
        ({"earned_minor": 9000, "hold_reason": "hold"}, "hold"),
        ({"earned_minor": 9000, "hold_reason": "bank_account_missing"}, "bank_account_missing"),
        ({}, "nothing_earned"),
        ({"hold_reason": "below_minimum"}, "nothing_earned"),  # No balance is not a small one.
    ],
)
def test_a_payout_of_nothing_says_why(changes: dict[str, Any], reason: str) -> None:
    document = statement(settlement=replace(NOTHING, **changes))
    assert says(document, f"settlement.not_paid.{reason}")
    assert "差引お支払額 Payout ￥0" in text_of(document)
    assert not says(document, "statement.pay_on")


def test_a_payout_has_a_day_and_an_account_of_which_three_digits_are_shown() -> None:
    text = text_of(statement())
    assert "お支払日 Payment date 2026年12月30日 30 December 2026" in text
    assert "普通 Ordinary ••••592" in text
    assert "3141592" not in text


def test_a_directly_paid_holder_sees_receipts_fee_and_rest() -> None:
    text = text_of(statement())
    assert "入金使用料 Royalty received 269,273 26,927" in text
    assert "管理手数料 Administration fee 8% ▲21,541 ▲2,154" in text
    assert "手数料控除後の使用料 Royalty net of fee 247,732 24,773" in text
    assert not says(statement(), "waterfall.title")


def test_a_committee_payee_sees_every_step_with_its_own_marked() -> None:
    html = html_of(committee_statement())
    text = text_of(committee_statement())
    assert "1 窓口手数料 Window fee 株式会社砂時計書房◆ Sunadokei Shobo Co., Ltd." in text
    assert "8,765,432 15% 1,314,814" in text
    assert "6 音楽著作権料 Music royalty 架空音楽著作権協会 Kaku Music Rights Society" in text
    assert "定額 fixed 88,000" in text
    assert "9 赤字繰越 Deficit brought forward ▲450,000" in text
    assert html.count('<tbody class="mine">') == 3
    assert "取り分合計 Total earnings 3,136,602 313,483" in text
    assert says(committee_statement(), "waterfall.preset.fees_first")
    assert says(committee_statement(), "note.own_share")


@pytest.mark.parametrize("reason", list(Reason))
def test_refused_usage_is_shown_with_its_reason(reason: Reason) -> None:
    assert says(statement(refusals=(refusal(reason=reason),)), f"refusal.reason.{reason}")


def test_a_period_without_usage_says_so() -> None:
    assert says(statement(sections=()), "usage.none")
    assert says(statement(sections=(section(usage=()),)), "usage.none")
    assert not says(statement(refusals=()), "refusal.title")


def test_a_later_revision_says_that_it_is_one() -> None:
    assert says(statement(revision=2), "statement.revision", revision=2)
    assert not says(statement(), "statement.revision", revision=1)


@pytest.mark.parametrize(
    "document",
    [
        statement(refusals=(refusal(reason="mood"),)),
        statement(settlement=replace(NOTHING, earned_minor=1, hold_reason="mood")),
    ],
    ids=["reason", "hold"],
)
def test_a_code_without_words_is_refused_rather_than_printed(document: Statement) -> None:
    with pytest.raises(MissingMessage, match="mood"):
        html_of(document)


def test_a_step_a_contract_named_itself_is_printed_under_that_name() -> None:
    named = "主題歌 <opening>"
    steps, earnings = (step("royalty", named, 500),), (earning(named, 500, 50),)
    text = text_of(statement(sections=(section(steps=steps, earnings=earnings),)))
    assert f"1 {named} 定額 fixed 500" in text
    assert f"{named} 500 50" in text


def test_a_carried_balance_is_taken_off_what_is_paid() -> None:
    text = text_of(carried_statement())
    assert "翌期繰越額 Carried forward ▲3,120 お支払対象額（税抜） Payable, excl. tax 0" in text


@pytest.mark.parametrize(
    ("agreed", "asked", "is_era"),
    [
        (True, False, True),  # The party's own setting,
        (False, True, False),  # whatever the command says.
        (None, True, True),
        (None, False, False),
    ],
)
def test_years_are_those_agreed_with_the_reader(
    agreed: bool | None, asked: bool, is_era: bool
) -> None:
    document = invoice(recipient=replace(FIRM, in_eras=agreed))
    assert ("令和8年" in html_of(document, in_eras=asked)) is is_era
