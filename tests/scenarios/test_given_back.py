"""
What is taken back from one rights holder on an invoice that pays another, through settlement.

October's use of two works is billed, paid and settled. Then the use of one was never made: its
holder is owed less than nothing on November's invoice, and its balance bears it.
"""

from datetime import date

import pytest

from ledger.services import auditing
from ledger.store.database import Database
from ledger.store.payouts import InsufficientCash
from tests import builders
from tests.services.firms import Firm, firm
from tests.services.money import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    bill,
    house,
    noon,
    receive_all,
    settle,
    statements,
)
from tests.services.test_correcting import correct, void
from tests.services.usage import generation

pytestmark = pytest.mark.usefixtures("worked_out_again")

MINE, THEIRS = "kaze-no-machi", "umi"


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm with a work of hoshino's and one of umino's."""
    house(database)
    builders.work(database, MINE)
    builders.work(database, THEIRS, owner="umino")
    builders.license(database, grants=(builders.new_grant(subjects=(MINE, THEIRS)),))
    return firm(database)


def test_a_holder_that_is_owed_less_than_nothing_carries_it(studio: Firm) -> None:
    database = studio.database
    wrong = generation(1_000, on=date(2026, 10, 5), subjects=(THEIRS,))
    right = generation(10_000, on=date(2026, 10, 5), subjects=(MINE,))
    studio.report(wrong, right, at=noon(date(2026, 10, 30)))
    receive_all(database, bill(database, OCTOBER))
    settle(database, NOVEMBER)
    correct(studio, void(wrong), recorded_at=noon(date(2026, 11, 20)))
    more = generation(30_000, on=date(2026, 11, 25), subjects=(MINE,))
    studio.report(more, at=noon(date(2026, 11, 30)))
    (number,) = bill(database, NOVEMBER)
    receive_all(database, [number], on=date(2026, 12, 25))
    settle(database, DECEMBER)
    told = {name: each.settlement for name, each in statements(database).items()}
    # 30,000 × 12, less the house's 8 %: nothing of what another gives back.
    assert (told["hoshino"].earned_minor, told["hoshino"].payout_minor) == (331_200, 364_320)
    # 1,000 × 12, less the 8 % that the house gives back, too.
    assert (told["umino"].earned_minor, told["umino"].payout_minor) == (-11_040, 0)
    assert told["umino"].carried_out_minor == -11_040
    assert not any(auditing.audit(database).values())


def test_what_was_paid_out_and_has_to_come_back_is_not_paid_from_others_money(
    studio: Firm,
) -> None:
    """The house has to put it up first; until then the settlement says what is lacking."""
    database = studio.database
    wrong = generation(10_000, on=date(2026, 10, 5), subjects=(THEIRS,))
    right = generation(10_000, on=date(2026, 10, 5), subjects=(MINE,))
    studio.report(wrong, right, at=noon(date(2026, 10, 30)))
    receive_all(database, bill(database, OCTOBER))
    settle(database, NOVEMBER)
    correct(studio, void(wrong), recorded_at=noon(date(2026, 11, 20)))
    more = generation(30_000, on=date(2026, 11, 25), subjects=(MINE,))
    studio.report(more, at=noon(date(2026, 11, 30)))
    receive_all(database, bill(database, NOVEMBER), on=date(2026, 12, 25))
    with pytest.raises(InsufficientCash):
        settle(database, DECEMBER)
    assert not any(auditing.audit(database).values())
