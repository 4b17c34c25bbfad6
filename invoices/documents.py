"""
An invoice or a statement set as one bilingual page of HTML, Japanese first.

Owns what stands where and in which words. Frozen core values go in and text comes out; no
figure is made here except sums of figures that stand above them. Everything that came from a
party is escaped by the templates. :mod:`invoices.pdf` makes the bytes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from itertools import accumulate
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from invoices.measures import measure_of
from ledger.core.invoice import Invoice
from ledger.core.statement import EarningRow, Settlement, Statement, StatementSection, UsageRow
from locales import formats
from locales.catalogues import LANGUAGES, keys, message

_TEMPLATES = Path(__file__).parent / "templates"

#: What the drawings need told; the style sheet holds the rest.
_DRAWING = {
    "accent_color": "#27496d",
    "seal_color": "#b5402f",
    "quiet_color": "#8b94a1",
    "seal_font": "BIZ UDMincho, Noto Serif CJK JP, IPAexMincho, Hiragino Mincho ProN",
    "opacities": ("1", "0.68", "0.46", "0.3", "0.2", "0.12"),
}

#: Length of the longest bar of the chart, and how many works it shows.
_BAR_LENGTH = 1000
_BARS_MAX = 6

#: Treatments that make an invoice a qualified one: 消費税法57条の4 leaves exempt supplies out.
_TAXED = frozenset({"standard", "reduced"})


@dataclass(frozen=True, kw_only=True)
class Sum:
    """One labelled figure of a column that is added up, beside its rate and its tax."""

    key: str
    name: str = ""  # stands instead of the key's words where a contract gives a name of its own
    amount_minor: int
    rate_bp: int | None = None
    tax_minor: int = 0
    style: str = ""  # "total", "subtotal" or "memo"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One work in the chart: the length of each month's part, the longest bar being 1,000."""

    title: str
    widths: tuple[int, ...]


