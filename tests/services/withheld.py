"""A book in which income tax was withheld: an author here, one abroad, and a company."""

from datetime import date

from ledger.core.period import Month
from ledger.store.database import Database
from tests import builders
from tests.services import money

RUN = "PAY-2026-11"


def pay(
    database: Database,
    *,
    amount_minor: int = 1_000_000,
    filed_on: date | None = date(2026, 12, 24),
    month: Month = money.OCTOBER,
) -> str:
    """Sell three works, settle and release on 25 December 2026; return the run."""
    builders.parties(
        database,
        builders.new_person("minami"),
        builders.new_person(
            "han",
            name_ja="ハン・ソラ",
            name_en="Han Sora",
            country="KR",
            treaty_rate_bp=1_000,
            treaty_form_filed_on=filed_on,
        ),
    )
    licensee = builders.licensee(database, "maker")
    for owner in ("minami", "han", builders.party(database, "kawasemi")):
        builders.work(database, f"work-of-{owner}", owner=owner)
        money.sell(database, amount_minor, work=f"work-of-{owner}", month=month, licensee=licensee)
    received_on = month.next().last_day
    money.receive_all(database, money.bill(database, month), on=received_on)
    run = money.settle(database, month.next()).run_reference
    assert run is not None
    money.release(database, run)
    return run
