"""
A paper of every kind there is, under names that tests of whatever is on paper walk over.

A kind without a paper here fails ``test_papers.py``, so that none is forgotten: neither whether
its figures are those that were frozen, nor what archives and screen readers ask of its file.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from itertools import accumulate
from typing import Any

import pytest

from invoices.kind import FrozenDocument
from invoices.kinds import kind_of
from ledger.core.capacity import Capacity
from ledger.core.invoice import PartyCopy
from tests.invoices.acknowledged_samples import (
    agent_credit_note,
    credit_note,
    part_receipt,
    payment_receipt,
)
from tests.invoices.fee_samples import fee_invoice, fee_invoice_abroad, fee_returned
from tests.invoices.notice_samples import (
    corrected_notice,
    long_notice,
    member_notice,
    notice,
    notice_abroad,
    unregistered_notice,
)
from tests.invoices.record_samples import long_record, record, record_abroad, record_total
from tests.invoices.samples import (
    FIRM,
    PERFORMER,
    agent_invoice,
    corrected_invoice,
    dollar_invoice,
    export_invoice,
    invoice,
    long_lines,
    mixed_invoice,
    unregistered_invoice,
)
from tests.invoices.statement_samples import (
    SETTLEMENT,
    accrued_statement,
    carried_statement,
    committee_statement,
    sold_statement,
    statement,
    translated_statement,
)

PAPERS: Mapping[str, FrozenDocument] = {
    "invoice": invoice(),
    "export": export_invoice(),
    "mixed": mixed_invoice(),
    "unregistered": unregistered_invoice(),
    "principal": invoice(capacity=Capacity.PRINCIPAL, on_behalf=False),
    "agent": agent_invoice(),
    "agent_english": agent_invoice(recipient=replace(FIRM, language="en")),
    "agent_long": agent_invoice(lines=long_lines(60)),
    "corrected": corrected_invoice(),
    "dollars": dollar_invoice(),
    "dollars_english": dollar_invoice(recipient=replace(FIRM, language="en")),
    "long": invoice(lines=long_lines(40)),
    "english": invoice(recipient=replace(FIRM, language="en")),
    "draft": invoice(number=""),
    "statement": statement(),
    "committee": committee_statement(),
    "carried": carried_statement(),
    "translated": translated_statement(),
    "translated_english": translated_statement(payee=replace(PERFORMER, language="en")),
    "sold": sold_statement(),
    "sold_english": sold_statement(payee=replace(PERFORMER, language="en")),
    "withheld": statement(settlement=replace(SETTLEMENT, withholding_base_minor=275937)),
    "statement_english": statement(payee=replace(PERFORMER, language="en")),
    "statement_accrued": accrued_statement(),
    "statement_accrued_english": accrued_statement(payee=replace(PERFORMER, language="en")),
    "fee": fee_invoice(),
    "fee_english": fee_invoice_abroad(),
    "fee_returned": fee_returned(),
    "fee_draft": fee_invoice(number=""),
    "record": record(),
    "record_abroad": record_abroad(),
    "record_long": long_record(),
    "record_draft": record(number=""),
    "record_total": record_total(),
    "receipt": payment_receipt(),
    "receipt_in_part": part_receipt(),
    "credit_note": credit_note(),
    "credit_note_agent": agent_credit_note(),
    "notice": notice(),
    "notice_member": member_notice(),
    "notice_unregistered": unregistered_notice(),
    "notice_abroad": notice_abroad(),
    "notice_corrected": corrected_notice(),
    "notice_long": long_notice(60),
    "notice_draft": notice(number=""),
}

EVERY_PAPER = pytest.mark.parametrize("name", PAPERS)


def _of_invoice(frozen: dict[str, Any]) -> Iterable[int]:
    asked = sum(line["amount_minor"] for line in frozen["lines"])
    recouped = sum(line["recouped_minor"] for line in frozen["lines"])
    subtotal = asked - recouped + sum(each["amount_minor"] for each in frozen["prepayments"])
    yield from (recouped, subtotal)
    yield subtotal + sum(tax["tax_minor"] for tax in frozen["taxes"])
    yield from _of_parts(frozen)


def _of_parts(frozen: dict[str, Any]) -> Iterable[int]:
    """Yield what an invoice comes to in parts: by supplier on paper, as e-invoices by who is."""
    by_supplier: dict[object, list[Any]] = {}
    by_part: dict[object, list[Any]] = {}
    for tax in frozen["taxes"]:
        by_supplier.setdefault(tax.get("supplier"), []).append(tax)
        by_part.setdefault((tax.get("supplier"), tax["is_qualified"]), []).append(tax)
        yield tax["taxable_minor"] + tax["tax_minor"]
    for taxes in (*by_supplier.values(), *by_part.values()):
        sums = [sum(tax[name] for tax in taxes) for name in ("taxable_minor", "tax_minor")]
        yield from (*sums, sum(sums))
    of_lines: dict[object, list[int]] = {}
    for line in frozen["lines"]:
        supplier = (line.get("taxed") or {}).get("supplier")
        of_lines.setdefault(supplier, []).append(line["amount_minor"])
    for asked in of_lines.values():
        yield from accumulate(asked)


def _of_statement(frozen: dict[str, Any]) -> Iterable[int]:
    for section in frozen["sections"]:
        yield section["receipts_minor"] - section["admin_fee_minor"]
        yield section["receipts_tax_minor"] - section["admin_fee_tax_minor"]
        yield section.get("purchase_tax_minor") or 0


def _of_notice(frozen: dict[str, Any]) -> Iterable[int]:
    yield frozen["payable_minor"] + frozen["consumption_tax_minor"]


def _of_taxes(frozen: dict[str, Any]) -> Iterable[int]:
    yield sum(tax["taxable_minor"] + tax["tax_minor"] for tax in frozen["taxes"])
    for tax in frozen["taxes"]:  # Each is an e-invoice where one is not registered.
        yield tax["taxable_minor"] + tax["tax_minor"]


#: The sums each kind makes of figures that stand above them, besides those of its columns. A
#: kind that is not here makes none.
SUMS: Mapping[str, Callable[[dict[str, Any]], Iterable[int]]] = {
    "invoice": _of_invoice,
    "statement": _of_statement,
    "notice": _of_notice,
    "receipt": _of_taxes,
    "credit_note": _of_taxes,
}

#: Frozen to explain other figures, and not printed as it is.
BEHIND: Mapping[str, frozenset[str]] = {
    "notice": frozenset({"base_minor", "exempt_minor"}),
    "statement": frozenset({"base_minor", "minimum_payment_minor", "withholding_base_minor"}),
}


def in_language(document: FrozenDocument, language: str) -> FrozenDocument:
    """Address a document of any kind to somebody who reads this language first."""
    reader = kind_of(document).reader(document)
    values: Any = document
    (name,) = (
        each.name
        for each in fields(values)
        if isinstance(getattr(values, each.name), PartyCopy)
        and getattr(values, each.name) == reader
    )
    addressed: FrozenDocument = replace(values, **{name: replace(reader, language=language)})
    return addressed
