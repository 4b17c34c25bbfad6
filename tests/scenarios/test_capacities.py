"""
Two months of a house that bills in every capacity, and of holders who change theirs.

A firm in Tokyo uses works of a company, an author who is not registered, a committee and a
company abroad. October is billed, paid on 27 November, settled on 10 December and paid out on the
25th; from November on the company's works are licensed on by the house for itself.
"""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from lxml import etree

from api.journals import Order, export
from invoices.electronic_copy import electronic_copies
from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.party import NewParty
from ledger.core.period import Month
from ledger.services import auditing, balancing, charging, entrusting, noticing
from ledger.services.entrusting import LaterEntrustment
from ledger.store.database import Database
from tests import builders
from tests.invoices.electronics import IN
from tests.services import money
from tests.services.billed import invoice
from tests.services.test_capacities import entrusted
from tests.services.usage import generation, report

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}

CAPACITIES = ("intermediary", "agent", "principal")

#: The committee's members are registered; the author is not; the last one is no Japanese party.
HOLDERS = ("hoshino", "minami", "kaze-committee", "harbor")


def told(database: Database, capacity_of: dict[str, str]) -> None:
    """Write the house, the holders in their capacities with a work each, and the license."""
    money.house(database)

    def of(party: NewParty) -> NewParty:
        terms = entrusted(capacity_of[party.reference])
        return replace(party, entrustment=terms, minimum_payment_minor=0)

    builders.parties(
        database,
        of(builders.new_company("hoshino")),
        of(builders.new_person("minami")),
        of(
            builders.new_company(
                "harbor",
                country="FR",
                has_jp_establishment=False,
                corporate_number=None,
                registrations=(),
            )
        ),
    )
    committee = builders.new_committee()
    builders.committee(database, party=of(committee.party))
    for holder in HOLDERS:
        builders.work(database, f"work-{holder}", owner=holder)
    works = tuple(f"work-{holder}" for holder in HOLDERS)
    terms = builders.new_terms(rate_lines=(builders.new_rate_line(rate=Decimal("12.35")),))
    builders.license(
        database, grants=(builders.new_grant(subjects=works, modalities=("image",), terms=terms),)
    )


def used(database: Database, on: date) -> None:
    """Report a month's images: 1,001 with the first work, 2,002 with the second, and so on."""
    report(
        database,
        *(
            generation(1_001 * place, on=on, subjects=(f"work-{holder}",))
            for place, holder in enumerate(HOLDERS, start=1)
        ),
    )


def lived(database: Database, month: Month, paid_on: date) -> list[str]:
    """Bill a month, receive what it asks for, settle, pay out, and issue all that follows."""
    numbers = money.bill(database, month)
    money.receive_all(database, numbers, on=paid_on)
    closing = month.next()
    run = money.settle(database, closing).run_reference
    assert run is not None
    released = money.release(database, run)
    noticing.issue_notices(
        database,
        run_reference=run,
        issued_by="keiri",
        issued_on=released.pay_on,
        issued_at=money.noon(released.pay_on),
    )
    charging.issue_fee_invoices(database, closing_month=closing, issued_on=released.pay_on)
    assert auditing.audit(database) == SOUND
    return numbers


def e_invoices_ask_for_all(database: Database, numbers: list[str]) -> None:
    """Every invoice is e-invoices, and they ask for what it asks for."""
    for number in numbers:
        frozen = invoice(database, number)
        asked = [
            etree.fromstring(content).findtext(".//b:PayableAmount", "", IN)
            for _, content in electronic_copies(frozen)
        ]
        assert asked
        assert sum(map(int, asked)) == frozen.total_minor


def journals_hold(database: Database) -> None:
    """All five programs get every posting, and the trial balance sums to nothing."""
    for program in ("yayoi", "freee", "moneyforward", "beancount", "hledger"):
        order = Order(format=program, last_day=date(2027, 1, 31))
        made = export(
            database, order, exported_by="keiri", exported_at=money.noon(date(2027, 1, 31))
        )
        assert made.entry_count
        if program == "yayoi":
            taxed = {row[7] for row in csv.reader(StringIO(made.file.content.decode("cp932")))}
            assert "対象外" in taxed
    balance = balancing.trial_balance(database, last_day=date(2027, 1, 31))
    assert sum(row.closing_minor for row in balance) == 0


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_a_house_in_one_capacity_ends_its_months_soundly(database: Database, capacity: str) -> None:
    told(database, dict.fromkeys(HOLDERS, capacity))
    used(database, date(2026, 10, 15))
    numbers = lived(database, money.OCTOBER, date(2026, 11, 27))
    assert len(numbers) == 1
    e_invoices_ask_for_all(database, numbers)
    journals_hold(database)


def test_a_house_in_every_capacity_bills_the_month_in_three_and_the_next_otherwise(
    database: Database,
) -> None:
    told(
        database,
        {
            "hoshino": "agent",
            "minami": "intermediary",
            "kaze-committee": "principal",
            "harbor": "agent",
        },
    )
    change = entrusted("principal", effective_from=date(2026, 11, 1))
    entrusting.change_entrustments(
        database, changes=[LaterEntrustment(party="hoshino", terms=change)]
    )
    used(database, date(2026, 10, 15))
    october = lived(database, money.OCTOBER, date(2026, 11, 27))
    assert len(october) == 3
    used(database, date(2026, 11, 15))
    november = lived(database, money.NOVEMBER, date(2026, 12, 21))
    assert len(november) == 3
    assert [*october, *november] == [f"INV-2026-{place:06d}" for place in range(1, 7)]
    amounts = [
        {line.subject_reference: line.amount_minor for line in invoice(database, number).lines}
        for number in (*october, *november)
    ]
    sums = [sum(sum(each.values()) for each in of) for of in (amounts[:3], amounts[3:])]
    assert sums[0] == sums[1]  # The same use, whoever's supply it is.
    e_invoices_ask_for_all(database, [*october, *november])
    journals_hold(database)
