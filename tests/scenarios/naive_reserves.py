"""
Reserves a second time: what each month holds, what refunds take of it, what is released.

Terms and refunds are read as they were entered; what settlements held and used is not.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from ledger.store.database import Database
from tests.rows import rows
from tests.scenarios.naive_terms import after

_REFUNDS = """
    SELECT holder.reference, c.reference, firm.reference, c.amount_minor, c.tax_minor,
           c.claimed_on, c.recorded_at
    FROM reserve_claim c
    JOIN party holder ON holder.party_id = c.owner_id
    JOIN party firm ON firm.party_id = c.licensee_id
    ORDER BY c.reserve_claim_id
"""


@dataclass
class Lot:
    """What one month held and still has."""

    held_in: date
    release_in: date
    left: int
    tax: int


class Reserves:
    """Holds, bears and releases, settlement after settlement."""

    def __init__(self, database: Database) -> None:
        self._entered = rows(database, _REFUNDS)
        self._lots: dict[str, list[Lot]] = defaultdict(list)
        self._borne: set[str] = set()
        self.owed: dict[str, int] = defaultdict(int)  # to firms, with tax

    def moving(self, closing: date, at: datetime) -> set[str]:
        """Name the holders whose reserves move whether something comes in or not."""
        due = {
            holder
            for holder, lots in self._lots.items()
            if any(lot.release_in <= closing and (lot.left or lot.tax) for lot in lots)
        }
        return due | {row[0] for row in self._entered if self._is_open(row, closing, at)}

    def move(
        self,
        holder: str,
        net: int,
        tax: int,
        terms: tuple[int, int] | None,
        *,
        closing: date,
        at: datetime,
    ) -> list[tuple[str, str, int, int]]:
        """Return what a month sets aside (kind, name, amount, tax), and what comes back."""
        lots, moves = self._lots[holder], []
        if terms is not None:
            rate_bp, months = terms
            held = int(Fraction(net * rate_bp, 10_000))
            if held > 0:
                release_in = closing
                for _ in range(months):
                    release_in = after(release_in)
                lot = Lot(closing, release_in, held, int(Fraction(tax * rate_bp, 10_000)))
                lots.append(lot)
                moves.append(("reserved", f"{closing:%Y-%m}", lot.left, lot.tax))
            else:
                moves += _give_back(lots, -held)
        for row in [each for each in self._entered if each[0] == holder]:
            if self._is_open(row, closing, at):
                moves += self._bear(lots, row)
        for lot in list(lots):
            if lot.release_in <= closing:
                lots.remove(lot)
                if lot.left or lot.tax:
                    name = f"{lot.held_in:%Y-%m}"
                    moves.append(("reserve_released", name, -lot.left, -lot.tax))
        return moves

    def _bear(self, lots: Sequence[Lot], row: Any) -> list[tuple[str, str, int, int]]:
        """Let the oldest bear a refund first; what none bears is taken of what came in."""
        _, name, firm, amount, tax, *_ = row
        self._borne.add(name)
        self.owed[firm] += amount + tax
        moves, left, left_tax = [], amount, tax
        for lot in lots:
            some, some_tax = min(lot.left, left), min(max(0, lot.tax), left_tax)
            if some or some_tax:
                moves.append(("reserve_borne", name, -some, -some_tax))
                lot.left, lot.tax = lot.left - some, lot.tax - some_tax
                left, left_tax = left - some, left_tax - some_tax
        return [*moves, ("refunded", name, amount, tax)]

    def _is_open(self, row: Any, closing: date, at: datetime) -> bool:
        _, name, *_, claimed_on, recorded_at = row
        return name not in self._borne and claimed_on < after(closing) and recorded_at <= at


def _give_back(lots: Sequence[Lot], amount: int) -> list[tuple[str, str, int, int]]:
    """Receipts were taken back: the newest reserve returns what it held of them."""
    moves = []
    for lot in reversed(lots):
        some = min(lot.left, amount)
        if some:
            tax = lot.tax * some // lot.left
            moves.append(("reserve_returned", f"{lot.held_in:%Y-%m}", -some, -tax))
            lot.left, lot.tax, amount = lot.left - some, lot.tax - tax, amount - some
    return moves
