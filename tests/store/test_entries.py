"""Journal entries come back as they were written, in bulk, once, and to the yen."""

from collections.abc import Sequence
from datetime import date
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from ledger.core.journal import Account, AccountCode, JournalEntry, Posting, balances
from ledger.store.database import Database, RefusedByDatabase
from ledger.store.entries import (
    EntryAlreadyReversed,
    EntryUnknown,
    entries_of,
    reverse_entry,
    sums_of_postings,
    trial_balance,
    write_entries,
)
from tests.store.scene import NOVEMBER, NOW, OCTOBER, Connection, add_party, close_month

BANK = Account(AccountCode.BANK)
FEE = Account(AccountCode.ADMIN_FEE)


def _payable(party: int) -> Account:
    return Account(AccountCode.PAYABLE, party)


def _move(debit: Account, credit: Account, amount: int) -> Posting:
    return Posting(debit=debit, credit=credit, amount_minor=amount)


def _entry(
    *postings: Posting, posted_on: date = OCTOBER, currency: str = "JPY", source: str = "INV-1"
) -> JournalEntry:
    return JournalEntry(
        kind="invoice", posted_on=posted_on, currency=currency, source=source, postings=postings
    )


def _write(database: Database, *entries: JournalEntry) -> list[int]:
    with database.transaction() as session:
        return write_entries(session, book_id=1, entries=entries, recorded_at=NOW)


def _balances(database: Database) -> list[tuple[str, str | None, str, int, int]]:
    with database.transaction() as session:
        kept = trial_balance(session, book_id=1)
        assert kept == sums_of_postings(session, book_id=1)
    return [(str(code), party, asset, debit, credit) for code, party, asset, debit, credit in kept]


@pytest.fixture
def holder(owner: Connection) -> int:
    """A party whose accounts are kept."""
    return add_party(owner, "holder", role="rights_holder")


def test_an_entry_comes_back_as_it_was_written(database: Database, holder: int) -> None:
    written = [
        _entry(_move(BANK, _payable(holder), 100), _move(BANK, FEE, 8)),
        _entry(_move(BANK, FEE, 12), currency="USD", posted_on=date(2026, 11, 30)),
        _entry(_move(FEE, BANK, 1), source="INV-2"),
    ]
    ids = _write(database, *written)
    with database.transaction() as session:
        found = entries_of(session, book_id=1, source="INV-1")
    assert found == {ids[0]: written[0], ids[1]: written[1]}


def test_each_entry_gets_its_own_number_in_the_order_given(database: Database) -> None:
    written = [_entry(*[_move(BANK, FEE, n + 1)] * (n % 3 + 1)) for n in range(30)]
    ids = _write(database, *written)
    with database.transaction() as session:
        found = entries_of(session, book_id=1, source="INV-1")
    assert [found[entry_id] for entry_id in ids] == written


def test_balances_say_for_whom_and_in_what(database: Database, holder: int) -> None:
    _write(
        database,
        _entry(_move(BANK, _payable(holder), 100), _move(BANK, FEE, 8)),
        _entry(_move(_payable(holder), BANK, 30)),
        _entry(_move(BANK, FEE, 5), currency="USD"),
    )
    assert _balances(database) == [
        ("admin_fee", None, "JPY/0", 0, 8),
        ("admin_fee", None, "USD/2", 0, 5),
        ("bank", None, "JPY/0", 108, 30),
        ("bank", None, "USD/2", 5, 0),
        ("payable", "holder", "JPY/0", 30, 100),
    ]


def test_writing_nothing_changes_nothing(database: Database) -> None:
    assert _write(database) == []
    assert _balances(database) == []


def test_many_entries_take_no_more_statements_than_one(database: Database) -> None:
    told: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: told.append(args[2]))
    _write(database, _entry(_move(BANK, FEE, 1)))
    for_one = len(told)
    _write(database, *[_entry(_move(BANK, FEE, 1), source=str(n)) for n in range(300)])
    assert len(told) - for_one <= for_one <= 7


def test_a_month_that_was_never_opened_is_opened(database: Database, owner: Connection) -> None:
    _write(database, _entry(_move(BANK, FEE, 1), posted_on=date(2026, 12, 24)))
    assert owner.execute("SELECT month::text FROM accounting_month").fetchall() == [("2026-12-01",)]


