"""
Sandboxes: databases beside the book's own, one for each firm that tries things out.

A sandbox has the tables of the book, and a copy of what the firm's licenses name, under the
same keys: so the same report gives the same receipt in both. Nothing is ever copied back, and
nobody's address, registration, fee or bank account is copied at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session, insert

from ledger.core.refusal import Refusal
from ledger.store import migrations
from ledger.store.database import Database, beside, driver_connection
from ledger.store.tables import METADATA
from ledger.store.tables.sandboxes import ClockMoveRow, SandboxStartRow

#: Connections to one sandbox; whoever tries things out can wait a moment.
CONNECTIONS = 3

#: Whoever uses a sandbox that begins anew is waited for, but not for long.
LOCK_TIMEOUT = "5s"

#: The firm's own licenses, the subjects they name, those these belong to, and their owners.
_WANTED = """
    WITH RECURSIVE wanted AS (
        SELECT subject_id, parent_id, owner_id FROM subject
        WHERE subject_id IN (SELECT subject_id FROM grant_subject WHERE licensee_id = {firm})
        UNION
        SELECT s.subject_id, s.parent_id, s.owner_id
        FROM subject s JOIN wanted w ON s.subject_id = w.parent_id
    )
    SELECT {columns} FROM {table} WHERE
"""
_OF_SUBJECTS = "subject_id IN (SELECT subject_id FROM wanted) ORDER BY subject_id"
_OF_FIRM = "licensee_id = {firm}"

#: What the holders of those subjects offer, as far as it is for one of them, or for everything.
_OFFERS = """
    owner_id IN (SELECT owner_id FROM wanted)
    AND (subject_id IS NULL OR subject_id IN (SELECT subject_id FROM wanted))
    ORDER BY offer_id
"""
_OFFER_VERSIONS = """
    owner_id IN (SELECT owner_id FROM wanted)
    AND offer_id IN (SELECT offer_id FROM offer WHERE subject_id IS NULL
                     OR subject_id IN (SELECT subject_id FROM wanted))
    ORDER BY offer_version_id
"""

#: The published rates by which the firm's terms exchange revenue.
_RATES = """
    source IN (SELECT fx_source FROM terms_version WHERE licensee_id = {firm})
    ORDER BY source, on_day, currency, into_currency
"""

#: What is copied, in the order of its references, and which rows of it.
COPIED = {
    "party": "party_id = {firm} OR party_id IN (SELECT owner_id FROM wanted) ORDER BY party_id",
    "subject": _OF_SUBJECTS,
    "subject_identifier": _OF_SUBJECTS,
    "opt_in": _OF_SUBJECTS,
    "offer": _OFFERS,
    "offer_version": _OFFER_VERSIONS,
    "consent": _OF_SUBJECTS + ", consent_id",
    "consent_withdrawal": _OF_SUBJECTS + ", consent_id",
    "license": _OF_FIRM + " ORDER BY license_id",
    "license_grant": _OF_FIRM + " ORDER BY license_grant_id",
    "grant_subject": _OF_FIRM + " ORDER BY license_grant_id, position",
    "terms_version": _OF_FIRM + " ORDER BY terms_version_id",
    "rate_line": _OF_FIRM + " ORDER BY rate_line_id",
    "rate_tier": _OF_FIRM + " ORDER BY rate_line_id, position",
    "offer_acceptance": _OF_FIRM + " ORDER BY license_id",
    "fx_rate": _RATES,
}

#: What a party keeps to itself, and what stands for it in a sandbox.
_LEFT_OUT = {
    "postal_code": "''",
    "address_ja": "''",
    "address_en": "''",
    "corporate_number": "NULL",
    "minimum_payment_minor": "0",
    "treaty_rate_bp": "NULL",
    "treaty_form_filed_on": "NULL",
}

#: How a database compares texts; titles are not found where it does not know its letters. The
#: column of the locale has another name before version 17.
_LOCALE = """
    SELECT pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider::text,
           coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
    FROM pg_database d WHERE datname = current_database()
"""
_PROVIDERS = {
    "c": "LOCALE_PROVIDER libc",
    "i": "LOCALE_PROVIDER icu ICU_LOCALE {locale}",
    "b": "LOCALE_PROVIDER builtin BUILTIN_LOCALE {locale}",
}

_DATABASE_THERE = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name)"

_STATE = """
    SELECT mark, started_at,
           coalesce((SELECT ahead FROM clock_move ORDER BY clock_move_id DESC LIMIT 1),
                    interval '0') AS ahead
    FROM sandbox_start ORDER BY sandbox_start_id DESC LIMIT 1
"""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('genbo.sandbox', :firm))"

_LOCK_CLOCK = "SELECT pg_advisory_xact_lock(hashtext('genbo.clock'))"


class SandboxNotAllowed(Refusal):
    """
    The program's login may not make a database, or does not own the one there is.

    Carries which one the operator has to make, and for whom.
    """

    code = "sandbox_not_allowed"


@dataclass(frozen=True, kw_only=True)
class SandboxState:
    """Which beginning of a sandbox this is, and how far its clock is ahead of the real one."""

    mark: str
    started_at: datetime
    ahead: timedelta


def open_sandbox(live: Database, *, party_id: int) -> Database:
    """
    Connect to a firm's sandbox, making its database when there is none; it may be empty.

    :raises SandboxNotAllowed: there is none, and the login may not make one.
    """
    name = f"{live.engine.url.database}_sandbox_{party_id}"
    with live.transaction() as session:
        is_there = session.scalar(text(_DATABASE_THERE), {"name": name})
    if not is_there:
        _create(live, name)
    return beside(live, name=name, connections=CONNECTIONS)


@contextmanager
def only_one_at(live: Database, *, party_id: int) -> Iterator[None]:
    """Let one process at a time prepare a firm's sandbox; the others wait until it is done."""
    with live.transaction() as session:
        session.execute(text(_LOCK), {"firm": party_id})
        yield


