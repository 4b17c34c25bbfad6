"""What a party reads under its own role: its rows, whatever is asked, and nothing to be written."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledger.services import inviting, witnessing
from ledger.store.database import Database
from ledger.store.scopes import READER, scoped_to
from ledger.store.tables import METADATA
from tests import builders
from tests.rows import rows

#: What pages for a party read. Whoever adds one says here whose rows it is about.
READ = {
    "document",
    "royalty_line",
    "own_subject",
    "own_use",
    "own_firm",
    "own_line",
    "own_generation",
    "document_facts",
    "document_file",
    "invoice",
    "statement",
    "statement_answer",
    "payment_notice",
    "notice_step",
    "member",
    "member_ending",
    "party",
    "person",
    "portal_act",
    # An AI firm's own.
    "api_key",
    "api_key_revocation",
    "api_key_rotation",
    "api_key_use",
    "declared_total",
    "grant_subject",
    "invoice_reissue",
    "known_month",
    "license",
    "license_grant",
    "licensed_subject",
    "month_declaration",
    "outbox",
    "own_batch",
    "own_report",
    "payment",
    "rate_line",
    "rate_tier",
    "receipt",
    "reported_tally",
    "terms_version",
    "webhook_attempt",
    "webhook_delivery",
    "webhook_ending",
    "webhook_endpoint",
    "webhook_queue",
    "invoice_prepayment",
    "minimum_guarantee",
    "prepayment",
    "prepayment_use",
    "recoup_amendment",
    "recoup_amendment_source",
    "recoup_group",
    "recoup_source",
    "recoupment",
}


def _keys(database: Database) -> dict[str, int]:
    return dict(rows(database, "SELECT reference, party_id FROM party"))


def test_the_reader_may_read_these_tables_and_no_others(database: Database) -> None:
    granted = rows(
        database,
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
        f"WHERE grantee = '{READER}'",
    )
    assert set(granted) == {(table, "SELECT") for table in READ}
    for table in METADATA.tables.keys() - READ:
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            scoped_to(database, party_id=1).transaction() as session,
        ):
            session.execute(text(f"SELECT FROM {table}"))


def test_a_party_sees_its_own_rows_even_when_it_asks_for_all(database: Database) -> None:
    builders.party(database, "hoshino")
    builders.party(database, "kaze")
    for organisation in ("hoshino", "kaze"):
        builders.member(database, organisation, email=f"a@{organisation}.example")
    keys = _keys(database)
    own = scoped_to(database, party_id=keys["hoshino"])
    assert rows(own, "SELECT reference FROM party") == [("hoshino",)]
    assert rows(own, "SELECT email FROM person") == [("a@hoshino.example",)]
    [member] = inviting.list_members(own, owner_id=None)
    assert member.organisation == "hoshino"
    assert inviting.list_members(own, owner_id=keys["kaze"]) == ()
    assert len(inviting.list_members(database, owner_id=None)) == 2
    assert witnessing.list_acts(own, owner_id=None, before=None, limit=9) == ()


def test_a_party_writes_nothing_under_its_own_role(database: Database) -> None:
    builders.party(database, "hoshino")
    own = scoped_to(database, party_id=_keys(database)["hoshino"])
    with pytest.raises(DBAPIError, match="permission denied"), own.transaction() as session:
        session.execute(text("INSERT INTO member SELECT * FROM member"))


def test_what_was_said_in_one_transaction_does_not_last_into_the_next(database: Database) -> None:
    builders.party(database, "hoshino")
    builders.party(database, "kaze")
    own = scoped_to(database, party_id=_keys(database)["hoshino"])
    for _ in range(20):  # More than there are connections.
        assert len(rows(own, "SELECT FROM party")) == 1
        assert len(rows(database, "SELECT FROM party")) == 2
    assert rows(database, "SELECT current_user") == [("genbo_app",)]


def test_without_a_party_nothing_is_seen(database: Database, owner: psycopg.Connection) -> None:
    builders.party(database, "hoshino")
    owner.execute("SET ROLE genbo_reader")
    assert owner.execute("SELECT FROM party").fetchall() == []


def test_the_house_reads_everything(database: Database) -> None:
    assert scoped_to(database, party_id=None) is database
