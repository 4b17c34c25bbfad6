"""Nothing is changed or removed, no part comes late, and what is a party's says so."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import errors, sql

from ledger.store.tables import METADATA
from tests.store.payments import add_bank_account, add_payout, add_payout_run
from tests.store.scene import (
    NOW,
    OCTOBER,
    ROOT,
    Connection,
    Scene,
    add,
    add_document,
    add_grant,
    add_party,
    add_rate_line,
    add_terms,
    close_month,
    post,
    refused,
    report,
)

COUNTERS = frozenset(
    {
        *("terms_clock", "licensee_log", "document_counter", "account_balance"),
        *("webhook_queue", "api_key_use", "idempotency_key"),
        *("password", "second_factor", "portal_session_use", "mail_queue"),
    }
)
WRITTEN_BY_TRIGGERS = frozenset({"batch_tally"})
PARTITION = "generation_2026_10"
APPEND_ONLY = sorted(METADATA.tables.keys() - COUNTERS) + [PARTITION]

_TABLES = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
      AND relkind IN ('r', 'p') AND relname <> 'alembic_version'
"""

_WITHOUT_TRIGGER = """
    SELECT relname FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid
                      AND t.tgname = 'append_only' AND t.tgenabled = 'A')
"""


# Append-only ---------------------------------------------------------------------------------


def test_every_table_but_the_counters_is_append_only(owner: Connection, scene: Scene) -> None:
    tables = {name for (name,) in owner.execute(_TABLES)}
    assert tables == {*APPEND_ONLY, *COUNTERS, "generation_2026_11"}
    without = {name for (name,) in owner.execute(_WITHOUT_TRIGGER)}
    assert without == COUNTERS | {"alembic_version"}


def _attempts(connection: Connection, table: str) -> list[sql.Composed]:
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", (table,)
    ).fetchone()
    assert found is not None
    names = {"table": sql.Identifier(table), "column": sql.Identifier(found[0])}
    return [
        sql.SQL(statement).format(**names)
        for statement in (
            "UPDATE {table} SET {column} = {column}",
            "DELETE FROM {table}",
            "TRUNCATE {table} CASCADE",
            "MERGE INTO {table} t USING (SELECT) s ON true WHEN MATCHED THEN DELETE",
            "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT DO NOTHING",
        )
    ]


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_no_row_of_an_append_only_table_is_changed_or_removed(
    table: str, owner: Connection, app: Connection, scene: Scene
) -> None:
    *changes, adding = _attempts(owner, table)
    for statement in changes:
        with refused("append_only"):
            owner.execute(statement)
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(statement)
    if table in WRITTEN_BY_TRIGGERS:
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(adding)
    elif not _has_generated_column(owner, table):
        app.execute(adding)  # Adding is what the role is for.


def _has_generated_column(connection: Connection, table: str) -> bool:
    found = connection.execute(
        "SELECT FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''", (table,)
    )
    return found.fetchone() is not None


def test_a_conflict_does_not_turn_an_insert_into_a_change(owner: Connection, scene: Scene) -> None:
    with refused("append_only"):
        owner.execute(
            "INSERT INTO book (book_id, reference, currency) VALUES (1, 'main', 'USD') "
            "ON CONFLICT (book_id) DO UPDATE SET currency = 'USD'"
        )


def test_triggers_that_are_off_for_a_replica_stay_on_here(owner: Connection, scene: Scene) -> None:
    report(owner, scene.licensee, scene.judgement)
    owner.execute("SET session_replication_role = replica")
    for table in ("book", "generation", PARTITION):
        with refused("append_only"):
            owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


