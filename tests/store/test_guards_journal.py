"""An entry is balanced, complete, sealed, in one book and asset, and undone once at most."""

from collections.abc import Callable
from threading import Barrier, Thread

import psycopg
import pytest
from psycopg import errors

from ledger.store.database import Database
from tests.database import connection_string
from tests.store.scene import (
    NOVEMBER,
    Connection,
    Scene,
    add,
    add_account,
    add_entry,
    add_party,
    add_posting,
    post,
    post_all,
    refused,
)

# Complete and sealed -------------------------------------------------------------------------


def test_an_entry_without_postings_cannot_be_committed(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.ForeignKeyViolation):
        add_entry(writer)
    with pytest.raises(errors.CheckViolation):
        add_entry(writer, posting_count=0)


@pytest.mark.parametrize("numbers", [[1], [1, 2]], ids=str)
def test_an_entry_that_lacks_its_last_posting_cannot_be_committed(
    numbers: list[int], writer: Connection, scene: Scene
) -> None:
    sides = {"debit": scene.bank, "credit": scene.payable, "count": 3}
    postings = [{"number": number, **sides} for number in numbers]
    with pytest.raises(errors.ForeignKeyViolation):
        post_all(writer, *postings, posting_count=3)


@pytest.mark.parametrize(
    ("number", "count", "error"),
    [
        (2, 2, errors.ForeignKeyViolation),  # The one before it is not there.
        (3, 2, errors.CheckViolation),  # There are only two.
        (0, 2, errors.CheckViolation),  # The first is number 1.
        (1, 1, errors.ForeignKeyViolation),  # The entry says two.
    ],
)
def test_postings_are_numbered_from_one_to_the_count(
    number: int,
    count: int,
    error: type[psycopg.Error],
    writer: Connection,
    scene: Scene,
) -> None:
    sides = {"debit": scene.bank, "credit": scene.payable}
    with pytest.raises(error):
        post_all(writer, {"number": number, "count": count, **sides}, posting_count=2)


@pytest.mark.parametrize(
    ("number", "count", "error"),
    [
        (2, 1, errors.CheckViolation),  # Past the count.
        (2, 2, errors.ForeignKeyViolation),  # With another count than the entry's.
        (1, 1, errors.UniqueViolation),  # In the place of one that is there.
    ],
)
def test_nothing_is_added_to_a_committed_entry(
    number: int,
    count: int,
    error: type[psycopg.Error],
    writer: Connection,
    scene: Scene,
) -> None:
    entry = post(writer, scene.bank, scene.payable)
    with pytest.raises(error):
        add_posting(writer, entry, scene.bank, scene.payable, number=number, count=count)


# Balanced ------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [0, -1, -(2**63)])
def test_a_posting_moves_a_positive_amount(amount: int, writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.CheckViolation):
        post(writer, scene.bank, scene.payable, amount)


def test_an_amount_that_does_not_fit_is_refused_and_not_wrapped(
    writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.NumericValueOutOfRange):
        post(writer, scene.bank, scene.payable, 2**63)
    post(writer, scene.bank, scene.payable, 2**63 - 1)
    with pytest.raises(errors.NumericValueOutOfRange):  # The balance would not fit.
        post(writer, scene.bank, scene.payable, 1)


def test_a_posting_moves_from_one_account_to_another(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.CheckViolation):
        post(writer, scene.bank, scene.bank)


@pytest.mark.parametrize(
    "accounts", [lambda s: (s.dollars, s.payable), lambda s: (s.bank, s.dollars)]
)
def test_a_posting_stays_in_one_currency(
    accounts: Callable[[Scene], tuple[int, int]], writer: Connection, scene: Scene
) -> None:
    debit, credit = accounts(scene)
    for asset in ("JPY/0", "USD/2"):
        with pytest.raises(errors.ForeignKeyViolation):
            post_all(writer, {"debit": debit, "credit": credit, "asset": asset}, asset=asset)


def test_a_posting_is_in_its_entrys_currency(writer: Connection, scene: Scene) -> None:
    other = add_account(writer, "payable", asset="USD/2")
    in_dollars = {"debit": scene.dollars, "credit": other, "asset": "USD/2"}
    with pytest.raises(errors.ForeignKeyViolation):
        post_all(writer, in_dollars, asset="JPY/0")


def test_a_posting_stays_in_one_book(writer: Connection, scene: Scene) -> None:
    book = add(writer, "book", reference="second", currency="JPY")
    foreign = add(writer, "account", book_id=book, code="bank", asset="JPY/0")
    for book_id in (1, book):
        across = {"debit": foreign, "credit": scene.payable, "book_id": book_id}
        with pytest.raises(errors.ForeignKeyViolation):
            post_all(writer, across)


def test_an_account_is_kept_for_a_party_of_its_own_book(writer: Connection, scene: Scene) -> None:
    book = add(writer, "book", reference="second", currency="JPY")
    stranger = add_party(writer, "stranger", book_id=book)
    with pytest.raises(errors.ForeignKeyViolation):
        add_account(writer, "payable", party_id=stranger)


def test_there_is_one_account_of_a_kind_also_when_it_is_kept_for_nobody(
    writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.UniqueViolation):
        add_account(writer, "bank")


