"""
The house's position in another currency: how much of it there is to exchange, and what it cost.

Holders get yen for what came in in dollars, so that the dollars are the house's to exchange. What
they cost is what holders got. Exchanging some takes its part of the cost away, at the average; the
difference to what the bank paid is a realized gain or loss. Dollars that are exchanged before
holders got their yen make the position negative, and its cost what the bank paid.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledger.core.exchange_terms import YEN
from ledger.core.journal import Account, AccountCode, JournalEntry, Posting, move
from ledger.core.money import round_to_minor


@dataclass(frozen=True, kw_only=True)
class Position:
    """An amount of a currency and its cost in yen; both are below zero when it is owed."""

    foreign_minor: int = 0
    cost_yen: int = 0

    def after(self, moved: "PositionMove") -> "Position":
        """Return the position as a move leaves it."""
        return Position(
            foreign_minor=self.foreign_minor + moved.foreign_minor,
            cost_yen=self.cost_yen + moved.cost_yen,
        )


@dataclass(frozen=True, kw_only=True)
class PositionMove:
    """What came into a position or left it, for how many yen, and the gain; a loss is negative."""

    foreign_minor: int
    yen: int  # paid for it, or below zero received
    gain_yen: int

    @property
    def cost_yen(self) -> int:
        """What the cost of the position changes by."""
        return self.yen + self.gain_yen


def moved(position: Position, *, foreign_minor: int, yen: int) -> PositionMove:
    """
    Return what a movement does to a position at its average cost.

    What makes it larger is a gain to nobody. What makes it smaller takes a part of the cost away,
    truncated toward zero, and all of it when nothing is left. Beyond zero the rest of the yen
    is the cost of a position on the other side.

    >>> held = Position(foreign_minor=100_00, cost_yen=15_000)
    >>> moved(held, foreign_minor=-50_00, yen=-7_700)
    PositionMove(foreign_minor=-5000, yen=-7700, gain_yen=200)
    """
    held = position.foreign_minor
    if held == 0 or foreign_minor == 0 or (held > 0) == (foreign_minor > 0):
        return PositionMove(foreign_minor=foreign_minor, yen=yen, gain_yen=0)
    if abs(foreign_minor) <= abs(held):
        part = Fraction(-foreign_minor, held)
        taken = round_to_minor(part * position.cost_yen)
        return PositionMove(foreign_minor=foreign_minor, yen=yen, gain_yen=-taken - yen)
    closing_yen = round_to_minor(Fraction(yen * -held, foreign_minor))
    return PositionMove(
        foreign_minor=foreign_minor, yen=yen, gain_yen=-position.cost_yen - closing_yen
    )


def gain_postings(gain_yen: int) -> tuple[Posting, ...]:
    """Return the postings of a realized gain, or of a loss when it is below zero, in yen."""
    position = Account(AccountCode.EXCHANGE)
    if gain_yen < 0:
        return move(Account(AccountCode.EXCHANGE_LOSSES), position, -gain_yen)
    return move(position, Account(AccountCode.EXCHANGE_GAINS), gain_yen)


def moves_of(
    positions: Mapping[str, Position], changes: Iterable[tuple[str, int, int]]
) -> dict[str, PositionMove]:
    """Return the move of each currency, of what comes in or goes out of it and its yen."""
    return {
        currency: moved(positions.get(currency, Position()), foreign_minor=foreign_minor, yen=yen)
        for currency, foreign_minor, yen in changes
    }


@dataclass(frozen=True, kw_only=True)
class BankExchange:
    """What the house sold to its bank, the yen it got, and under which reference of the bank."""

    currency: str
    sold_minor: int
    yen: int
    exchanged_on: date
    bank_reference: str


def exchange_entries(
    exchange: BankExchange, *, gain_yen: int, posted_on: date
) -> tuple[JournalEntry, JournalEntry]:
    """Return the two entries of an exchange: what left the one account, and came to the other."""
    bank, position = Account(AccountCode.BANK), Account(AccountCode.EXCHANGE)
    return (
        JournalEntry(
            kind="exchange",
            posted_on=posted_on,
            currency=exchange.currency,
            source=exchange.bank_reference,
            postings=move(position, bank, exchange.sold_minor),
        ),
        JournalEntry(
            kind="exchange",
            posted_on=posted_on,
            currency=YEN,
            source=exchange.bank_reference,
            postings=(*move(bank, position, exchange.yen), *gain_postings(gain_yen)),
        ),
    )
