"""A planned run is ordered, and released once by a second person, on a real database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import text

from ledger.core.fields import NumberOutOfRange, TextMissing
from ledger.core.invoice import BankAccountCopy
from ledger.core.journal import Account, AccountCode, JournalEntry, move
from ledger.core.payout_refusal import (
    PayoutsAlreadyReleased,
    SamePersonCannotRelease,
)
from ledger.core.refusal import Refusal
from ledger.services import BOOK_ID, paying
from ledger.services.paying import PaidBeforeItsDay, PayoutFileEmpty
from ledger.store import entries
from ledger.store.database import Database
from ledger.store.payouts import InsufficientCash, PayoutRunUnknown
from tests import builders
from tests.rows import row_counts, rows
from tests.services.committees import ORIGINAL, committee
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    balances,
    bill,
    house,
    noon,
    receive_all,
    release,
    sell,
    settle,
)

RUN = "PAY-2026-11"


def planned(database: Database, amount_minor: int = 10_000) -> None:
    """Plan the payout of a fee of which the holder has 9,200 and 920 of tax."""
    house(database)
    sell(database, amount_minor)
    receive_all(database, bill(database))
    assert settle(database).run_reference == RUN


def test_an_order_has_what_the_bank_has_to_know(database: Database) -> None:
    planned(database)
    order = paying.order(database, run_reference=RUN)
    (payment,) = order.payments
    assert (order.reference, order.pay_on, order.total_minor) == (RUN, date(2026, 12, 25), 10_120)
    assert (payment.payee.reference, payment.amount_minor) == ("hoshino", 10_120)
    assert payment.account == BankAccountCopy(
        bank_code="0001",
        bank_name_ja="見本銀行",
        bank_name_en="Mihon Bank",
        branch_code="001",
        branch_name_ja="本店",
        branch_name_en="Head Office",
        account_type="ordinary",
        number="1234567",
        holder_kana="ｶ)ﾎｼﾉｼﾖﾃﾝ",
    )


def test_an_order_stays_as_it_was_stated_when_an_account_changes(database: Database) -> None:
    planned(database)
    before = paying.order(database, run_reference=RUN)
    change = """
        INSERT INTO bank_account (owner_id, bank_code, branch_code, account_type, number,
                                  holder_kana, effective_from)
        SELECT party_id, '9999', '999', 'current', '7', 'ﾍﾞﾂ', '2026-12-11'
        FROM party WHERE reference = 'hoshino'
    """
    with database.transaction() as session:
        session.execute(text(change))
    assert paying.order(database, run_reference=RUN) == before


def test_a_release_keeps_the_file_and_takes_the_money_out_of_the_book(database: Database) -> None:
    planned(database)
    content = b"1210...\r\n"
    released = release(database, RUN, file_content=content)
    assert (released.released_by, released.released_at) == ("bucho", noon(date(2026, 12, 25)))
    assert released.file_sha256 == sha256(content).digest()
    assert rows(database, "SELECT file_content FROM payout_release") == [(content,)]
    assert balances(database) == {"bank": 880, "admin_fee": -800, "output_tax": -80}
    posted = rows(database, "SELECT posted_on, source FROM entry WHERE kind = 'payout'")
    assert posted == [(date(2026, 12, 25), RUN)]


def test_what_is_withheld_is_owed_to_the_tax_office(database: Database) -> None:
    house(database)
    committee(database, steps=(ORIGINAL,), members=(("lead", 1),))
    sell(database, 7_078_080, work="drama")
    receive_all(database, bill(database))
    settle(database)
    release(database, RUN)
    assert balances(database)["withholding"] == -25_293  # 10.21 % of 247,732.
    assert not [account for account in balances(database) if account.startswith("payable")]


@pytest.mark.parametrize(
    ("changes", "refusal", "values"),
    [
        ({"released_by": "keiri"}, SamePersonCannotRelease, {"person": "keiri"}),
        ({"released_by": " Keiri "}, SamePersonCannotRelease, {"reference": RUN}),
        ({"released_by": ""}, TextMissing, {"field": "released_by"}),
        (
            {"posted_on": date(2026, 12, 24)},
            PaidBeforeItsDay,
            {"pay_on": "2026-12-25", "posted_on": "2026-12-24"},
        ),
        ({"file_content": b""}, PayoutFileEmpty, {"reference": RUN}),
    ],
)
def test_a_release_that_cannot_be_is_refused_and_leaves_nothing(
    database: Database, changes: dict[str, Any], refusal: type[Refusal], values: dict[str, str]
) -> None:
    planned(database)
    before = row_counts(database)
    with pytest.raises(refusal) as refused:
        release(database, RUN, **changes)
    assert refused.value.values.items() >= values.items()
    assert row_counts(database) == before


def test_a_run_that_is_not_there_is_neither_ordered_nor_released(database: Database) -> None:
    with pytest.raises(PayoutRunUnknown) as refused:
        paying.order(database, run_reference="PAY-2026-09")
    assert refused.value.values == {"reference": "PAY-2026-09"}
    with pytest.raises(PayoutRunUnknown):
        paying.release_payouts(
            database,
            run_reference="PAY-2026-09",
            released_by="bucho",
            released_at=noon(date(2026, 12, 25)),
            posted_on=date(2026, 12, 25),
            file_content=b"1",
        )


def test_a_run_is_released_once(database: Database) -> None:
    planned(database)
    release(database, RUN)
    before = balances(database)
    with pytest.raises(PayoutsAlreadyReleased) as refused:
        release(database, RUN, released_by="somebody else")
    assert refused.value.values["released_by"] == "bucho"
    assert balances(database) == before


def test_of_two_who_release_at_once_one_is_told(database: Database) -> None:
    planned(database)

    def attempt(person: str) -> str:
        try:
            release(database, RUN, released_by=person)
        except PayoutsAlreadyReleased as refusal:
            return refusal.code
        return "released"

    with ThreadPoolExecutor(2) as people:
        answers = sorted(people.map(attempt, ["bucho", "shacho"]))
    assert answers == ["payouts_already_released", "released"]
    assert balances(database)["bank"] == 880
    assert rows(database, "SELECT count(*) FROM entry WHERE kind = 'payout'") == [(1,)]


def test_a_run_is_not_released_with_money_that_is_gone(database: Database) -> None:
    planned(database)
    bounced = JournalEntry(
        kind="correction",
        posted_on=date(2026, 12, 11),
        currency="JPY",
        source="a transfer that bounced",
        postings=move(Account(AccountCode.WITHHOLDING), Account(AccountCode.BANK), 1_000),
    )
    with database.transaction() as session:
        entries.write_entry(
            session, book_id=BOOK_ID, entry=bounced, recorded_at=noon(date(2026, 12, 11))
        )
    with pytest.raises(InsufficientCash) as refused:
        release(database, RUN)
    assert refused.value.values == {"payouts": "10120", "available": "10000"}
    assert rows(database, "SELECT count(*) FROM payout_release") == [(0,)]


def test_what_an_earlier_run_will_take_is_not_planned_twice(database: Database) -> None:
    planned(database)
    sell(database, 10_000, month=NOVEMBER)
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 28))
    settled = settle(database, DECEMBER)
    assert settled.payout_minor == 10_120  # Not 20,240: the first run is planned already.
    release(database, "PAY-2026-12")
    release(database, RUN, posted_on=date(2027, 1, 25))
    assert balances(database) == {"bank": 1_760, "admin_fee": -1_600, "output_tax": -160}


def test_runs_are_listed_in_the_order_in_which_they_were_planned(database: Database) -> None:
    planned(database)
    sell(database, 20_000, month=NOVEMBER)
    builders.work(database, "umi", owner="hoshino", offered_at=None)
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 28))
    settle(database, DECEMBER)
    release(database, RUN)
    first = paying.list_runs(database, limit=1)
    assert first.next_after is not None
    second = paying.list_runs(database, after=first.next_after, limit=1)
    assert second.next_after is None
    told = [
        (run.reference, run.payout_count, run.payout_minor, run.released_by)
        for run in (*first.runs, *second.runs)
    ]
    assert told == [(RUN, 1, 10_120, "bucho"), ("PAY-2026-12", 1, 20_240, None)]
    with pytest.raises(NumberOutOfRange):
        paying.list_runs(database, limit=1_001)
