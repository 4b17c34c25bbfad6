"""The explanation of what the house takes: its fee on what it collects, its margin on sales."""

from ledger.core.explanation_facts import DivisionFact
from ledger.core.explanation_tree import Kind, Step, step


def fee_step(fact: DivisionFact) -> Step:
    """Return the house's fee on what it collected for the holder."""
    base, fee = fact.receipts_minor - fact.sold_minor, fact.admin_fee_minor - fact.margin_minor
    return step(
        "admin_fee",
        ("base", Kind.AMOUNT, base),
        ("share", Kind.SHARE, fact.admin_fee_bp),
        ("amount", Kind.AMOUNT, fee),
        ("tax", Kind.AMOUNT, fact.admin_fee_tax_minor),
        ("left", Kind.AMOUNT, base - fee),
    )


def purchase_step(fact: DivisionFact) -> Step:
    """Return what the house bought of the holder to sell it for itself."""
    return step(
        "purchase",
        ("capacity", Kind.WORD, "principal"),
        ("bought_from", Kind.WORD, fact.bought_from),
        ("base", Kind.AMOUNT, fact.sold_minor),
        ("share", Kind.SHARE, fact.admin_fee_bp),
        ("margin", Kind.AMOUNT, fact.margin_minor),
        ("amount", Kind.AMOUNT, fact.sold_minor - fact.margin_minor),
        ("tax", Kind.AMOUNT, fact.purchase_tax_minor),
    )