def html_of(document: Invoice | Statement) -> str:
    """
    Set a document as HTML.

    :raises MissingMessage: the document holds a code (a reason, a unit) that has no words.
    """
    if isinstance(document, Statement):
        template, parts = "statement.html", _statement_parts(document)
    else:
        template, parts = "invoice.html", _invoice_parts(document)
    currency = document.currency
    return (
        _environment()
        .get_template(template)
        .render(
            document=document,
            seal=formats.seal_characters(document.issuer.name_ja),
            figure=lambda minor: formats.figure(
                language="ja", amount_minor=minor, currency=currency
            ),
            money=lambda minor: formats.money(language="ja", amount_minor=minor, currency=currency),
            measure=partial(measure_of, currency),
            **parts,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        formats=formats,
        ja=partial(message, "ja"),
        en=partial(message, "en"),
        section_sums=_section_sums,
        earning_sums=_earning_sums,
        own_name=_own_name,
        **_DRAWING,
    )
    return environment


def _invoice_parts(invoice: Invoice) -> dict[str, object]:
    return {
        "title_key": "invoice.title" if _is_qualified(invoice) else "invoice.title_plain",
        "due_key": "invoice.amount_due" if invoice.tax_minor else "invoice.amount_due_untaxed",
        "carried": list(accumulate(line.amount_minor for line in invoice.lines)),
        "has_shortfalls": any(each.target_minor for each in invoice.prepayments),
        "sums": _invoice_sums(invoice),
        "remarks": _invoice_remarks(invoice),
    }


def _is_qualified(invoice: Invoice) -> bool:
    """Tell whether the issuer is registered and a taxed supply is on the invoice."""
    is_taxed = any(tax.treatment in _TAXED for tax in invoice.taxes)
    return is_taxed and invoice.issuer.registration_number is not None


def _invoice_sums(invoice: Invoice) -> list[Sum]:
    """Return subtotal, tax per rate and total; with one rate its base is the subtotal."""
    sums = list(_prepaid_sums(invoice))
    if len(invoice.taxes) > 1:
        sums.append(Sum(key="sum.subtotal", amount_minor=invoice.subtotal_minor))
    for tax in invoice.taxes:
        rate_bp = tax.rate_bp if tax.treatment in _TAXED else None
        for part, amount_minor in (("base", tax.taxable_minor), ("tax", tax.tax_minor)):
            key = f"tax.{part}.{tax.treatment}"
            sums.append(Sum(key=key, amount_minor=amount_minor, rate_bp=rate_bp))
    return [*sums, Sum(key="sum.total", amount_minor=invoice.total_minor, style="total")]


def _prepaid_sums(invoice: Invoice) -> Iterator[Sum]:
    """Lead from the royalty to what is asked for, where something was or is paid in advance."""
    prepaid_minor = sum(each.amount_minor for each in invoice.prepayments)
    if invoice.lines and (invoice.recouped_minor or prepaid_minor):
        yield Sum(key="sum.royalty", amount_minor=invoice.royalty_minor)
    if invoice.recouped_minor:
        yield Sum(key="sum.recouped", amount_minor=-invoice.recouped_minor)
    if invoice.lines and prepaid_minor:
        yield Sum(key="sum.prepaid", amount_minor=prepaid_minor)


def _invoice_remarks(invoice: Invoice) -> list[str]:
    treatments = {tax.treatment for tax in invoice.taxes}
    amounts = [line.amount_minor for line in invoice.lines]
    return _chosen(
        (bool(treatments & _TAXED), f"note.rounding.{invoice.tax_rounding}"),
        ("reduced" in treatments, "note.reduced"),
        ("export_exempt" in treatments, "note.export_exempt"),
        ("outside_scope" in treatments, "note.outside_scope"),
        (invoice.on_behalf, "note.on_behalf"),
        (any(line.is_tiered for line in invoice.lines), "note.tiered"),
        (min(amounts, default=0) < 0 or invoice.recouped_minor > 0, "note.negative"),
        (invoice.recouped_minor > 0, "note.taxed_in_advance"),
        (invoice.total_minor == 0, "note.nothing_to_pay"),
        (invoice.total_minor > 0, "note.transfer_fee"),
        (True, "note.language"),
    )


def _statement_parts(statement: Statement) -> dict[str, object]:
    usage = [row for section in statement.sections for row in section.usage]
    return {
        "title_key": "statement.title",
        "sums": _settlement_sums(statement.settlement),
        "outcome": _outcome(statement.settlement),
        "account_number": _masked(statement.pay_to.number) if statement.pay_to else "",
        "bars": _bars(usage),
        "bar_months": _bar_months(usage),
        "remarks": _statement_remarks(statement),
    }


def _settlement_sums(settlement: Settlement) -> list[Sum]:
    """Return the way from the balance brought in to what is paid, each figure once."""
    base_minor = settlement.withholding_base_minor
    shows_base = settlement.withholding_minor and base_minor != settlement.payable_minor
    base = Sum(key="settlement.withholding_base", amount_minor=base_minor, style="memo")
    return [
        Sum(key="settlement.carried_in", amount_minor=settlement.carried_in_minor),
        Sum(key="settlement.earned", amount_minor=settlement.earned_minor),
        *_advance_sums(settlement),
        Sum(key="settlement.carried_out", amount_minor=-settlement.carried_out_minor),
        Sum(
            key="settlement.payable",
            amount_minor=settlement.payable_minor,
            style="subtotal",
        ),
        Sum(key="settlement.consumption_tax", amount_minor=settlement.consumption_tax_minor),
        Sum(key="settlement.withholding", amount_minor=-settlement.withholding_minor),
        *([base] if shows_base else []),
        Sum(key="settlement.payout", amount_minor=settlement.payout_minor, style="total"),
    ]


def _advance_sums(settlement: Settlement) -> Iterator[Sum]:
    """Yield what was paid ahead and set off, where there is any."""
    if settlement.advance_paid_minor:
        yield Sum(key="settlement.advance_paid", amount_minor=settlement.advance_paid_minor)
    if settlement.advance_recouped_minor:
        amount_minor = -settlement.advance_recouped_minor
        yield Sum(key="settlement.advance_recouped", amount_minor=amount_minor)


def _outcome(settlement: Settlement) -> str | None:
    """Return the key of the sentence that says why something is carried, None when it is plain."""
    if settlement.payout_minor and settlement.hold_reason is None:
        return None
    before_minor = settlement.carried_in_minor + settlement.earned_minor
    recouped_minor = settlement.advance_recouped_minor
    balance_minor = before_minor + settlement.advance_paid_minor - recouped_minor
    if balance_minor == 0 and recouped_minor:
        return "settlement.not_paid.recouped"
    derived = "negative_balance" if balance_minor < 0 else "below_minimum"
    reason = settlement.hold_reason or derived if balance_minor else "nothing_earned"
    return f"settlement.not_paid.{reason}"


def _section_sums(section: StatementSection) -> list[Sum]:
    """Return receipts less the admin fee; a committee's rest goes on into its waterfall."""
    return [
        Sum(
            key="section.receipts",
            amount_minor=section.receipts_minor,
            tax_minor=section.receipts_tax_minor,
        ),
        Sum(
            key="section.admin_fee",
            rate_bp=section.admin_fee_bp,
            amount_minor=-section.admin_fee_minor,
            tax_minor=-section.admin_fee_tax_minor,
        ),
        Sum(
            key="section.distributable" if section.is_committee else "section.net",
            amount_minor=section.receipts_minor - section.admin_fee_minor,
            tax_minor=section.receipts_tax_minor - section.admin_fee_tax_minor,
            style="total",
        ),
    ]


def _earning_sums(earnings: Sequence[EarningRow]) -> list[Sum]:
    """Return what a payee earned by each right, fee or share, and the total of several."""
    sums = [
        Sum(
            key=f"category.{row.category}",
            name=_own_name(row.category),
            amount_minor=row.amount_minor,
            tax_minor=row.tax_minor,
        )
        for row in earnings
    ]
    total = Sum(
        key="earning.total",
        amount_minor=sum(row.amount_minor for row in earnings),
        tax_minor=sum(row.tax_minor for row in earnings),
        style="total",
    )
    return [*sums, total] if len(sums) > 1 else sums


def _own_name(category: str) -> str:
    """Return the name a contract gave a category that the catalogues have no words for."""
    return "" if f"category.{category}" in keys(LANGUAGES[0]) else category


def _statement_remarks(statement: Statement) -> list[str]:
    usage = [row for section in statement.sections for row in section.usage]
    return _chosen(
        (True, "note.amounts"),
        (any(section.steps for section in statement.sections), "note.own_share"),
        (any(row.is_tiered for row in usage), "note.tiered"),
        (statement.settlement.withholding_minor != 0, "note.withholding"),
        (True, "note.negative"),
        (True, "note.language"),
    )


def _bars(usage: Sequence[UsageRow]) -> list[Bar]:
    """Draw the works that earned most, each month a part of its bar; one bar says nothing."""
    months = _bar_months(usage)
    titles = {row.subject_reference: row.title_ja for row in usage}
    earned: Counter[tuple[str, date]] = Counter()
    for row in usage:
        earned[row.subject_reference, row.accrual_month] += max(row.royalty_minor, 0)
    totals = {subject: sum(earned[subject, month] for month in months) for subject in titles}
    longest = max(totals.values(), default=0)
    if longest == 0 or len(titles) * len(months) == 1:
        return []
    return [
        Bar(
            title=titles[subject],
            widths=tuple(earned[subject, month] * _BAR_LENGTH // longest for month in months),
        )
        for subject in sorted(totals, key=lambda subject: -totals[subject])[:_BARS_MAX]
    ]


def _bar_months(usage: Sequence[UsageRow]) -> list[date]:
    return sorted({row.accrual_month for row in usage})


def _masked(number: str) -> str:
    """Keep the last three digits of an account number, enough to recognise one's own."""
    return "•" * max(len(number) - 3, 0) + number[-3:]


def _chosen(*choices: tuple[bool, str]) -> list[str]:
    return [key for is_wanted, key in choices if is_wanted]
