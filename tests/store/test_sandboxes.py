"""A sandbox has what belongs to the terms, under the same keys, and needs a right to be made."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from ledger.core.agreement import NewRevenueShare
from ledger.core.exchange import FxRate
from ledger.services import BOOK_ID, exchanging, rehearsing
from ledger.store import sandboxes
from ledger.store.database import Database, open_database
from ledger.store.licenses import load_snapshot
from ledger.store.sandboxes import COPIED
from ledger.store.tables import METADATA
from tests import builders
from tests.refusals import refusal
from tests.rows import row_counts, rows

#: What hangs on a license or a work, and is no part of the terms: it is what came of them.
#: What firms report, what is charged for it, and how it is set off: none of it answers a report.
NOT_COPIED = {
    *("judgement", "judgement_line", "royalty_line"),
    *("recoup_group", "recoup_source", "recoup_amendment_source", "prepayment_use"),
    *("revenue_report", "revenue_comparison"),
    *("claim", "suspense"),
    *("dunning_terms", "license_suspension"),
}


@pytest.fixture
def sandbox(database: Database, owner: psycopg.Connection) -> Iterator[Database]:
    """The empty sandbox of the firm that comes first into the book."""
    builders.license(database)
    [(party_id,)] = rows(database, "SELECT party_id FROM party WHERE role = 'licensee'")
    opened = sandboxes.open_sandbox(database, party_id=party_id)
    yield opened
    name = opened.engine.url.database
    opened.close()
    owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def test_what_belongs_to_the_terms_is_copied() -> None:
    """A table that hangs on a license or a work changes what a report is answered."""
    terms = {"subject", "license", "license_grant", "terms_version", "rate_line"}
    hanging = {
        name
        for name, found in METADATA.tables.items()
        if terms & {key.column.table.name for key in found.foreign_keys}
    }
    assert hanging - COPIED.keys() == NOT_COPIED, "copy it into sandboxes, or say that it is not"
    assert COPIED.keys() - hanging == {"party", "license", "offer_version", "fx_rate"}


def test_a_copy_has_the_same_keys_and_counts_on_after_them(
    database: Database, sandbox: Database
) -> None:
    builders.work(database, "series")
    builders.work(database, "episode", parent="series")
    builders.work(database, "elsewhere")
    builders.license(
        database, "LIC-2", grants=(builders.new_grant(subjects=("episode",)),), ends_at=None
    )
    builders.license(database, "LIC-B", licensee="studio-b")
    [(party_id,)] = rows(database, "SELECT party_id FROM party WHERE reference = 'studio-a'")
    sandboxes.make_anew(database, sandbox, party_id=party_id)
    with database.transaction() as one, sandbox.transaction() as other:
        live, copied = (load_snapshot(each, book_id=BOOK_ID) for each in (one, other))
    assert copied.licenses == {name: live.licenses[name] for name in ("LIC-2026-001", "LIC-2")}
    named = ("kaze-no-machi", "series", "episode")  # What an episode belongs to comes with it.
    assert copied.subjects == {name: live.subjects[name] for name in named}
    builders.license(sandbox, "NEW", licensee="studio-c")
    before = row_counts(sandbox)
    sandboxes.make_anew(database, sandbox, party_id=party_id)
    after = row_counts(sandbox)
    assert (before["license"], after["license"]) == (3, 2)
    assert after["bank_account"] == after["entrustment"] == 0


def test_the_rates_that_terms_go_by_come_along(database: Database, sandbox: Database) -> None:
    exchanging.import_rates(
        database,
        rates=[
            FxRate(
                source=source, on=date(2026, 4, 1), currency="USD", into="JPY", rate=Decimal(150)
            )
            for source in ("ecb", "elsewhere")
        ],
        recorded_at=builders.RECORDED_AT,
    )
    share = NewRevenueShare(
        percent=18, base="net_revenue", currency="USD", fx_source="ecb", fx_rule="average"
    )
    terms = builders.new_terms(revenue_share=share)
    builders.license(database, "LIC-S", grants=(builders.new_grant(terms=terms),))
    [(party_id,)] = rows(database, "SELECT party_id FROM party WHERE reference = 'studio-a'")
    sandboxes.make_anew(database, sandbox, party_id=party_id)
    assert rows(sandbox, "SELECT source FROM fx_rate") == [("ecb",)]


def test_a_sandbox_knows_its_letters_as_the_book_does(
    database: Database, sandbox: Database
) -> None:
    asked = (
        "SELECT encoding, datcollate, datctype, datlocprovider FROM pg_database"
        " WHERE datname = current_database()"
    )
    assert rows(sandbox, asked) == rows(database, asked)


def test_a_sandbox_is_nobodys_before_it_is_begun(database: Database, sandbox: Database) -> None:
    [(party_id,)] = rows(database, "SELECT party_id FROM party WHERE role = 'licensee'")
    for _ in range(2):
        sandboxes.make_anew(database, sandbox, party_id=party_id)
        assert rehearsing.read_state(sandbox) is None
        rehearsing.begin(
            sandbox, party_id=party_id, started_at=builders.RECORDED_AT, started_by="keiri"
        )
        assert rehearsing.read_state(sandbox) is not None


def test_a_sandbox_that_is_in_use_is_not_waited_for_for_ever(
    database: Database, sandbox: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(party_id,)] = rows(database, "SELECT party_id FROM party WHERE role = 'licensee'")
    sandboxes.make_anew(database, sandbox, party_id=party_id)
    monkeypatch.setattr(sandboxes, "LOCK_TIMEOUT", "100ms")
    with sandbox.transaction() as session, refusal("database_busy", None):
        session.execute(text("SELECT FROM party"))
        sandboxes.make_anew(database, sandbox, party_id=party_id)
    assert rows(sandbox, "SELECT FROM license") != []


def test_who_may_make_no_database_is_told_what_to_do(
    database: Database, owner: psycopg.Connection
) -> None:
    name = f"clerk_{database.engine.url.database}"
    owner.execute(f"CREATE ROLE {name} LOGIN IN ROLE genbo_app".encode())
    url = database.engine.url.set(username=name).render_as_string(hide_password=False)
    clerk = open_database(url, Path())
    try:
        with refusal("sandbox_not_allowed", None) as refused:
            sandboxes.open_sandbox(clerk, party_id=7)
        assert refused[0].values == {
            "database": f"{database.engine.url.database}_sandbox_7",
            "login": name,
        }
        # Nor may it throw away what somebody else's login made.
        with refusal("sandbox_not_allowed", None):
            sandboxes.make_anew(clerk, clerk, party_id=7)
    finally:
        clerk.close()
        owner.execute(f"DROP ROLE {name}".encode())
