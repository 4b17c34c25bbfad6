"""Invoices for works from Japan and from abroad: what is licensed from abroad bears no tax."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.core.agreement import NewRateLine, NewTier
from ledger.core.journal import AccountCode
from ledger.services import auditing, billing
from ledger.store.database import Database
from tests import builders
from tests.services import money
from tests.services.billed import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    balances,
    bill,
    close,
    invoice,
    license_of,
    operator,
)
from tests.services.usage import generation, report

WORKS = ("kaze-no-machi", "le-phare")


def holders(database: Database) -> None:
    """Write a work of a company in Japan and one of a company in France."""
    builders.parties(
        database,
        builders.new_company("hoshino", minimum_payment_minor=0),
        builders.new_company(
            "harbor",
            country="FR",
            has_jp_establishment=False,
            corporate_number=None,
            registrations=(),
            minimum_payment_minor=0,
        ),
    )
    builders.work(database, WORKS[0], owner="hoshino")
    builders.work(database, WORKS[1], owner="harbor")


def test_a_firm_in_japan_pays_tax_on_what_is_licensed_in_japan_alone(database: Database) -> None:
    money.house(database)
    holders(database)
    license_of(database, subjects=WORKS)
    report(database, generation(100, subjects=(WORKS[1],)), generation(250, subjects=(WORKS[0],)))
    references = money.bill(database)
    frozen = invoice(database, references[0])
    # Lines of one treatment stand together, whatever was used first.
    treatments = [(line.taxed.treatment, line.amount_minor) for line in frozen.lines if line.taxed]
    assert treatments == [("standard", 3_000), ("outside_scope", 1_200)]
    taxes = [(tax.treatment, tax.rate_bp, tax.taxable_minor, tax.tax_minor) for tax in frozen.taxes]
    assert taxes == [("standard", 1_000, 3_000, 300), ("outside_scope", 0, 1_200, 0)]
    assert (frozen.total_minor, frozen.on_behalf) == (4_500, True)
    assert balances(database)[AccountCode.HOLDERS_TAX, "hoshino"] == -300
    assert (AccountCode.HOLDERS_TAX, "harbor") not in balances(database)
    money.receive_all(database, references)
    money.settle(database)
    stated = money.statements(database)
    assert stated["hoshino"].sections[0].receipts_tax_minor == 300
    assert stated["harbor"].sections[0].receipts_tax_minor == 0
    assert stated["harbor"].settlement.consumption_tax_minor == 0
    assert not any(auditing.audit(database).values())


@pytest.mark.parametrize(
    ("owner", "treatment"),
    [
        ("hoshino", "export_exempt"),  # A license from Japan to abroad is an export.
        ("harbor", "outside_scope"),  # A license from abroad to abroad is none of Japan's.
    ],
)
def test_a_firm_abroad_pays_none_for_one_reason_or_the_other(
    database: Database, owner: str, treatment: str
) -> None:
    operator(database)
    holders(database)
    builders.licensee(
        database,
        "lumen",
        country="US",
        has_jp_establishment=False,
        corporate_number=None,
        registrations=(),
    )
    work = WORKS[0] if owner == "hoshino" else WORKS[1]
    license_of(database, licensee="lumen", subjects=(work,))
    report(database, generation(10, subjects=(work,)), licensee="lumen")
    close(database, OCTOBER)
    frozen = invoice(database, bill(database)[0])
    assert [(tax.treatment, tax.tax_minor) for tax in frozen.taxes] == [(treatment, 0)]
    assert not frozen.on_behalf  # Nothing on it is taxed.


def test_what_one_side_gives_back_reduces_no_tax_of_the_other(database: Database) -> None:
    operator(database)
    holders(database)
    whole = NewRateLine(
        basis="per_image",
        rate=12,
        tier_mode="whole_volume",
        tiers=(NewTier(up_to=100, rate=12), NewTier(up_to=None, rate=10)),
        counter_scope="life",
    )
    license_of(database, whole, subjects=WORKS)
    use = [generation(99, on=date(2026, 9, 1), subjects=(each,)) for each in WORKS]
    report(database, *use)
    close(database, SEPTEMBER)
    bill(database, SEPTEMBER)
    # The work from Japan falls into the next grade and gives back; the one from abroad earns.
    report(database, generation(2, subjects=(WORKS[0],)))
    report(database, generation(500, subjects=(WORKS[1],), event_id="abroad"))
    close(database, OCTOBER)
    frozen = invoice(database, bill(database)[0])
    assert {line.subject_reference for line in frozen.lines} == {WORKS[1]}
    assert frozen.tax_minor == 0
    (carried,) = billing.carried(database, month=OCTOBER)
    assert carried.amount_minor < 0
    report(database, generation(50, on=date(2026, 11, 1), subjects=(WORKS[0],)))
    close(database, NOVEMBER)
    frozen = invoice(database, bill(database, NOVEMBER)[0])
    assert frozen.subtotal_minor == carried.amount_minor + 500
    assert billing.carried(database, month=NOVEMBER) == ()


@pytest.mark.parametrize(
    ("registered_until", "is_qualified"),
    [
        (date(2026, 11, 1), True),  # It lapses the day after the supply.
        (date(2026, 10, 31), False),  # One member's lapse is the committee's: JAPAN 1.5.
    ],
)
def test_a_lapse_takes_the_qualified_status_from_the_lines_of_that_committee_alone(
    database: Database, registered_until: date, is_qualified: bool
) -> None:
    operator(database)
    lapsing = builders.new_company("publisher")
    period = replace(lapsing.registrations[0], valid_to=registered_until)
    builders.parties(database, replace(lapsing, registrations=(period,)))
    builders.committee(database)
    builders.work(database, "drama", owner="kaze-committee")
    builders.party(database, "hoshino")
    builders.work(database, "novel", owner="hoshino")
    license_of(database, builders.new_rate_line(rate=105), subjects=("novel", "drama"))
    report(database, generation(1, subjects=("novel",)), generation(3, subjects=("drama",)))
    close(database, OCTOBER)
    frozen = invoice(database, bill(database)[0])
    taxes = [(tax.is_qualified, tax.taxable_minor, tax.tax_minor) for tax in frozen.taxes]
    apart = [(True, 105, 10), (False, 315, 31)]
    assert taxes == ([(True, 420, 42)] if is_qualified else apart)
    assert frozen.on_behalf
