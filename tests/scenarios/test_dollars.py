"""Two months in dollars by the calendar: yen tax, a holiday, a part payment, a gain and a loss."""

from datetime import date

from ledger.core.position import BankExchange
from ledger.services import auditing, converting, explaining
from ledger.store.database import Database
from tests import builders
from tests.services import billed, dollars, money
from tests.services.explained import HOUSE
from tests.services.money import DECEMBER, noon


def exchange(database: Database, sold_minor: int, yen: int, *, on: date) -> int:
    done = converting.record_exchange(
        database,
        exchange=BankExchange(
            currency="USD",
            sold_minor=sold_minor,
            yen=yen,
            exchanged_on=on,
            bank_reference=f"FX {on}",
        ),
        recorded_by="keiri",
        recorded_at=noon(on),
    )
    return done.gain_yen


def test_dollars_from_two_firms_become_yen_for_holders(database: Database) -> None:
    money.house(database)
    builders.party(database, "hoshino", minimum_payment_minor=0)
    dollars.translated(database)
    dollars.yen_at_hand(database, 1_000_000)
    dollars.firm_abroad(database)
    money.sell(database, 1_000_00, currency="USD")
    money.sell(database, 500_00, currency="USD", licensee="lumen")
    invoices = {
        billed.invoice(database, number).recipient.reference: billed.invoice(database, number)
        for number in money.bill(database)
    }
    home, abroad = invoices["studio-a"], invoices["lumen"]
    assert (home.total_minor, home.taxes[0].tax_yen) == (1_100_00, 15_000)  # At 150.00
    assert (abroad.total_minor, abroad.taxes[0].tax_yen) == (500_00, None)

    # A part on a holiday, the rest in December; the wire from abroad in one.
    money.receive(database, home.number, on=date(2026, 11, 23), currency="USD", amount_minor=550_00)
    money.receive(database, abroad.number, on=date(2026, 11, 27), currency="USD")
    november = money.settle(database)
    assert november.received_minor == 550 * 152 + 77_750  # 500.00 at 155.50
    money.receive(database, home.number, on=date(2026, 12, 10), currency="USD", amount_minor=550_00)
    cost = 83_600 + 77_750
    gain = exchange(database, 500_00, 78_000, on=date(2026, 12, 14))
    assert gain == 78_000 - cost * 500 // 1_050
    december = money.settle(database, DECEMBER)
    assert december.received_minor == 550 * 149
    loss = exchange(database, 1_100_00, 160_000, on=date(2027, 1, 15))
    assert loss < 0
    assert cost + december.received_minor + gain + loss == 78_000 + 160_000

    assert dollars.balances(database) == {}
    balances = dollars.balances(database, "JPY")
    assert sum(balances.values()) == 0
    assert "exchange" not in balances
    assert (balances["exchange_gains"], balances["exchange_losses"]) == (-gain, -loss)
    assert not any(auditing.audit(database).values())


def test_an_explanation_tells_by_which_rate_dollars_became_yen(database: Database) -> None:
    money.house(database)
    builders.party(database, "hoshino", minimum_payment_minor=0)
    dollars.translated(database)
    dollars.yen_at_hand(database, 1_000_000)
    money.sell(database, 1_000_00, currency="USD")
    (invoice,) = money.bill(database)
    money.receive(database, invoice, on=date(2026, 11, 23), currency="USD", amount_minor=550_00)
    (statement,) = money.settle(database).statements
    told = explaining.explain(database, reference=statement, reader=HOUSE)
    (part,) = told.all("translation")
    assert (part.currency, part.text("amount"), part.text("tax")) == ("USD", "50000", "5000")
    assert (part.text("fx_rate"), part.text("fx_source")) == ("152", "ttm")
    assert (part.text("asked_on"), part.text("rate_on")) == ("2026-11-23", "2026-11-20")
    assert part.text("invoice") == invoice
    (became,) = part.steps
    assert (became.currency, became.text("amount"), became.text("tax")) == ("JPY", "76000", "7600")