def test_a_closed_month_is_refused_and_nothing_is_half_written(
    database: Database, owner: Connection
) -> None:
    _write(database, _entry(_move(BANK, FEE, 1)))
    close_month(owner, OCTOBER)
    in_both = [_entry(_move(BANK, FEE, 5), posted_on=day) for day in (NOVEMBER, OCTOBER)]
    with pytest.raises(RefusedByDatabase) as caught:
        _write(database, *in_both)
    assert (caught.value.code, caught.value.values) == ("month_closed", {"detail": "2026-10"})
    assert _balances(database) == [
        ("admin_fee", None, "JPY/0", 0, 1),
        ("bank", None, "JPY/0", 1, 0),
    ]


# Reversal ------------------------------------------------------------------------------------


def _reverse(database: Database, entry_id: int) -> int:
    with database.transaction() as session:
        return reverse_entry(
            session, book_id=1, entry_id=entry_id, posted_on=NOVEMBER, recorded_at=NOW
        )


def test_a_reversal_undoes_an_entry_to_the_yen_in_the_month_it_is_made(
    database: Database, holder: int
) -> None:
    (entry_id,) = _write(database, _entry(_move(BANK, _payable(holder), 100), _move(BANK, FEE, 8)))
    undoing = _reverse(database, entry_id)
    with database.transaction() as session:
        found = entries_of(session, book_id=1, source="INV-1")
    assert (found[undoing].reverses, found[undoing].posted_on) == (entry_id, NOVEMBER)
    assert set(balances(found.values()).values()) == {0}
    assert all(debit == credit for *_, debit, credit in _balances(database))


def test_an_entry_is_reversed_once_and_the_second_try_names_the_first(database: Database) -> None:
    (entry_id,) = _write(database, _entry(_move(BANK, FEE, 1)))
    undoing = _reverse(database, entry_id)
    with pytest.raises(EntryAlreadyReversed) as caught:
        _reverse(database, entry_id)
    assert caught.value.values == {"entry_id": str(entry_id), "reversed_by": str(undoing)}


def test_an_entry_of_another_book_is_unknown(database: Database) -> None:
    (entry_id,) = _write(database, _entry(_move(BANK, FEE, 1)))
    with pytest.raises(EntryUnknown), database.transaction() as session:
        reverse_entry(session, book_id=2, entry_id=entry_id, posted_on=OCTOBER, recorded_at=NOW)
    with pytest.raises(EntryUnknown):
        _reverse(database, entry_id + 1)


# Many at once --------------------------------------------------------------------------------


def test_writers_of_the_same_new_accounts_neither_block_each_other_nor_make_two(
    database: Database, owner: Connection
) -> None:
    parties = [add_party(owner, f"p{n}", role="rights_holder") for n in range(10)]
    start, rounds = Barrier(3), 10
    failures: list[Exception] = []

    def write(order: Sequence[int]) -> None:
        start.wait(timeout=20)
        try:
            for _ in range(rounds):
                _write(database, *[_entry(_move(BANK, _payable(party), 1)) for party in order])
        except Exception as error:
            failures.append(error)

    threads = [
        Thread(target=write, args=(order,))
        for order in (parties, parties[::-1], parties[5:] + parties[:5])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not failures
    total = len(threads) * rounds
    assert _balances(database) == [
        ("bank", None, "JPY/0", total * len(parties), 0),
        *[("payable", f"p{n}", "JPY/0", 0, total) for n in range(10)],
    ]


ACCOUNTS = st.sampled_from([Account(code) for code in AccountCode])
POSTINGS = st.builds(
    lambda sides, amount: _move(sides[0], sides[1], amount),
    st.tuples(ACCOUNTS, ACCOUNTS).filter(lambda sides: sides[0] != sides[1]),
    st.integers(1, 2**40),
)
ENTRIES = st.lists(
    st.builds(
        lambda postings, currency: _entry(*postings, currency=currency),
        st.lists(POSTINGS, min_size=1, max_size=4),
        st.sampled_from(["JPY", "USD", "KWD"]),
    ),
    max_size=5,
)


@pytest.fixture
def written() -> list[JournalEntry]:
    """What has been written so far, over all examples."""
    return []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=ENTRIES)
def test_the_books_balances_are_the_cores(
    database: Database, written: list[JournalEntry], entries: list[JournalEntry]
) -> None:
    _write(database, *entries)
    written.extend(entries)
    expected = {
        (str(account.code), asset): amount for (account, asset), amount in balances(written).items()
    }
    kept = {(code, asset): d - c for code, _, asset, d, c in _balances(database)}
    assert kept == expected