@pytest.mark.parametrize("table", sorted(COUNTERS))
def test_the_program_reads_counters_and_does_not_write_them(
    table: str, app: Connection, scene: Scene
) -> None:
    name = sql.Identifier(table)
    app.execute(sql.SQL("SELECT * FROM {}").format(name))
    for statement in (
        "INSERT INTO {} DEFAULT VALUES",
        "DELETE FROM {}",
        "TRUNCATE {}",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(sql.SQL(statement).format(name))
    columns = METADATA.tables[table].columns.keys()
    for column in columns:
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(sql.SQL("UPDATE {0} SET {1} = {1}").format(name, sql.Identifier(column)))


def test_the_program_may_not_put_anything_in_front_of_the_tables(app: Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("CREATE TABLE month_closing_of_mine (month date)")
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT'")


def test_a_stranger_to_the_book_may_not_call_its_functions(owner: Connection) -> None:
    owner.execute("CREATE ROLE stranger")
    try:
        owner.execute("SET ROLE stranger")
        calls: tuple[LiteralString, ...] = (
            "open_month(1, '2026-10-01', now())",
            "lock_month(1, '2026-10-01')",
            "lock_log(1)",
            "next_document_number(1, 'INV')",
        )
        for call in calls:
            with pytest.raises(errors.InsufficientPrivilege):
                owner.execute(sql.SQL("SELECT ") + sql.SQL(call))
    finally:
        owner.execute("RESET ROLE; DROP ROLE stranger")


@pytest.mark.parametrize("table", ["month_closing", "accounting_month"])
def test_a_temporary_table_of_the_same_name_blinds_no_rule(
    table: str, writer: Connection, owner: Connection, scene: Scene
) -> None:
    close_month(owner, OCTOBER)
    writer.execute(
        sql.SQL("CREATE TEMP TABLE {0} AS SELECT * FROM public.{0} LIMIT 0").format(
            sql.Identifier(table)
        )
    )
    with refused("month_closed"):
        post(writer, scene.bank, scene.payable)


# Owners --------------------------------------------------------------------------------------


def test_a_party_is_its_own_owner(owner: Connection, scene: Scene) -> None:
    found = owner.execute("SELECT count(*) FROM party WHERE owner_id <> party_id").fetchone()
    assert found == (0,)
    with pytest.raises(errors.GeneratedAlways):
        add_party(owner, "thief", owner_id=scene.holder)


@pytest.mark.parametrize(
    "break_it",
    [
        # A grant, its terms and its rates under a license of somebody else.
        lambda writer, scene: add_grant(writer, scene.rival, scene.license, position=1),
        lambda writer, scene: add_terms(writer, scene.rival, scene.grant, version=2),
        lambda writer, scene: add_rate_line(writer, scene.rival, scene.terms, position=1),
        # An opt-in for a work of somebody else.
        lambda writer, scene: add(
            writer,
            "opt_in",
            subject_id=scene.subject,
            owner_id=scene.rival,
            state="offered",
            effective_at=NOW,
            recorded_at=NOW,
            recorded_by="me",
        ),
        # A document that others would be shown.
        lambda writer, scene: add(
            writer,
            "document_file",
            document_id=add_document(writer, scene.licensee, 1),
            format="pdf",
            owner_id=scene.rival,
            content=b"%PDF",
            content_sha256=sha256(b"%PDF").digest(),
            rendered_at=NOW,
        ),
    ],
    ids=["grant", "terms", "rate line", "opt-in", "file"],
)
def test_a_part_belongs_to_the_owner_of_its_whole(
    break_it: Callable[[Connection, Scene], object], writer: Connection, scene: Scene
) -> None:
    with pytest.raises(errors.ForeignKeyViolation):
        break_it(writer, scene)


def test_money_goes_to_no_bank_account_but_the_payees(writer: Connection, scene: Scene) -> None:
    account = add_bank_account(writer, scene.rival)
    with pytest.raises(errors.ForeignKeyViolation), writer.transaction():
        add_payout(writer, add_payout_run(writer), scene.holder, account)


@pytest.mark.parametrize(
    "changes",
    [
        {"payout_minor": 99},  # Not what its parts add up to.
        {"payout_minor": 0, "supplies_minor": 0},
        {"withholding_minor": -1, "payout_minor": 101},
    ],
    ids=str,
)
def test_a_payout_is_the_sum_of_its_parts_and_something(
    changes: dict[str, object], writer: Connection, scene: Scene
) -> None:
    def pay() -> None:
        with writer.transaction():
            account = add_bank_account(writer, scene.holder)
            add_payout(writer, add_payout_run(writer), scene.holder, account, **changes)

    with pytest.raises(errors.CheckViolation):
        pay()


# Facts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("valid_from", "valid_to"),
    [
        (date(2026, 3, 30), None),  # The day before it lapsed.
        (date(2025, 1, 1), date(2026, 1, 2)),
        (date(2026, 2, 1), date(2026, 2, 2)),
    ],
)
def test_registrations_of_one_party_do_not_overlap(
    valid_from: date, valid_to: date | None, writer: Connection, scene: Scene
) -> None:
    number = {"registration_number": "T7000000000001"}
    first = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 3, 31)}
    add(writer, "party_registration", owner_id=scene.licensee, **number, **first)
    again = {"valid_from": valid_from, "valid_to": valid_to}
    with pytest.raises(errors.ExclusionViolation):
        add(writer, "party_registration", owner_id=scene.licensee, **number, **again)
    add(writer, "party_registration", owner_id=scene.rival, **number, **again)


