"""Whose supply an invoice is: the house between both, as agent, or for itself, as entrusted."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledger.core.capacity import Capacity
from ledger.core.explanation_tree import Step, Value
from ledger.core.fields import WordNotKnown
from ledger.core.invoice import Invoice
from ledger.core.party import NewEntrustment
from ledger.services import auditing, entrusting, mending, reissuing
from ledger.services.entrusting import LaterEntrustment
from ledger.services.mending import PartyChange
from ledger.store.database import Database
from tests import builders
from tests.services import money
from tests.services.billed import NOVEMBER, OCTOBER, bill, close, invoice, license_of, operator
from tests.services.explained import explained
from tests.services.usage import generation, report

WORKS = {"novel": "hoshino", "essay": "minami", "drama": "kaze-committee"}


def entrusted(capacity: str, **changes: Any) -> NewEntrustment:
    terms = NewEntrustment(admin_fee_bp=800, effective_from=builders.STARTS_ON, capacity=capacity)
    return replace(terms, **changes)


def holders(database: Database, **capacities: str) -> None:
    """Write a company, an unregistered author and a committee, each with a work and a capacity."""
    of = {name: capacities.get(name, "intermediary") for name in WORKS}
    builders.parties(
        database,
        builders.new_company("hoshino", entrustment=entrusted(of["novel"])),
        builders.new_person("minami", entrustment=entrusted(of["essay"])),
    )
    party = builders.new_committee().party
    builders.committee(database, party=replace(party, entrustment=entrusted(of["drama"])))
    for work, owner in WORKS.items():
        builders.work(database, work, owner=owner)


def used(database: Database, *works: str, rate: int = 105) -> None:
    license_of(database, builders.new_rate_line(rate=rate), subjects=works)
    report(database, *(generation(1 + place, subjects=(work,)) for place, work in enumerate(works)))
    close(database, OCTOBER)


def taxes(frozen: Invoice) -> list[tuple[str | None, bool, int, int]]:
    return [(t.supplier, t.is_qualified, t.taxable_minor, t.tax_minor) for t in frozen.taxes]


def test_an_agents_invoice_rounds_the_tax_of_each_supplier_by_itself(database: Database) -> None:
    operator(database)
    holders(database, novel="agent", essay="agent", drama="agent")
    used(database, *WORKS)
    (number,) = bill(database)
    frozen = invoice(database, number)
    assert frozen.capacity is Capacity.AGENT
    assert not frozen.on_behalf  # 代理交付 is no case of 媒介者交付特例.
    # 105, 210 and 315 at 10 %: 10, 21 and 31 by supplier, where the house between both has 63.
    assert taxes(frozen) == [
        ("hoshino", True, 105, 10),
        ("kaze-committee", True, 315, 31),  # While all its members are registered.
        ("minami", False, 210, 21),
    ]
    named = [(each.party.reference, len(each.members)) for each in frozen.suppliers or ()]
    assert named == [("hoshino", 0), ("minami", 0), ("kaze-committee", 2)]
    money.receive_all(database, [number])
    money.settle(database)
    assert not any(auditing.audit(database).values())


def test_an_agent_needs_no_registration_of_its_own(database: Database) -> None:
    operator(database, registrations=())
    holders(database, novel="agent")
    used(database, "novel")
    assert taxes(invoice(database, bill(database)[0])) == [("hoshino", True, 105, 10)]


def test_a_firm_has_an_invoice_for_each_capacity_and_pays_the_same_in_all(
    database: Database,
) -> None:
    operator(database)
    holders(database, novel="agent")
    used(database, *WORKS)
    numbers = bill(database)
    frozen = [invoice(database, number) for number in numbers]
    assert numbers == ["INV-2026-000001", "INV-2026-000002"]  # Without a gap.
    assert [each.capacity for each in frozen] == [None, Capacity.AGENT]
    assert sum(each.subtotal_minor for each in frozen) == 105 + 210 + 315
    assert bill(database) == []  # Billed once, in each.
    money.receive_all(database, numbers)
    money.settle(database)
    assert not any(auditing.audit(database).values())


@pytest.mark.parametrize(
    ("since", "capacity"),
    [
        (date(2026, 10, 31), Capacity.AGENT),  # The month's last day decides.
        (date(2026, 11, 1), None),
    ],
)
def test_another_capacity_begins_with_the_month_on_whose_last_day_it_holds(
    database: Database, since: date, capacity: Capacity | None
) -> None:
    operator(database)
    holders(database)
    change = LaterEntrustment(party="hoshino", terms=entrusted("agent", effective_from=since))
    entrusting.change_entrustments(database, changes=[change])
    used(database, "novel")
    assert invoice(database, bill(database)[0]).capacity is capacity


def test_a_capacity_that_there_is_none_of_is_refused_by_name(database: Database) -> None:
    holders(database)
    terms = entrusted("broker", effective_from=date(2026, 11, 1))
    with pytest.raises(WordNotKnown) as refused:
        entrusting.change_entrustments(
            database, changes=[LaterEntrustment(party="hoshino", terms=terms)]
        )
    assert refused.value.field == "terms.capacity"


def test_a_suppliers_name_is_corrected_on_an_agents_invoice(database: Database) -> None:
    operator(database)
    holders(database, novel="agent")
    used(database, "novel")
    (number,) = bill(database)
    mending.correct_party(
        database,
        party="hoshino",
        change=PartyChange(name_ja="株式会社星野書房"),
        reason="誤記",
        recorded_by="keiri",
        recorded_at=NOVEMBER.starts_at,
    )
    corrected = reissuing.reissue_invoice(
        database,
        invoice=number,
        reason="供給者名の誤記のため",
        corrected_by="keiri",
        corrected_at=NOVEMBER.ends_at,
        issued_on=date(2026, 11, 20),
    )
    assert corrected.suppliers is not None
    assert corrected.suppliers[0].party.name_ja == "株式会社星野書房"
    assert corrected.corrects is not None
    assert [each.part for each in corrected.corrects.texts] == ["supplier"]


def test_an_explanation_says_in_which_capacity_it_was_billed(database: Database) -> None:
    operator(database)
    holders(database, novel="agent")
    used(database, "novel")
    (number,) = bill(database)
    step = explained(database, number)
    said = [each.text for each in values(step) if each.code == "capacity"]
    assert said == ["agent", "agent"]  # Of the invoice, and of its line's place on it.


def values(step: Step) -> list[Value]:
    return [*step.values, *(value for each in step.steps for value in values(each))]
