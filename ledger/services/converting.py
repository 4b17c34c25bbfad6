"""
Converting: money of another currency that the house's bank really exchanged into yen, once.

It leaves the position at its average cost; what the bank paid beyond that, or short of it, is the
house's realized gain or loss.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.core.exchange_terms import YEN, ExchangeOfOwnCurrency
from ledger.core.fields import CurrencyUnknown, check_instant, check_text, check_whole
from ledger.core.money import CURRENCY_EXPONENTS, Money
from ledger.core.period import first_open_day, tokyo_day
from ledger.core.position import BankExchange, Position, exchange_entries, moves_of
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID
from ledger.store import entries, months, payouts, positions
from ledger.store.database import Database


class ExchangeInFuture(Refusal):
    """The bank is said to have exchanged on a day that has not come yet."""

    code = "exchange_in_future"
    field = "exchanged_on"


class ExchangeRecordedOtherwise(Refusal):
    """Something else is written down under the reference of the bank. Carries it."""

    code = "exchange_recorded_otherwise"
    field = "bank_reference"


class ForeignCashTooSmall(Refusal):
    """More is said to have been sold than lies in the account. Carries both."""

    code = "foreign_cash_too_small"
    field = "amount"


@dataclass(frozen=True, kw_only=True)
class Exchanged:
    """What an exchange brought, and what is left; nothing new when it was told before."""

    is_new: bool
    gain_yen: int
    position: Position


def record_exchange(
    database: Database,
    *,
    book_id: int = BOOK_ID,
    exchange: BankExchange,
    recorded_by: str,
    recorded_at: datetime,
) -> Exchanged:
    """
    Write that the bank exchanged money into yen, posted on its day or the first open one after.

    The same exchange may be told again, and is nothing new.

    :raises CurrencyUnknown, ExchangeOfOwnCurrency: there is nothing to exchange.
    :raises ExchangeInFuture: the day lies after ``recorded_at``.
    :raises ExchangeRecordedOtherwise: something else is written down under the reference.
    :raises ForeignCashTooSmall: the account holds less by the book.
    :raises FieldRefusal: a field cannot be taken as it was sent.
    """
    at = check_instant(recorded_at, field="recorded_at")
    check_text(recorded_by, field="recorded_by")
    _check(exchange, today=tokyo_day(at))
    with database.transaction() as session:
        held = positions.lock_positions(session, book_id=book_id)
        known = positions.find_exchange(
            session, book_id=book_id, bank_reference=exchange.bank_reference
        )
        before = held.get(exchange.currency, Position())
        if known is not None:
            if known != exchange:
                raise ExchangeRecordedOtherwise(
                    value=known.bank_reference,
                    sold=Money(known.sold_minor, known.currency).to_decimal(),
                    currency=known.currency,
                    yen=known.yen,
                    day=known.exchanged_on,
                )
            return Exchanged(is_new=False, gain_yen=0, position=before)
        cash = payouts.find_cash(session, book_id=book_id, currency=exchange.currency)
        if exchange.sold_minor > cash.bank_minor:
            raise ForeignCashTooSmall(
                currency=exchange.currency,
                amount=Money(exchange.sold_minor, exchange.currency).to_decimal(),
                held=Money(cash.bank_minor, exchange.currency).to_decimal(),
            )
        moves = moves_of(held, [(exchange.currency, -exchange.sold_minor, -exchange.yen)])
        moved = moves[exchange.currency]
        positions.insert_exchange(
            session, book_id=book_id, exchange=exchange, recorded_at=at, recorded_by=recorded_by
        )
        positions.insert_moves(
            session,
            book_id=book_id,
            kind="bank",
            source=exchange.bank_reference,
            moves=moves,
            recorded_at=at,
        )
        last_closed = months.read_months(session, book_id=book_id).last_closed
        made = exchange_entries(
            exchange,
            gain_yen=moved.gain_yen,
            posted_on=first_open_day(exchange.exchanged_on, last_closed=last_closed),
        )
        entries.write_entries(session, book_id=book_id, entries=made, recorded_at=at)
    return Exchanged(is_new=True, gain_yen=moved.gain_yen, position=before.after(moved))


def list_positions(database: Database, *, book_id: int = BOOK_ID) -> dict[str, Position]:
    """Return by currency what there is to exchange, and what it cost."""
    with database.transaction() as session:
        return positions.read_positions(session, book_id=book_id)


def _check(exchange: BankExchange, *, today: date) -> None:
    if exchange.currency not in CURRENCY_EXPONENTS:
        raise CurrencyUnknown(field="currency", value=exchange.currency)
    if exchange.currency == YEN:
        raise ExchangeOfOwnCurrency(field="currency", value=exchange.currency)
    check_whole(exchange.sold_minor, field="amount", least=1)
    check_whole(exchange.yen, field="yen", least=1)
    check_text(exchange.bank_reference, field="bank_reference")
    if exchange.exchanged_on > today:
        raise ExchangeInFuture(exchanged_on=exchange.exchanged_on, today=today)
