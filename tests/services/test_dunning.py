"""Reminders of a book: written once, to whom, of what, and what keeps them back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.core.dunning import DunningTerms, Tone
from ledger.core.payment import InvoiceUnknown
from ledger.core.refusal import Refusal
from ledger.core.reminder import DunningLetter
from ledger.core.snapshot import from_json
from ledger.services import deferring, dunning
from ledger.services.deferring import (
    DunningTermsOfThatDay,
    HoldOfWhat,
    HoldReleasedAlready,
    HoldUnknown,
    LicenseNotOfFirm,
    NewTerms,
)
from ledger.services.dunning import State, Written
from ledger.store.database import Database
from ledger.store.parties import NotALicensee, PartyUnknown
from tests import builders
from tests.rows import row_counts, rows
from tests.services.money import NOVEMBER, bill, house, noon, receive, sell

USUAL = DunningTerms()
DUE = date(2026, 11, 30)


@pytest.fixture
def book(database: Database) -> Database:
    """A house, a firm with one member, and its invoice of 110,000 that is due on 30 November."""
    house(database)
    builders.work(database)
    builders.work(database, "umi-no-eki")
    sell(database, 100_000)
    bill(database)
    builders.member(
        database, "studio-a", email="keiri@studio-a.example", name="経理部", role="accountant"
    )
    return database


INVOICE = "INV-2026-000001"


def remind(database: Database, *, late: int, usual: DunningTerms = USUAL) -> tuple[Written, ...]:
    on = DUE + timedelta(days=late)
    return dunning.write_reminders(
        database, usual=usual, on=on, written_by="genbo", written_at=noon(on)
    )


def agree(database: Database, *, contact_email: str = "", license: str | None = None,
          effective_from: date = date(2026, 1, 1), **terms: Any) -> None:  # fmt: skip
    new = NewTerms(
        licensee="studio-a",
        license=license,
        effective_from=effective_from,
        terms=DunningTerms(**terms),
        contact_email=contact_email,
    )
    at = noon(date(2026, 11, 1))
    deferring.agree_terms(database, new=new, recorded_by="keiri", recorded_at=at)


def letters(database: Database) -> list[DunningLetter]:
    found = rows(database, "SELECT snapshot FROM dunning_letter ORDER BY dunning_letter_id")
    return [from_json(DunningLetter, text) for (text,) in found]


def test_each_day_of_the_schedule_is_written_once_and_more_firmly(book: Database) -> None:
    tones = []
    for late in range(-5, 40):
        for _ in range(2):  # The job runs again.
            tones += [(late, each.tone) for each in remind(book, late=late)]
    assert tones == [(-3, Tone.BEFORE), (1, Tone.FIRST), (14, Tone.SECOND), (30, Tone.FINAL)]
    assert rows(book, "SELECT DISTINCT email, name, language FROM mail") == [
        ("keiri@studio-a.example", "経理部", "ja")
    ]


def test_a_letter_says_what_is_open_after_part_payments_and_credit(book: Database) -> None:
    receive(book, INVOICE, amount_minor=40_001)
    [told] = remind(book, late=1)
    assert told.open_minor == (("JPY", 69_999),)
    [letter] = letters(book)
    [line] = letter.lines
    assert (line.total_minor, line.received_minor, line.open_minor) == (110_000, 40_001, 69_999)


def test_nobody_is_reminded_of_what_is_paid(book: Database) -> None:
    receive(book, INVOICE, amount_minor=60_000)
    receive(book, INVOICE, amount_minor=50_000, external_reference="the rest")
    assert remind(book, late=1) == ()
    assert dunning.worklist(book, usual=USUAL, on=DUE) == ()


def test_one_letter_asks_for_all_of_a_tone_and_lists_what_is_open_beside(book: Database) -> None:
    sell(book, 10_000, work="umi-no-eki", month=NOVEMBER)
    bill(book, NOVEMBER)  # Due on 31 December.
    remind(book, late=1)
    remind(book, late=14)
    [first, second] = letters(book)
    assert [line.reference for line in first.lines] == [INVOICE, "INV-2026-000002"]
    assert [line.is_asked for line in first.lines] == [True, False]
    assert second.tone is Tone.SECOND
    written = remind(book, late=32)
    assert [(each.tone, each.invoices) for each in written] == [
        (Tone.FINAL, (INVOICE,)),
        (Tone.FIRST, ("INV-2026-000002",)),
    ]


@pytest.mark.parametrize("whole_firm", [True, False])
def test_a_hold_keeps_letters_back_until_it_is_released(book: Database, whole_firm: bool) -> None:
    hold = deferring.hold(
        book,
        invoice=None if whole_firm else INVOICE,
        licensee="studio-a" if whole_firm else None,
        kind="disputed",
        reason="The quantity is wrong.",
        held_by="keiri",
        held_at=noon(DUE),
    )
    assert remind(book, late=1) == ()
    [worked] = dunning.worklist(book, usual=USUAL, on=DUE)
    assert worked.state is State.HELD
    assert worked.invoice.held_because == "disputed: The quantity is wrong."
    release: dict[str, Any] = {
        "hold": hold,
        "reason": "It was right.",
        "released_by": "bucho",
        "released_at": noon(DUE),
    }
    deferring.release(book, **release)
    assert [each.tone for each in remind(book, late=2)] == [Tone.FIRST]
    with pytest.raises(HoldReleasedAlready, match="bucho"):
        deferring.release(book, **release)
    [listed] = deferring.list_holds(book, with_released=True)
    assert (listed.released_by, listed.release_reason) == ("bucho", "It was right.")
    assert deferring.list_holds(book) == []


def test_a_firm_may_be_exempted_and_its_license_may_not(book: Database) -> None:
    agree(book, days=(), exempt_reason="A subsidiary.")
    assert remind(book, late=30) == ()
    [worked] = dunning.worklist(book, usual=USUAL, on=DUE)
    assert worked.state is State.EXEMPT
    agree(book, license="LIC-studio-a-kaze-no-machi-2026-10", days=(5,))
    assert [each.tone for each in remind(book, late=30)] == [Tone.FIRST]


def test_a_contact_that_was_agreed_is_written_to_beside_the_members(book: Database) -> None:
    agree(book, contact_email="AP@Studio-A.example", days=(1,))
    [told] = remind(book, late=1)
    assert told.to == ("ap@studio-a.example", "keiri@studio-a.example")


def test_a_firm_without_an_address_stays_on_the_worklist(database: Database) -> None:
    house(database)
    sell(database, 100_000)
    bill(database)
    before = row_counts(database)
    [told] = remind(database, late=1)
    assert (told.reference, told.to) == ("", ())
    assert row_counts(database) == before
    [worked] = dunning.worklist(database, usual=USUAL, on=DUE)
    assert worked.state is State.NO_ADDRESS
    builders.member(database, "studio-a", email="a@studio-a.example", role="licensee")
    assert len(remind(database, late=2)) == 1  # Now somebody can be told.


def test_a_plan_writes_nothing_and_says_the_same(book: Database) -> None:
    before = row_counts(book)
    planned = dunning.plan_reminders(book, usual=USUAL, on=DUE + timedelta(days=1))
    assert row_counts(book) == before
    [written] = remind(book, late=1)
    assert planned == (replace(written, reference=""),)


def test_workers_at_once_write_one_letter(book: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: remind(book, late=1), range(4)))
    assert sorted(map(len, told)) == [0, 0, 0, 1]
    assert rows(book, "SELECT count(*) FROM dunning_letter") == [(1,)]


def test_a_warning_names_the_day_and_the_license(book: Database) -> None:
    agree(book, days=(60,), suspend_after_days=30)
    [told] = remind(book, late=23)
    assert told.tone is Tone.WARNING
    [letter] = letters(book)
    assert letter.suspended_on == date(2026, 12, 30)
    assert letter.licenses == ("LIC-studio-a-kaze-no-machi-2026-10",)
    assert remind(book, late=24) == ()


def test_the_history_tells_what_became_of_each_letter(book: Database) -> None:
    remind(book, late=1)
    [listed] = dunning.history(book, invoice=INVOICE)
    assert (listed.tone, listed.days, listed.open_minor) == ("first", 1, 110_000)
    assert (listed.email, listed.outcome) == ("keiri@studio-a.example", None)
    assert dunning.history(book, invoice="INV-2026-000009") == []


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"licensee": "nobody"}, PartyUnknown),
        ({"licensee": "hoshino"}, NotALicensee),
        ({"license": "LIC-9"}, LicenseNotOfFirm),
        ({"contact_email": "no address"}, Refusal),
        ({}, DunningTermsOfThatDay),
    ],
)
def test_terms_that_cannot_be_recorded_are_refused(
    change: dict[str, Any], refusal: type[Refusal], book: Database
) -> None:
    agree(book, days=(1,))
    before = row_counts(book)
    new = NewTerms(
        licensee="studio-a", effective_from=date(2026, 1, 1), terms=DunningTerms(days=(2,))
    )
    with pytest.raises(refusal):
        deferring.agree_terms(
            book, new=replace(new, **change), recorded_by="keiri", recorded_at=noon(DUE)
        )
    assert row_counts(book) == before


def _hold(database: Database, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "invoice": INVOICE,
        "licensee": None,
        "kind": "disputed",
        "reason": "x",
        "held_by": "keiri",
        "held_at": noon(DUE),
        **changes,
    }
    deferring.hold(database, **asked)


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        (lambda book: _hold(book, licensee="studio-a"), HoldOfWhat),
        (lambda book: _hold(book, invoice=None), HoldOfWhat),
        (lambda book: _hold(book, invoice="INV-9"), InvoiceUnknown),
        (lambda book: _hold(book, kind="bored"), Refusal),
        (lambda book: _hold(book, reason=" "), Refusal),
        (
            lambda book: deferring.release(
                book, hold="dhd_9", reason="x", released_by="k", released_at=noon(DUE)
            ),
            HoldUnknown,
        ),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(
    call: Callable[[Database], None], refusal: type[Refusal], book: Database
) -> None:
    before = row_counts(book)
    with pytest.raises(refusal):
        call(book)
    assert row_counts(book) == before
