"""The audit of a whole book on a real database: silent about a sound one, loud about a lie."""

from datetime import date
from pathlib import Path

import pytest

from ledger.core.invariants import INVARIANTS
from ledger.services import auditing
from ledger.store.database import Database, open_database
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.database import TEMPLATE, create_database, superuser, url_of
from tests.services.committees import committee
from tests.services.falsified import falsify
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    bill,
    house,
    receive_all,
    release,
    sell,
    settle,
)
from tests.services.usage import generation, report


def two_months(database: Database) -> None:
    """Carry images of a work, and a committee's drama, from usage to payouts, for two months."""
    house(database)
    committee(database)
    builders.license(database)
    sell(database, 8_765_432, work="drama")
    report(
        database,
        *(generation(number) for number in (3_000, 450, 1)),
        generation(None),
        generation(5, license_reference="LIC-UNKNOWN"),
    )
    report(
        database,
        generation(7_003, on=date(2026, 10, 31)),
        generation(25_000, on=date(2026, 11, 1)),
    )
    for month, paid_on, run in (
        (OCTOBER, date(2026, 11, 27), NOVEMBER),
        (NOVEMBER, date(2026, 12, 28), DECEMBER),
    ):
        receive_all(database, bill(database, month), on=paid_on)
        settled = settle(database, run)
        assert settled.run_reference is not None
        release(database, settled.run_reference)


def broken(database: Database) -> set[str]:
    """Name the invariants of which the audit finds violations."""
    return {name for name, violations in auditing.audit(database).items() if violations}


def test_an_empty_book_is_sound(database: Database) -> None:
    found = auditing.audit(database)
    assert found == {invariant.name: [] for invariant in INVARIANTS}


def test_a_book_of_two_months_is_sound_from_usage_to_payout(database: Database) -> None:
    two_months(database)
    assert auditing.audit(database) == {invariant.name: [] for invariant in INVARIANTS}


def test_a_book_is_sound_before_anybody_paid(database: Database) -> None:
    house(database)
    builders.license(database)
    report(database, generation(100))
    assert broken(database) == set()
    bill(database)
    assert broken(database) == set()


@pytest.fixture(scope="module")
def defenseless(server: EmbeddedServer) -> str:
    """Write two months once, in a database without guards and checks; return its name."""
    name = "two_months_without_guards"
    create_database(server, name, template=TEMPLATE)
    database = open_database(url_of(server, name), Path())
    two_months(database)
    database.close()
    with superuser(server, name) as owner:
        owner.execute(_NO_CHECKS)
    return name


@pytest.mark.parametrize(
    ("lie", "names"),
    [
        (
            "UPDATE posting SET amount_minor = 1 WHERE entry_id = 1 AND number = 1",
            {"balances_are_postings"},
        ),
        (
            "UPDATE entry SET posting_count = posting_count + 1 WHERE entry_id = 1",
            {"entries_balance"},
        ),
        (
            "UPDATE account_balance SET debit_minor = debit_minor + 1 WHERE account_id = 1",
            {"balances_are_postings", "journal_says_what_documents_say"},
        ),
        (
            "UPDATE payout_release SET file_content = file_content || 'x'",
            {"kept_files_are_whole"},
        ),
        (
            "UPDATE batch_total SET territory = 'US' WHERE batch_number = 1 AND position = 0",
            {"totals_agree"},
        ),
        (
            "UPDATE generation SET content_hash = sha256('x') WHERE batch_number = 2",
            {"chains_are_unbroken"},
        ),
        (
            "UPDATE batch SET previous_head = sha256('x') WHERE batch_number = 2",
            {"chains_are_unbroken"},
        ),
        ("UPDATE batch SET held_count = 0 WHERE batch_number = 1", {"batch_counts_agree"}),
        (
            "UPDATE royalty_line SET counter_before = 1 WHERE royalty_line_id = 1",
            {"royalty_is_recomputed"},
        ),
        (
            "UPDATE rate_line SET rate = rate + 1 WHERE basis = 'per_image'",
            {"royalty_is_recomputed"},
        ),
        (
            "UPDATE royalty_line SET generation_count = 9 WHERE royalty_line_id = 1",
            {"usage_is_in_lines"},
        ),
        (
            "UPDATE month_closing SET generation_count = 9 WHERE month = '2026-10-01'",
            {"closed_months_stay"},
        ),
        (
            "UPDATE batch SET recorded_at = '2027-01-01T00:00:00Z' WHERE batch_number = 1",
            {"closed_months_stay"},
        ),
        (
            "UPDATE entry SET recorded_at = '2027-01-01T00:00:00Z' WHERE month = '2026-11-01'",
            {"closed_months_stay"},
        ),
        (
            "UPDATE document SET snapshot = snapshot || ' ' WHERE document_id = 1",
            {"snapshots_are_unchanged"},
        ),
        ("UPDATE document SET number = 70 WHERE document_id = 2", {"numbers_are_gapless"}),
        (
            "UPDATE invoice_line SET tax_minor = tax_minor + 1 WHERE document_id = 1",
            {
                "invoices_add_up",
                "tax_is_recomputed",
                "receipts_pay_lines",
                "journal_says_what_documents_say",
            },
        ),
        (
            "UPDATE statement SET carried_in_minor = 5, carried_out_minor = carried_out_minor + 5",
            {"balances_are_carried", "documents_say_what_rows_say"},
        ),
        (
            "UPDATE earning SET tax_minor = tax_minor + 1 WHERE category = 'royalty'",
            {"cash_is_divided", "journal_says_what_documents_say"},
        ),
        (
            "UPDATE receipt_part SET tax_minor = tax_minor + 1 WHERE receipt_id = 1",
            {"receipts_pay_lines", "cash_is_what_was_received"},
        ),
        (
            "UPDATE settled_receipt SET settlement_id = 1",
            {"cash_is_what_was_received"},
        ),
        (
            "UPDATE payout SET withholding_base_minor = 1 WHERE withholding_minor > 0",
            {"withholding_is_recomputed"},
        ),
        (
            "UPDATE payout SET supplies_minor = supplies_minor + 1 WHERE withholding_minor = 0",
            {"payouts_are_as_stated"},
        ),
    ],
    ids=lambda value: value.split()[1] if isinstance(value, str) else "+".join(sorted(value)),
)
def test_a_lie_is_found_where_it_was_told(
    server: EmbeddedServer, defenseless: str, lie: str, names: set[str]
) -> None:
    create_database(server, "lie", template=defenseless)
    database = open_database(url_of(server, "lie"), Path())
    try:
        with superuser(server, "lie") as owner:
            falsify(owner, lie)
        assert broken(database) == names
    finally:
        database.close()
        with superuser(server, defenseless) as owner:
            owner.execute("DROP DATABASE lie WITH (FORCE)")


# Constraints that make some lies impossible even for the owner.
_NO_CHECKS = """
    DO $$
    DECLARE found record;
    BEGIN
        FOR found IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
            WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND coninhcount = 0
        LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.name, found.conname);
        END LOOP;
    END $$
"""