@pytest.mark.parametrize("asset", ["JPY", "JPY/", "jpy/0", "JPY/10", "JPY/0 "])
def test_an_asset_is_a_currency_and_its_scale(asset: str, writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.CheckViolation):
        add_account(writer, "payable", asset=asset)


def test_an_entry_is_dated_within_its_month(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.CheckViolation):
        add_entry(writer, posted_on=NOVEMBER)


# Reversal ------------------------------------------------------------------------------------


def _reverse(
    connection: Connection, entry: int, debit: int, credit: int, amount: int = 100
) -> None:
    posting = {"debit": debit, "credit": credit, "amount": amount}
    post_all(connection, posting, kind="reversal", reverses=entry)


def test_an_entry_is_reversed_once(writer: Connection, scene: Scene) -> None:
    entry = post(writer, scene.bank, scene.payable)
    _reverse(writer, entry, scene.payable, scene.bank)
    with pytest.raises(errors.UniqueViolation):
        _reverse(writer, entry, scene.payable, scene.bank)


@pytest.mark.parametrize(
    ("sides", "amount"),
    [
        (lambda scene, _: (scene.payable, scene.bank), 99),  # Not all of it.
        (lambda scene, _: (scene.bank, scene.payable), 100),  # The same again.
        (lambda scene, other: (other, scene.bank), 100),  # To another account.
        (lambda scene, other: (scene.payable, other), 100),  # From another account.
    ],
    ids=["amount", "direction", "debit", "credit"],
)
def test_a_reversal_mirrors_its_original(
    sides: Callable[[Scene, int], tuple[int, int]],
    amount: int,
    writer: Connection,
    scene: Scene,
) -> None:
    debit, credit = sides(scene, add_account(writer, "payable"))
    entry = post(writer, scene.bank, scene.payable)
    with refused("reversal_differs"):
        _reverse(writer, entry, debit, credit, amount)


def test_a_reversal_has_as_many_postings_as_its_original(writer: Connection, scene: Scene) -> None:
    entry = post(writer, scene.bank, scene.payable)
    half = {"debit": scene.payable, "credit": scene.bank, "count": 2, "amount": 50}
    halves = [half | {"number": number} for number in (1, 2)]
    with pytest.raises(errors.ForeignKeyViolation):
        post_all(writer, *halves, posting_count=2, kind="reversal", reverses=entry)


@pytest.mark.parametrize(("kind", "reverses"), [("reversal", None), ("invoice", 1)])
def test_what_undoes_an_entry_is_called_a_reversal(
    kind: str, reverses: int | None, writer: Connection, scene: Scene
) -> None:
    post(writer, scene.bank, scene.payable)
    with pytest.raises(errors.CheckViolation):
        add_entry(writer, kind=kind, reverses=reverses)


# Balances ------------------------------------------------------------------------------------


def _balances(connection: Connection) -> dict[int, tuple[int, int]]:
    found = connection.execute("SELECT account_id, debit_minor, credit_minor FROM account_balance")
    return {account: (debit, credit) for account, debit, credit in found}


def test_the_database_keeps_the_balances_itself(writer: Connection, scene: Scene) -> None:
    post(writer, scene.bank, scene.payable, 100)
    post(writer, scene.payable, scene.bank, 30)
    assert _balances(writer) == {scene.bank: (100, 30), scene.payable: (30, 100)}


def test_what_is_rolled_back_leaves_no_balance(writer: Connection, scene: Scene) -> None:
    first_of_two = {"debit": scene.bank, "credit": scene.payable, "count": 2}
    with pytest.raises(errors.ForeignKeyViolation):
        post_all(writer, first_of_two, posting_count=2)
    assert _balances(writer) == {}


POST_MANY = """
    WITH written AS (
        INSERT INTO entry (book_id, month, posted_on, kind, source, asset, posting_count,
                           recorded_at)
        VALUES (1, '2026-10-01', '2026-10-01', 'invoice', 'x', 'JPY/0', %(count)s, now())
        RETURNING entry_id)
    INSERT INTO posting (entry_id, number, posting_count, book_id, asset, debit_account_id,
                         credit_account_id, amount_minor)
    SELECT entry_id, number, %(count)s, 1, 'JPY/0', debit, %(credit)s, 1
    FROM written, unnest(%(debits)s::bigint[]) WITH ORDINALITY AS n (debit, number)
"""


def test_two_writers_in_opposite_orders_neither_block_each_other_nor_lose_a_yen(
    database: Database, owner: Connection, scene: Scene
) -> None:
    accounts = [add_account(owner, "payable", party_id=add_party(owner, f"p{n}")) for n in range(8)]
    start, rounds = Barrier(2), 40
    failures: list[Exception] = []

    def write(debits: list[int]) -> None:
        with psycopg.connect(connection_string(database)) as connection:
            connection.execute("SET lock_timeout = '20s'")
            connection.commit()
            start.wait(timeout=20)
            parameters = {"debits": debits, "credit": scene.bank, "count": len(debits)}
            try:
                for _ in range(rounds):
                    connection.execute(POST_MANY, parameters)
                    connection.commit()
            except psycopg.Error as error:
                failures.append(error)

    threads = [Thread(target=write, args=(order,)) for order in (accounts, accounts[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not failures
    expected = dict.fromkeys(accounts, (2 * rounds, 0))
    assert _balances(owner) == expected | {scene.bank: (0, 2 * rounds * len(accounts))}
