"""A demo's portal has one ready account for each role, the same at every start."""

from datetime import UTC, datetime

from api.demo.accounts import ready_accounts
from api.portal.options import PortalOptions
from ledger.core.membership import MemberRole
from ledger.store.database import Database
from tests import builders
from tests.services import money

AT = datetime(2026, 11, 2, tzinfo=UTC)


def test_each_role_has_an_account_and_keeps_it(database: Database) -> None:
    money.house(database)
    builders.license(database)
    options = PortalOptions(secret=b"1" * 32)
    first = ready_accounts(database, options=options, language="ja", at=AT)
    assert {each.role for each in first} == set(MemberRole)
    assert len({each.password for each in first}) == len(first)
    assert ready_accounts(database, options=options, language="ja", at=AT) == first
    other = PortalOptions(secret=b"2" * 32)
    elsewhere = ready_accounts(database, options=other, language="ja", at=AT)
    assert not {each.password for each in first} & {each.password for each in elsewhere}


def test_a_book_without_organisations_has_no_accounts(database: Database) -> None:
    options = PortalOptions()
    assert ready_accounts(database, options=options, language="en", at=AT) == []
