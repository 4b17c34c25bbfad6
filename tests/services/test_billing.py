"""Royalty lines become invoices: frozen, taxed once, numbered without a gap, posted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledger.core.agreement import NewRateLine, NewTier
from ledger.core.invoicing import (
    BankNotNamed,
    OperatorAccountMissing,
    OperatorMissing,
    RegistrationLapsed,
)
from ledger.core.journal import AccountCode
from ledger.core.period import Month
from ledger.core.registration import RegistrationPeriod
from ledger.core.usage import Modality
from ledger.services import billing
from ledger.services.billing import DueBeforeIssue, InvoiceTooEarly, MonthNotClosed
from ledger.store.database import Database
from tests import builders
from tests.services.billed import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    balances,
    bill,
    close,
    invoice,
    issued,
    license_of,
    operator,
)
from tests.services.usage import generation, report

E1_TIERS = (
    NewTier(up_to=100_000, rate=12),
    NewTier(up_to=500_000, rate=10),
    NewTier(up_to=None, rate=8),
)
E1_LINES = (
    NewRateLine(
        basis="per_image",
        rate=12,
        tier_mode="marginal",
        tiers=E1_TIERS,
        counter_scope="contract_year",
    ),
    NewRateLine(basis="per_second", rate=90),
    NewRateLine(basis="per_1k_chars", rate=35),
)


def test_e1_is_invoiced_to_the_yen(database: Database) -> None:
    operator(database)
    license_of(database, *E1_LINES)
    report(database, generation(92_340, on=date(2026, 9, 30)))
    close(database, SEPTEMBER)
    report(
        database,
        *(generation(images) for images in (37_000, 400, 15)),
        generation(26_997, modality=Modality.VIDEO),
        generation(1_284_560, modality=Modality.AUDIO),
    )
    close(database, OCTOBER)
    (reference,) = bill(database)
    frozen = invoice(database, reference)
    assert [line.amount_minor for line in frozen.lines] == [389_470, 2_429_730, 44_959]
    assert [line.generation_count for line in frozen.lines] == [3, 1, 1]
    assert [line.is_tiered for line in frozen.lines] == [True, False, False]
    assert frozen.lines[2].exact == "224798/5"  # 44,959.6
    assert frozen.subtotal_minor == 2_864_159
    assert frozen.tax_minor == 286_415
    assert frozen.total_minor == 3_150_574
    assert balances(database) == {  # DOMAIN E8, the invoice's entry.
        (AccountCode.RECEIVABLE, "studio-a"): 3_150_574,
        (AccountCode.HOLDERS, "hoshino"): -2_864_159,
        (AccountCode.HOLDERS_TAX, "hoshino"): -286_415,
    }


def test_an_invoice_freezes_what_the_law_asks_for(database: Database) -> None:
    operator(database)
    license_of(database)
    report(database, generation(10))
    close(database, OCTOBER)
    (reference,) = bill(database)
    frozen = invoice(database, reference)
    assert reference == frozen.number == "INV-2026-000001"
    assert frozen.issuer.registration_number == f"T{builders.corporate_number('genbo')}"
    assert frozen.recipient.reference == "studio-a"
    assert (frozen.period_start, frozen.period_end) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (frozen.issued_on, frozen.due_on) == (date(2026, 11, 5), date(2026, 11, 30))
    assert frozen.lines[0].clause_reference == "第5条第1項"
    assert frozen.lines[0].title_ja == "風の町"
    assert [(tax.treatment, tax.rate_bp) for tax in frozen.taxes] == [("standard", 1_000)]
    assert frozen.pay_to.bank_name_ja == "架空銀行"
    assert frozen.on_behalf
    kept = issued(database, reference)
    assert kept.owner_reference == "studio-a"


@pytest.mark.parametrize(
    ("registered_until", "number_is_printed"),
    [
        (None, True),
        (date(2026, 11, 1), True),  # It lapsed the day after the supply.
        (date(2026, 10, 31), False),  # Not valid any more on the day of the supply.
    ],
)
def test_the_registration_printed_is_that_of_the_day_of_supply(
    database: Database, registered_until: date | None, number_is_printed: bool
) -> None:
    number = f"T{builders.corporate_number('genbo')}"
    period = RegistrationPeriod(
        number=number, valid_from=date(2023, 10, 1), valid_to=registered_until
    )
    operator(database, registrations=(period,))
    license_of(database)
    report(database, generation(10))
    close(database, OCTOBER)
    if not number_is_printed:
        with pytest.raises(RegistrationLapsed) as refused:
            bill(database)
        assert refused.value.values["ended_on"] == str(registered_until)
    (reference,) = bill(database, without_registration=not number_is_printed)
    assert reference == "INV-2026-000001"  # The refusal took none.
    frozen = invoice(database, reference)
    assert frozen.issuer.registration_number == (number if number_is_printed else None)
    assert frozen.on_behalf is number_is_printed


def test_a_licensee_abroad_is_charged_without_tax(database: Database) -> None:
    operator(database)
    builders.licensee(
        database,
        "lumen",
        country="US",
        has_jp_establishment=False,
        corporate_number=None,
        registrations=(),
    )
    license_of(database, licensee="lumen")
    report(database, generation(10), licensee="lumen")
    close(database, OCTOBER)
    (reference,) = bill(database)
    frozen = invoice(database, reference)
    assert [(tax.treatment, tax.tax_minor) for tax in frozen.taxes] == [("export_exempt", 0)]
    assert frozen.total_minor == 120
    assert balances(database)[AccountCode.RECEIVABLE, "lumen"] == 120


@pytest.mark.parametrize(
    ("member_is_registered", "on_behalf"),
    [
        (True, True),
        (False, False),  # One partner that is not registered is enough: JAPAN 1.5.
    ],
)
def test_a_committee_is_registered_when_every_member_is(
    database: Database, member_is_registered: bool, on_behalf: bool
) -> None:
    operator(database)
    registrations = {} if member_is_registered else {"registrations": ()}
    builders.party(database, "publisher", **registrations)
    builders.committee(database)
    builders.work(database, owner="kaze-committee")
    license_of(database)
    report(database, generation(10))
    close(database, OCTOBER)
    (reference,) = bill(database)
    assert invoice(database, reference).on_behalf is on_behalf


def test_tax_is_rounded_once_and_shared_among_holders(database: Database) -> None:
    operator(database)
    for name in ("asahi", "hinode", "mikazuki"):
        builders.party(database, name)
        builders.work(database, f"work-of-{name}", owner=name)
    subjects = ("work-of-asahi", "work-of-hinode", "work-of-mikazuki")
    license_of(database, builders.new_rate_line(rate=105), subjects=subjects)
    report(database, *(generation(1, subjects=(subject,)) for subject in subjects))
    close(database, OCTOBER)
    (reference,) = bill(database)
    assert invoice(database, reference).tax_minor == 31  # JAPAN 1.3: by line it would be 30.
    taxes = [
        -amount
        for (code, _), amount in balances(database).items()
        if code is AccountCode.HOLDERS_TAX
    ]
    assert taxes == [11, 10, 10]


def test_each_licensee_has_its_own_invoice_and_the_next_number(database: Database) -> None:
    operator(database)
    license_of(database)
    for name in ("lumen", "atelier"):
        builders.licensee(database, name)
        license_of(database, reference=f"LIC-{name}", licensee=name)
    report(database, generation(1))
    for name in ("lumen", "atelier"):
        report(database, generation(2, license_reference=f"LIC-{name}"), licensee=name)
    close(database, OCTOBER)
    references = bill(database)
    assert references == ["INV-2026-000001", "INV-2026-000002", "INV-2026-000003"]
    recipients = [invoice(database, each).recipient.reference for each in references]
    assert recipients == ["atelier", "lumen", "studio-a"]


def test_a_second_call_issues_nothing(database: Database) -> None:
    operator(database)
    license_of(database)
    report(database, generation(1))
    close(database, OCTOBER)
    assert len(bill(database)) == 1
    before = balances(database)
    assert bill(database) == []
    assert balances(database) == before


def test_two_calls_at_once_issue_one_invoice(database: Database) -> None:
    operator(database)
    license_of(database)
    report(database, generation(1))
    close(database, OCTOBER)
    with ThreadPoolExecutor(max_workers=2) as pool:
        both = [pool.submit(bill, database) for _ in range(2)]
    assert sorted(each.result() for each in both) == [[], ["INV-2026-000001"]]


def test_a_month_without_usage_has_no_invoice(database: Database) -> None:
    operator(database)
    license_of(database)
    close(database, OCTOBER)
    assert bill(database) == []
    assert billing.carried(database, month=OCTOBER) == ()


def test_usage_that_costs_nothing_is_not_invoiced(database: Database) -> None:
    operator(database)
    license_of(database, builders.new_rate_line(rate=0))
    report(database, generation(5))
    close(database, OCTOBER)
    assert bill(database) == []
    assert billing.carried(database, month=OCTOBER) == ()


def test_what_is_given_back_is_carried_and_reduces_the_next_invoice(database: Database) -> None:
    operator(database)
    grades = (NewTier(up_to=100, rate=12), NewTier(up_to=None, rate=10))
    whole = NewRateLine(
        basis="per_image",
        rate=12,
        tier_mode="whole_volume",
        tiers=grades,
        counter_scope="life",
    )
    license_of(database, whole)
    report(database, generation(99, on=date(2026, 9, 1)))
    close(database, SEPTEMBER)
    bill(database, SEPTEMBER)
    report(database, generation(2))
    close(database, OCTOBER)
    assert bill(database) == []  # 101 x 10 - 99 x 12
    (carried,) = billing.carried(database, month=OCTOBER)
    assert (carried.licensee, carried.amount_minor) == ("studio-a", -178)
    report(database, generation(50, on=date(2026, 11, 1)))
    close(database, NOVEMBER)
    (reference,) = bill(database, NOVEMBER)
    frozen = invoice(database, reference)
    assert [line.amount_minor for line in frozen.lines] == [-178, 500]
    assert (frozen.subtotal_minor, frozen.tax_minor) == (322, 32)
    assert frozen.period_start == date(2026, 10, 1)
    assert billing.carried(database, month=NOVEMBER) == ()
    assert bill(database, OCTOBER) == []


def test_an_open_month_is_not_invoiced(database: Database) -> None:
    operator(database)
    with pytest.raises(MonthNotClosed):
        bill(database)


@pytest.mark.parametrize(
    ("refusal", "changes"),
    [
        (DueBeforeIssue, {"due_on": date(2026, 11, 4)}),
        (InvoiceTooEarly, {"issued_on": date(2026, 10, 31)}),  # October is closed.
        (BankNotNamed, {"bank_names": {}}),
    ],
)
def test_an_invoice_that_cannot_be_issued_is_refused_and_takes_no_number(
    database: Database, refusal: type[Exception], changes: dict[str, Any]
) -> None:
    operator(database)
    license_of(database)
    report(database, generation(1))
    close(database, OCTOBER)
    with pytest.raises(refusal):
        bill(database, **changes)
    assert bill(database) == ["INV-2026-000001"]


def test_nobody_can_be_invoiced_by_nobody(database: Database) -> None:
    license_of(database)
    report(database, generation(1))
    close(database, OCTOBER)
    with pytest.raises(OperatorMissing):
        bill(database)
    account = replace(builders.new_bank_account(), effective_from=date(2026, 12, 1))
    operator(database, bank_account=account)
    with pytest.raises(OperatorAccountMissing):  # It is open only from December on.
        bill(database)


def test_numbers_begin_again_with_the_year_of_issue(database: Database) -> None:
    operator(database)
    license_of(database)
    december = Month(2026, 12)
    report(database, generation(1, on=date(2026, 12, 31)))
    close(database, december)
    assert bill(database, december) == ["INV-2027-000001"]
