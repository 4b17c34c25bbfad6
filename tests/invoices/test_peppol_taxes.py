"""E-invoices: each line says its tax category, sums are by category, and tax is in yen, too."""

from dataclasses import replace

import pytest

from invoices import peppol
from invoices.electronic import ElectronicTax
from ledger.core.invoice import Taxed, tax_lines
from ledger.core.money import Rounding
from ledger.core.terms import Basis
from tests.invoices import samples
from tests.invoices.electronics import IN, codes, electronic, read


def test_tax_in_another_currency_is_said_in_yen_too() -> None:
    line = samples.line(1, "夜", "Night", amount_minor=100_00, basis=Basis.PCT_REVENUE)
    invoice = samples.invoice(lines=(line,), currency="USD")
    with pytest.raises(peppol.TaxInYenUnknown):
        electronic(invoice)
    untaxed = replace(invoice.taxes[0], tax_minor=0)
    invoice = replace(invoice, taxes=(untaxed,))
    tax = ElectronicTax(
        category="S", rate_bp=1000, taxable_minor=100_00, tax_minor=10_00, tax_yen=1523
    )
    document = electronic(invoice, taxes=(tax,))
    yen = read(document).findall("a:TaxTotal", IN)[1]
    assert yen.findtext("a:TaxSubtotal/b:TaxAmount", namespaces=IN) == "1523"
    assert codes(document) == set()


def test_outside_the_scope_of_tax_no_rate_is_written() -> None:
    tax = samples.tax_line(samples.invoice_lines(), treatment="outside_scope", rate_bp=0)
    invoice = samples.invoice(taxes=(replace(tax, tax_minor=0),))
    document = electronic(invoice)
    assert read(document).find(".//b:Percent", IN) is None
    assert codes(document) == set()


def test_lines_of_each_tax_category_say_theirs_and_are_summed_by_it() -> None:
    lines = tuple(
        replace(each, taxed=Taxed(treatment=treatment, rate_bp=rate_bp))
        for each, treatment, rate_bp in zip(
            samples.invoice_lines()[:2], ["standard", "outside_scope"], [1000, 0], strict=True
        )
    )
    taxes = tax_lines(
        lines=lines, otherwise=Taxed(treatment="standard", rate_bp=1000), rounding=Rounding.FLOOR
    )
    document = electronic(samples.invoice(lines=lines, taxes=taxes))
    found = read(document)
    assert [each.text for each in found.findall(".//a:ClassifiedTaxCategory/b:ID", IN)] == [
        "S",
        "O",
    ]
    subtotals = found.findall(".//a:TaxSubtotal/b:TaxableAmount", IN)
    assert [each.text for each in subtotals] == ["389470", "2429730"]
    assert codes(document) == set()
