"""A party's documents are worded as agreed from the next one on, and what was issued stays."""

from typing import Any

import pytest

from ledger.core.invoice import Invoice
from ledger.core.snapshot import from_json
from ledger.services import BOOK_ID, wording
from ledger.services.wording import WordedSoAlready
from ledger.store import documents
from ledger.store.database import Database
from ledger.store.party_wordings import Wording
from tests.refusals import refusal
from tests.rows import row_counts
from tests.services import money


def word(database: Database, party: str, **changes: Any) -> Wording:
    """Say how a party's documents are worded."""
    return wording.word_documents(
        database,
        party=party,
        change=Wording(**changes),
        reason="Asked for by letter.",
        recorded_by="keiri",
        recorded_at=money.noon(money.OCTOBER.first_day),
    )


def invoices(database: Database) -> list[tuple[str, bool | None, str | None]]:
    """Return what each frozen invoice says of language, years and authoritative text."""
    with database.transaction() as session:
        found = documents.list_documents(
            session, book_id=BOOK_ID, owner_id=None, kind="invoice", limit=10
        )
    recipients = [from_json(Invoice, each.snapshot).recipient for each in found]
    return [(each.language, each.in_eras, each.authoritative) for each in recipients]


def test_what_was_agreed_is_frozen_with_the_documents_that_follow(database: Database) -> None:
    money.house(database)
    money.sell(database, 100_000)
    money.sell(database, 200_000, licensee="studio-b", work="umi")
    word(database, "genbo", in_eras=True)
    word(database, "studio-b", language="en", authoritative="en", in_eras=False)
    money.bill(database)
    frozen = invoices(database)
    assert sorted(frozen) == [("en", False, "en"), ("ja", True, None)]
    word(database, "studio-b", language="ja")
    word(database, "genbo", in_eras=False)
    assert invoices(database) == frozen  # What was issued stays.


def test_what_is_not_named_stays(database: Database) -> None:
    money.house(database)
    assert word(database, "genbo", in_eras=True) == Wording(in_eras=True)
    assert word(database, "genbo", language="en") == Wording(language="en", in_eras=True)


@pytest.mark.parametrize(
    ("party", "changes", "code", "field"),
    [
        ("genbo", {}, WordedSoAlready.code, "party"),
        ("nobody", {"language": "en"}, "party_unknown", "party"),
        ("genbo", {"language": "Japanese!"}, "language_malformed", "language"),
        ("genbo", {"authoritative": "ja_JP"}, "language_malformed", "authoritative"),
    ],
)
def test_what_cannot_be_worded_leaves_everything(
    database: Database, party: str, changes: dict[str, Any], code: str, field: str
) -> None:
    money.house(database)
    before = row_counts(database)
    with refusal(code, field):
        word(database, party, **changes)
    assert row_counts(database) == before
