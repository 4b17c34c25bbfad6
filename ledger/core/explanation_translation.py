"""The explanation of money that came in in another currency: what it was, and by which rate."""

from fractions import Fraction

from ledger.core.explanation_facts import Record
from ledger.core.explanation_revenue import shown_rate
from ledger.core.explanation_tree import Kind, Step, step


def translation_step(record: Record, *, currency: str) -> Step:
    """
    Return a line's part in its own currency, the rate, and what it became in the book's.

    The part is one of those that a receipt paid: what they became is rounded once, together.
    """
    return step(
        "translation",
        ("invoice", Kind.REFERENCE, record["invoice"]),
        ("received_on", Kind.DAY, record["received_on"]),
        ("amount", Kind.AMOUNT, record["amount_minor"]),
        ("tax", Kind.AMOUNT, record["tax_minor"] or None),
        ("fx_source", Kind.TEXT, record["source"]),
        ("fx_rate", Kind.TEXT, str(shown_rate(Fraction(record["rate"])))),
        ("asked_on", Kind.DAY, record["asked_on"]),
        ("rate_on", Kind.DAY, record["rate_on"]),
        currency=record["currency"],
        steps=(
            step(
                "translated",
                ("amount", Kind.AMOUNT, record["amount_yen"]),
                ("tax", Kind.AMOUNT, record["tax_yen"] or None),
                currency=currency,
            ),
        ),
    )
