"""
The royalty statement on paper: the settlement, the chart, the sources and their waterfalls.

Frozen values go in, and what its template needs besides comes out; no figure is made here
except sums of figures that stand above them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate

from invoices.charts import usage_chart
from invoices.condensing import DETAIL_MAX, CondensedRow, condensed
from invoices.kind import Kind, Languages
from invoices.measures import measure_of
from invoices.shown_rates import translated
from invoices.spreadsheets import statement_csv
from invoices.sums import Sum, chosen, marks_minus, own_name
from ledger.core.statement import EarningRow, Settlement, Statement, StatementSection, UsageRow


def _parts(statement: Statement, languages: Languages) -> Mapping[str, object]:
    usage = [row for section in statement.sections for row in section.usage]
    return {
        "sums": settlement_sums(statement.settlement),
        "outcome": outcome_of(statement.settlement),
        "account_number": _masked(statement.pay_to.number) if statement.pay_to else "",
        "chart": usage_chart(usage, languages=languages, currency=statement.currency),
        "carried_royalty": _carried,
        "condensed_usage": condensed,
        "is_condensed": len(usage) > DETAIL_MAX,
        "measure": partial(measure_of, statement.currency, languages),
        "section_sums": section_sums,
        "earning_sums": earning_sums,
        "translated": translated,
        "own_name": own_name,
        "remarks": _remarks(statement, languages),
        "revision_money": _revision_money(statement),
    }


def _revision_money(statement: Statement) -> str:
    """Return the key of the sentence that says what becomes of the difference of a revision."""
    revised = statement.revises
    moved = 0 if revised is None else revised.moved_now_minor or revised.moved_now_tax_minor
    return f"revision.money.{'added' if moved > 0 else 'deducted' if moved else 'none'}"


def settlement_sums(settlement: Settlement) -> list[Sum]:
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


def outcome_of(settlement: Settlement) -> str | None:
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


def _carried(rows: Sequence[UsageRow] | Sequence[CondensedRow]) -> list[int]:
    """Return the royalty up to each row, which a long table carries from page to page."""
    return list(
        accumulate(
            row.royalty_minor if isinstance(row, UsageRow) else row.amount_minor for row in rows
        )
    )


def section_sums(section: StatementSection) -> list[Sum]:
    """Return receipts less the admin fee; a committee's rest goes on into its waterfall."""
    return [
        *_taken_sums(section),
        *_set_aside_sums(section),
        Sum(
            key=_net_key(section),
            amount_minor=section.receipts_minor
            - section.admin_fee_minor
            - sum(each.amount_minor for each in section.set_aside),
            tax_minor=section.receipts_tax_minor
            - section.admin_fee_tax_minor
            + (section.purchase_tax_minor or 0)
            - sum(each.tax_minor for each in section.set_aside),
            style="total",
        ),
    ]


def _net_key(section: StatementSection) -> str:
    if section.is_committee:
        return "section.distributable"
    return "section.net" if section.sold_minor is None else "section.bought"


def _is_accrued(section: StatementSection) -> bool:
    """Tell whether something of a section was divided with its invoice, paid or not."""
    return any(row.paid_from == "accrued" for row in section.usage)


def _taken_sums(section: StatementSection) -> Iterator[Sum]:
    """
    Yield what came in and what the house takes of it.

    What it sold for itself stands apart, with its margin and the tax on what it buys.
    """
    sold, margin = section.sold_minor or 0, section.margin_minor or 0
    is_all_sold = section.sold_minor is not None and sold == section.receipts_minor
    if not is_all_sold:
        yield Sum(
            key="section.divided" if _is_accrued(section) else "section.receipts",
            amount_minor=section.receipts_minor - sold,
            tax_minor=section.receipts_tax_minor,
        )
        yield Sum(
            key="section.admin_fee",
            rate_bp=section.admin_fee_bp,
            amount_minor=margin - section.admin_fee_minor,
            tax_minor=-section.admin_fee_tax_minor,
        )
    if section.sold_minor is not None:
        yield Sum(key="section.sold", amount_minor=sold)
        yield Sum(key="section.margin", rate_bp=section.admin_fee_bp, amount_minor=-margin)
        if section.purchase_tax_minor:
            tax_minor = section.purchase_tax_minor
            yield Sum(key="section.purchase_tax", amount_minor=0, tax_minor=tax_minor)


def _set_aside_sums(section: StatementSection) -> Iterator[Sum]:
    """Yield what was set aside and what came back, each kind once."""
    for kind in dict.fromkeys(each.kind for each in section.set_aside):
        of_kind = [each for each in section.set_aside if each.kind == kind]
        yield Sum(
            key=f"set_aside.{kind}",
            amount_minor=-sum(each.amount_minor for each in of_kind),
            tax_minor=-sum(each.tax_minor for each in of_kind),
        )


def earning_sums(earnings: Sequence[EarningRow]) -> list[Sum]:
    """Return what a payee earned by each right, fee or share, and the total of several."""
    sums = [
        Sum(
            key=f"category.{row.category}",
            name=own_name(row.category),
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


def _remarks(statement: Statement, languages: Languages) -> list[str]:
    usage = [row for section in statement.sections for row in section.usage]
    is_accrued = any(map(_is_accrued, statement.sections))
    return chosen(
        (not is_accrued, "note.amounts"),
        (is_accrued, "note.amounts_accrued"),
        (any(each.sold_minor is not None for each in statement.sections), "note.principal"),
        (any(section.steps for section in statement.sections), "note.own_share"),
        (any(row.is_tiered for row in usage), "note.tiered"),
        (any(row.foreign is not None for row in usage), "note.translated"),
        (statement.settlement.withholding_minor != 0, "note.withholding"),
        (marks_minus(languages), "note.negative"),
        (True, f"note.language.{languages.authoritative}"),
    )


def _masked(number: str) -> str:
    """Keep the last three digits of an account number, enough to recognise one's own."""
    return "•" * max(len(number) - 3, 0) + number[-3:]


KIND = Kind(
    name="statement",
    values=Statement,
    template="statement.html",
    title=lambda statement: "statement.title",
    reader=lambda statement: statement.payee,
    parts=_parts,
    lines=lambda statement: sum(len(section.usage) for section in statement.sections),
    table=statement_csv,
)
