"""
The notice of a payment on paper: what it is for, row by row, its taxes, what was kept back.

Frozen values go in, and what its template needs besides comes out; no figure is made here
except sums of figures that stand above them.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from invoices.condensing import DETAIL_MAX
from invoices.kind import Kind, Languages
from invoices.spreadsheets import table_csv
from invoices.sums import Sum, chosen, marks_minus, own_name
from ledger.core.money import Rounding
from ledger.core.notice import NoticeForm, NoticeRow, PaymentNotice, RowKind, Supply
from ledger.core.tax import StepCode

#: What a row of a notice holds, in order.
COLUMNS = (
    "notice",
    "row",
    "kind",
    "source_ja",
    "source_en",
    "category",
    "supply",
    "currency",
    "gross_minor",
    "fee_minor",
    "rate_bp",
    "amount_minor",
    "exempt_minor",
    "tax_minor",
)


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """A row as the page has it; of many that are alike it is the sum of them."""

    number: int
    count: int
    source_ja: str
    source_en: str
    key: str  # of the words that say what it is
    name: str  # which a contract gives it instead
    supply: Supply
    gross_minor: int | None
    fee_minor: int | None
    rate_bp: int | None
    amount_minor: int
    tax_minor: int


def notice_csv(notice: PaymentNotice) -> Iterator[bytes]:
    """Write what a payment is for as CSV, a row for each reason."""
    return table_csv(
        COLUMNS,
        (
            (
                notice.number,
                row.number,
                row.kind,
                row.source_ja,
                row.source_en,
                row.category,
                row.supply,
                notice.currency,
                row.gross_minor,
                row.fee_minor,
                row.rate_bp,
                row.amount_minor,
                row.exempt_minor,
                row.tax_minor,
            )
            for row in notice.rows
        ),
    )


def _parts(notice: PaymentNotice, languages: Languages) -> Mapping[str, object]:
    rows = _shown(notice.rows)
    return {
        "rows": rows,
        "is_condensed": len(notice.rows) > DETAIL_MAX,
        "carried": list(accumulate(row.amount_minor for row in rows)),
        "shows_supply": len(notice.taxes) > 1,
        "sums": list(_sums(notice)),
        "account_number": notice.pay_to.number[-3:].rjust(len(notice.pay_to.number), "•"),
        "greeting": f"notice.greeting.{notice.form}",
        "confirmation": _confirmation(notice),
        "remarks": _remarks(notice, languages),
    }


def _shown(rows: Sequence[NoticeRow]) -> list[ShownRow]:
    """Return the rows as they are, or what is alike of too many as one."""
    if len(rows) <= DETAIL_MAX:
        return [_one([row]) for row in rows]
    groups: dict[Hashable, list[NoticeRow]] = {}
    for row in rows:
        groups.setdefault((row.kind, row.category, row.supply), []).append(row)
    return [_one(alike) for alike in groups.values()]


def _one(rows: Sequence[NoticeRow]) -> ShownRow:
    first, is_alone = rows[0], len(rows) == 1
    is_earned = first.kind is RowKind.EARNING
    return ShownRow(
        number=first.number,
        count=len(rows),
        source_ja=first.source_ja if is_alone else "",
        source_en=first.source_en if is_alone else "",
        key=f"category.{first.category}" if is_earned else f"notice.row.{first.kind}",
        name=own_name(first.category) if is_earned else "",
        supply=first.supply,
        gross_minor=_sum_known(row.gross_minor for row in rows),
        fee_minor=_sum_known(row.fee_minor for row in rows),
        rate_bp=first.rate_bp if is_alone else None,
        amount_minor=sum(row.amount_minor for row in rows),
        tax_minor=sum(row.tax_minor for row in rows),
    )


def _sum_known(amounts: Iterable[int | None]) -> int | None:
    known = [each for each in amounts if each is not None]
    return sum(known) if known else None


def _sums(notice: PaymentNotice) -> Iterator[Sum]:
    """Yield the way from what is paid for, by treatment, to what arrives; each figure once."""
    for tax in notice.taxes:
        rate_bp = tax.rate_bp if tax.supply is Supply.STANDARD else None
        yield Sum(key=f"notice.base.{tax.supply}", amount_minor=tax.taxable_minor, rate_bp=rate_bp)
        if tax.tax_minor or tax.supply is Supply.STANDARD:
            yield Sum(key=f"notice.tax.{tax.supply}", amount_minor=tax.tax_minor)
    if len(notice.taxes) > 1:
        gross_minor = notice.payable_minor + notice.consumption_tax_minor
        yield Sum(key="settlement.payable", amount_minor=notice.payable_minor, style="subtotal")
        yield Sum(key="settlement.consumption_tax", amount_minor=notice.consumption_tax_minor)
        if notice.withholding_minor:
            yield Sum(key="notice.gross", amount_minor=gross_minor, style="subtotal")
    yield from _withheld(notice)
    yield Sum(key="settlement.payout", amount_minor=notice.payout_minor, style="total")


def _withheld(notice: PaymentNotice) -> Iterator[Sum]:
    """Yield what was withheld by bracket; in one sum where the brackets are not known."""
    for step in notice.withheld:
        key = f"notice.{step.code}"
        yield Sum(key=key, amount_minor=-step.amount_minor, rate_bp=step.rate_bp)
    if not notice.withheld and notice.withholding_minor:
        yield Sum(key="settlement.withholding", amount_minor=-notice.withholding_minor)
    if len(notice.withheld) > 1:
        yield Sum(key="notice.withheld", amount_minor=-notice.withholding_minor, style="memo")
    if notice.withholding_base_minor not in (0, notice.payable_minor):
        yield Sum(
            key="settlement.withholding_base",
            amount_minor=notice.withholding_base_minor,
            style="memo",
        )


def _confirmation(notice: PaymentNotice) -> str:
    """Return the key of what the payee is asked at the foot."""
    if notice.confirm_within_days is not None:
        return "notice.clause"
    is_purchase = notice.form is NoticeForm.PURCHASE_STATEMENT
    return "notice.please_confirm" if is_purchase else "notice.please_tell"


def _remarks(notice: PaymentNotice, languages: Languages) -> list[str]:
    treatments = {tax.supply for tax in notice.taxes}
    codes = {step.code for step in notice.withheld}
    least_minor = min((row.amount_minor for row in notice.rows), default=0)
    has_minus = (
        least_minor < 0 or notice.withholding_minor or any(row.fee_minor for row in notice.rows)
    )
    is_purchase = notice.form is NoticeForm.PURCHASE_STATEMENT
    return chosen(
        (is_purchase, "note.notice.purchase_statement"),
        (notice.form is NoticeForm.ABROAD, "note.notice.abroad"),
        (Supply.SHARED in treatments, "note.notice.shared"),
        (Supply.STANDARD in treatments, f"note.rounding.{Rounding.TRUNCATE}"),
        (notice.withholding_minor != 0, "note.withholding"),
        (StepCode.WITHHOLDING_TREATY in codes, "note.notice.treaty"),
        (bool(has_minus) and marks_minus(languages), "note.negative"),
        (True, "note.notice.transfer_fee"),
        (True, f"note.language.{languages.authoritative}"),
    )


KIND = Kind(
    name="notice",
    values=PaymentNotice,
    template="notice.html",
    title=lambda notice: f"notice.title.{notice.form}",
    reader=lambda notice: notice.payee,
    parts=_parts,
    lines=lambda notice: len(notice.rows),
    table=notice_csv,
)
