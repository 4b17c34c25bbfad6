"""Reminders on their way: what they say, through a server, once, and again after a crash."""

import re
from datetime import date, datetime, timedelta
from email.message import EmailMessage

import pytest

from api.daily_dunning import DailyDunning
from api.demo.hosting import DemoClock
from api.mailing import MailServer, Postman
from api.portal.options import PortalOptions
from ledger.core.dunning import DunningTerms
from ledger.core.period import TOKYO
from ledger.services import deferring, dunning
from ledger.services.mailing import LEASE
from ledger.store.database import Database
from tests import builders
from tests.api.caught import Catcher, catching
from tests.rows import rows
from tests.services.money import bill, house, noon, receive, sell

OPTIONS = PortalOptions(secret=b"s" * 32, url="https://genbo.example", sends_mail=True)
DUE = date(2026, 11, 30)
INVOICE = "INV-2026-000001"


@pytest.fixture
def book(database: Database) -> Database:
    """A firm with two members who read different languages, and an invoice of 110,000."""
    house(database)
    sell(database, 100_000)
    bill(database)
    for email, language in (("keiri@studio-a.example", "ja"), ("ap@studio-a.example", "en")):
        builders.member(database, "studio-a", email=email, role="accountant", language=language)
    return database


def remind(book: Database, server: MailServer, clock: DemoClock) -> int:
    """Do what the worker does in a day."""
    daily = DailyDunning(database=book, clock=clock, usual=DunningTerms())
    daily.carry_on()
    return Postman(database=book, server=server, options=OPTIONS, clock=clock).send_due()


def at(late: int, hour: int = 12) -> DemoClock:
    day = DUE + timedelta(days=late)
    return DemoClock(datetime(day.year, day.month, day.day, hour, tzinfo=TOKYO))


def text(letter: EmailMessage) -> str:
    body = letter.get_body()
    assert body is not None
    return str(body.get_content())


def by_reader(catcher: Catcher) -> dict[str, EmailMessage]:
    return {each["To"].addresses[0].addr_spec: each for each in catcher.taken}


def test_each_reader_gets_both_languages_with_its_own_first(book: Database) -> None:
    receive(book, INVOICE, amount_minor=40_001)
    with catching() as catcher:
        assert remind(book, catcher.server(), at(1)) == 2
    letters = by_reader(catcher)
    japanese, english = letters["keiri@studio-a.example"], letters["ap@studio-a.example"]
    assert japanese["Subject"] == "お支払いのご確認のお願い（請求書 INV-2026-000001）"
    assert english["Subject"] == "A reminder: invoice INV-2026-000001 is open"
    for letter, first, second in (
        (japanese, "株式会社スタジオA 御中", "To Studio A Inc."),
        (english, "To Studio A Inc.", "株式会社スタジオA 御中"),
    ):
        said = text(letter)
        assert said.index(first) < said.index(second)
        assert "未払額：￥69,999" in said
        assert "Still open: JPY 69,999" in said
        assert "2026年11月30日" in said
        assert "30 November 2026" in said
        assert "見本銀行" in said
        assert "1234567" in said
        [attached] = list(letter.iter_attachments())
        assert attached.get_filename() == "open-invoices-2026-12-01.csv"
        assert "INV-2026-000001,2026-11-05,2026-11-30,1,JPY,110000,40001,69999" in str(
            attached.get_content()
        )


def test_a_letter_holds_nothing_that_lets_anybody_in(book: Database) -> None:
    with catching() as catcher:
        remind(book, catcher.server(), at(30))
    for letter in catcher.taken:
        assert not re.search("/portal/|gb_live|gb_test|whsec", letter.as_string())


def test_letters_go_once_however_often_the_worker_begins_anew(book: Database) -> None:
    with catching() as catcher:
        for late in range(-10, 60):
            remind(book, catcher.server(), at(late, hour=8))  # Before office hours: nothing.
            for _ in range(2):
                remind(book, catcher.server(), at(late))
    assert len(catcher.taken) == 8  # Four days of the schedule, two readers.
    assert len({each["Message-ID"] for each in catcher.taken}) == 8


def test_the_worker_writes_nothing_before_the_day_begins(book: Database) -> None:
    with catching() as catcher:
        assert remind(book, catcher.server(), at(1, hour=8)) == 0
        assert remind(book, catcher.server(), at(1, hour=9)) == 2


class _Killed(BaseException):
    """The program is gone."""


class _Dying(MailServer):
    def send(self, letter: EmailMessage) -> None:
        super().send(letter)
        raise _Killed  # The server took it, and nobody wrote that down.


def test_after_a_crash_a_letter_goes_again_under_the_same_id(book: Database) -> None:
    with catching() as catcher:
        clock = at(1)
        taking = catcher.server()
        dying = _Dying(host=taking.host, port=taking.port, guard="none", sender=taking.sender)
        with pytest.raises(_Killed):
            remind(book, dying, clock)
        assert remind(book, taking, clock) == 1  # The other one; the first is leased.
        clock.move_to(clock() + LEASE + timedelta(seconds=1))
        assert remind(book, taking, clock) == 1
        assert remind(book, taking, clock) == 0
    ids = [each["Message-ID"] for each in catcher.taken]
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert rows(book, "SELECT DISTINCT outcome FROM mail_attempt") == [("sent",)]


def test_a_server_that_is_gone_without_a_word_is_asked_again(book: Database) -> None:
    with catching() as catcher:
        clock = at(1)
        catcher.hangs_up_after = 1
        remind(book, catcher.server(), clock)
        catcher.hangs_up_after = None
        assert rows(book, "SELECT outcome FROM mail_attempt ORDER BY mail_id") == [
            ("retrying",),
            ("sent",),
        ]
        clock.move_to(clock() + timedelta(minutes=1))
        assert remind(book, catcher.server(), clock) == 1
    assert len({each["Message-ID"] for each in catcher.taken}) == 2


def test_an_address_that_is_refused_does_not_keep_the_other_waiting(book: Database) -> None:
    with catching() as catcher:
        catcher.refuses = {"ap@studio-a.example"}
        remind(book, catcher.server(), at(1))
    assert list(by_reader(catcher)) == ["keiri@studio-a.example"]
    listed = {each.email: each.outcome for each in dunning.history(book)}
    assert listed == {"keiri@studio-a.example": "sent", "ap@studio-a.example": "retrying"}


@pytest.mark.parametrize("paid", [True, False])
def test_what_is_paid_or_disputed_before_it_went_is_not_sent(book: Database, paid: bool) -> None:
    clock = at(1)
    DailyDunning(database=book, clock=clock, usual=DunningTerms()).carry_on()
    if paid:
        receive(book, INVOICE, on=date(2026, 12, 1))
    else:
        deferring.hold(
            book,
            invoice=INVOICE,
            licensee=None,
            kind="disputed",
            reason="The quantity is wrong.",
            held_by="keiri",
            held_at=noon(DUE),
        )
    with catching() as catcher:
        remind(book, catcher.server(), clock)
    assert not catcher.taken
    assert rows(book, "SELECT DISTINCT outcome FROM mail_attempt") == [("dropped",)]
