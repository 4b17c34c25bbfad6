"""Receipts a second time: what came in for each bill, shared over what is left of its items."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from datetime import date
from fractions import Fraction

from ledger.store.database import Database
from tests.core import naive
from tests.rows import rows
from tests.scenarios.naive_bills import Bill, Book
from tests.scenarios.naive_terms import after

_PAID = """
    SELECT i.kind, p.reference, i.accrual_month, i.document_id, r.received_on, r.amount_minor
    FROM receipt r JOIN invoice i USING (document_id) JOIN party p ON p.party_id = i.licensee_id
    ORDER BY r.receipt_id
"""

#: What pays one item of a bill, and its tax.
Part = tuple[int, int]


class Receipts:
    """What came in for bills, on which days, and what was taken of it before."""

    def __init__(self, database: Database, book: Book) -> None:
        self.came: dict[Hashable, list[tuple[date, list[Part]]]] = defaultdict(list)
        self.taken: dict[Hashable, set[int]] = defaultdict(set)
        for kind, firm, month, document, day, amount in rows(database, _PAID):
            is_royalty = kind == "royalty"
            bill = book.bills[firm, month] if is_royalty else book.advances[document]
            name: Hashable = (firm, month) if is_royalty else document
            self.came[name].append((day, self._share(name, bill, amount)))

    def take(self, name: Hashable, closing: date) -> list[Part] | None:
        """Take what came in by the end of a month and nobody took; None when that is nothing."""
        found = [
            (place, parts)
            for place, (day, parts) in enumerate(self.came[name])
            if day < after(closing) and place not in self.taken[name]
        ]
        self.taken[name].update(place for place, _ in found)
        return _sum([parts for _, parts in found]) if found else None

    def until(self, name: Hashable, closing: date) -> list[Part] | None:
        """Return all that came in by the end of a month; None when that is nothing."""
        found = [parts for day, parts in self.came[name] if day < after(closing)]
        return _sum(found) if found else None

    def _share(self, name: Hashable, bill: Bill, amount: int) -> list[Part]:
        asked = [each for _, each in (*bill.lines, *bill.prepayments)]
        left = [cell for pair in zip(asked, bill.parts, strict=True) for cell in pair]
        for _, parts in self.came[name]:
            gone = [cell for pair in parts for cell in pair]
            left = [cell - minus for cell, minus in zip(left, gone, strict=True)]
        shares = naive.hand_out(amount, [Fraction(cell) for cell in left])
        return list(zip(shares[::2], shares[1::2], strict=True))


def _sum(listed: Sequence[Sequence[Part]]) -> list[Part]:
    return [
        (sum(amount for amount, _ in parts), sum(tax for _, tax in parts))
        for parts in zip(*listed, strict=True)
    ]