def test_a_registration_may_begin_on_the_day_the_last_one_lapsed(
    writer: Connection, scene: Scene
) -> None:
    number = {"owner_id": scene.licensee, "registration_number": "T7000000000001"}
    for valid_from, valid_to in (
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 3, 31), None),
    ):
        add(writer, "party_registration", valid_from=valid_from, valid_to=valid_to, **number)


@pytest.mark.parametrize(
    "changes",
    [
        {"registration_number": "7000000000001"},  # The T is missing.
        {"registration_number": "T700000000000"},
        {"valid_to": date(2026, 1, 1)},  # It lapsed on the day it began.
    ],
    ids=str,
)
def test_a_registration_that_cannot_be_is_refused(
    changes: dict[str, object], writer: Connection, scene: Scene
) -> None:
    sound = {"registration_number": "T7000000000001", "valid_from": date(2026, 1, 1)}
    with pytest.raises(errors.CheckViolation):
        add(writer, "party_registration", owner_id=scene.licensee, **sound | changes)


def test_a_documents_hash_is_that_of_its_frozen_values(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.CheckViolation):
        add_document(writer, scene.licensee, 1, snapshot='{"number":"１"}')
    japanese = '{"名":"株式会社"}'
    hashed = sha256(japanese.encode()).digest()
    add_document(writer, scene.licensee, 1, snapshot=japanese, snapshot_sha256=hashed)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"kind": "letter"}, errors.CheckViolation),
        ({"number": 0}, errors.CheckViolation),
        ({"number": 2, "reference": "INV-2026-1"}, errors.UniqueViolation),  # It names one.
    ],
    ids=str,
)
def test_a_document_that_cannot_be_is_refused(
    changes: dict[str, Any], error: type[psycopg.Error], writer: Connection, scene: Scene
) -> None:
    add_document(writer, scene.licensee, 1)
    with pytest.raises(error):
        add_document(writer, scene.licensee, **{"number": 2} | changes)


def test_a_document_goes_to_a_party_of_its_own_book(writer: Connection, scene: Scene) -> None:
    book = add(writer, "book", reference="second", currency="JPY")
    with pytest.raises(errors.ForeignKeyViolation):
        add_document(writer, add_party(writer, "stranger", book_id=book), 1)


def test_a_files_hash_is_that_of_its_bytes(writer: Connection, scene: Scene) -> None:
    with pytest.raises(errors.CheckViolation), writer.transaction():
        add(
            writer,
            "document_file",
            document_id=add_document(writer, scene.licensee, 1),
            format="pdf",
            owner_id=scene.licensee,
            content=b"%PDF",
            content_sha256=ROOT,
            rendered_at=NOW,
        )
