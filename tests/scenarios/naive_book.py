"""
A whole book a second time, slow and obvious: from every single generation to every payout.

It reads what was reported and what was agreed, row by row, and nothing that was computed: no
decisions, totals, lines, set-offs, taxes, divisions or balances. What it knows of the rules is
written out in the modules beside it and in ``tests/core/naive.py``; no function of the product
takes part.
"""

from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.naive_accounts import balances
from tests.scenarios.naive_bills import Bills, Book
from tests.scenarios.naive_judging import Judges
from tests.scenarios.naive_recoup import recoup
from tests.scenarios.naive_revenue import Shares
from tests.scenarios.naive_settling import Settlements
from tests.scenarios.naive_usage import charge, keys_in_order

_CLOSED = "SELECT month FROM month_closing ORDER BY month"


def recompute(database: Database) -> Book:
    """Work a book out from its generations and contracts."""
    judges = Judges(database)
    closed = [month for (month,) in rows(database, _CLOSED)]
    shares = Shares(database, judges.licenses)
    lines = charge(judges, closed, shares.close)
    order = keys_in_order(database)
    assert set(order.values()) == set(lines), "other lines than were charged"
    recouped = recoup(database, lines, [*order.values()], closed)
    book = Book(judges, lines, order, recouped, shares.compared)
    Bills(database, book).issue()
    settlements = Settlements(database, book)
    settlements.settle()
    book.accounts = balances(book, settlements, database)
    return book