def make_anew(live: Database, sandbox: Database, *, party_id: int) -> None:
    """
    Throw away what is in a sandbox, and copy what its firm may use; all or nothing.

    It has no beginning yet, so nobody uses it before :func:`insert_start`.

    :raises DatabaseBusy: somebody uses it, and does not end.
    :raises SandboxNotAllowed: its database belongs to another login.
    """
    engine = create_engine(sandbox.engine.url, poolclass=NullPool)
    owned = Database(engine=engine, leave=lambda: None)  # As the role that logs in.
    try:
        with live.transaction() as source, owned.transaction() as target:
            source.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            target.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            target.execute(text("DROP SCHEMA public CASCADE"))
            target.execute(text("CREATE SCHEMA public"))
            migrations.upgrade(target.connection())
            ends = driver_connection(source), driver_connection(target)
            for table, wanted in COPIED.items():
                _copy(*ends, table, wanted, party_id)
    except ProgrammingError as error:
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise _not_allowed(sandbox.engine.url) from None
        raise
    sandbox.engine.dispose()


def read_state(session: Session) -> SandboxState | None:
    """Return where a sandbox stands; None while it was never begun."""
    row = session.execute(text(_STATE)).one_or_none()
    return None if row is None else SandboxState(**row._mapping)


def insert_start(session: Session, *, party_id: int, started_at: datetime, started_by: str) -> None:
    """Open a sandbox to its firm."""
    start = {"owner_id": party_id, "started_at": started_at, "started_by": started_by}
    session.execute(insert(SandboxStartRow), [start])


def lock_clock(session: Session) -> None:
    """Make whoever else moves the sandbox's clock wait until this transaction ends."""
    session.execute(text(_LOCK_CLOCK))


def insert_clock_move(
    session: Session, *, party_id: int, ahead: timedelta, moved_at: datetime, moved_by: str
) -> None:
    """Write how far ahead of the real clock a sandbox's is from now on."""
    move = {"owner_id": party_id, "ahead": ahead, "moved_at": moved_at, "moved_by": moved_by}
    session.execute(insert(ClockMoveRow), [move])


def _create(live: Database, name: str) -> None:
    """Make a database like the book's as the role that logs in, unless somebody just has."""
    url = live.engine.url.set(drivername="postgresql")
    address = url.render_as_string(hide_password=False)
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(_creation(connection, name))
    except psycopg.errors.DuplicateDatabase:
        pass
    except psycopg.errors.UniqueViolation:
        pass  # The same, when both were quick.
    except psycopg.errors.InsufficientPrivilege:
        raise _not_allowed(url.set(database=name)) from None


def _not_allowed(url: URL) -> SandboxNotAllowed:
    return SandboxNotAllowed(database=url.database or "", login=url.username or "")


def _creation(connection: psycopg.Connection[Any], name: str) -> sql.Composed:
    found = connection.execute(_LOCALE).fetchone()
    assert found is not None, "the database that is connected to is there"
    encoding, collate, ctype, provider, locale = found
    return sql.SQL(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING {encoding}"
        " LC_COLLATE {collate} LC_CTYPE {ctype} " + _PROVIDERS[provider]
    ).format(
        name=sql.Identifier(name),
        encoding=encoding,
        collate=collate,
        ctype=ctype,
        locale=locale,
    )


def _copy(
    source: psycopg.Connection[Any],
    target: psycopg.Connection[Any],
    table: str,
    wanted: str,
    party_id: int,
) -> None:
    """Stream a table's rows from one database into the other, and count on after them."""
    columns = [column for column in METADATA.tables[table].columns if column.computed is None]
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    values = sql.SQL(", ").join(
        sql.SQL(
            "CASE WHEN party_id = {firm} THEN {name} ELSE " + _LEFT_OUT[column.name] + " END"
        ).format(firm=party_id, name=sql.Identifier(column.name))
        if table == "party" and column.name in _LEFT_OUT
        else sql.Identifier(column.name)
        for column in columns
    )
    rows = sql.SQL(_WANTED + wanted).format(
        firm=party_id, columns=values, table=sql.Identifier(table)
    )
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with (
        source.cursor().copy(sql.SQL("COPY ({}) TO STDOUT").format(rows)) as taken,
        target.cursor().copy(into) as written,
    ):
        for block in taken:
            written.write(block)
    for column in columns:
        if column.identity is not None:
            following = sql.SQL(
                "SELECT setval(pg_get_serial_sequence({table}, {column}), max({name}))"
                " FROM {rows} HAVING max({name}) IS NOT NULL"
            ).format(
                table=table,
                column=column.name,
                name=sql.Identifier(column.name),
                rows=sql.Identifier(table),
            )
            target.execute(following)
