"""
Three months on both bases, by the calendar: the firm pays late, in parts, and at last too much.

Studio A licenses three works by the image. Of October, the drama of a committee is under accrual
terms, the novel and the comic are not; from November on the novel is, too. What is told late of
October keeps the terms of October. In December the comic's price is agreed anew from October on,
under accrual terms.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.explanation_tree import Step
from ledger.core.invariants import INVARIANTS
from ledger.core.invoice import Invoice
from ledger.core.snapshot import from_json
from ledger.services import auditing, granting
from ledger.store.database import Database
from tests import builders
from tests.services import money
from tests.services.accruals import put, take, used
from tests.services.billed import issued
from tests.services.explained import explained
from tests.services.money import DECEMBER, NOVEMBER, OCTOBER
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

WORKS = {"drama": "kaze-committee", "novel": "hoshino", "comic": "minami"}


def terms(rate: int, recognition: str, **changes: Any) -> Any:
    """Agree on a price for an image, and on what it is divided by."""
    line = builders.new_rate_line(rate=Decimal(rate))
    return builders.new_terms(rate_lines=(line,), recognition=recognition, **changes)


def amend(database: Database, place: int, agreed: Any) -> None:
    """Agree on other terms of a grant."""
    granting.add_terms_version(
        database,
        license_reference="LIC-2026-001",
        grant=place,
        terms=agreed,
        recorded_at=builders.RECORDED_AT,
    )


def sign(database: Database) -> None:
    """Write the house with its own money, the owners and the license."""
    money.house(database)
    put(database, 200_000)
    builders.parties(
        database,
        builders.new_company("hoshino", minimum_payment_minor=0),
        builders.new_person("minami", minimum_payment_minor=0),
    )
    builders.committee(database, "kaze-committee")
    for work, owner in WORKS.items():
        builders.work(database, work, owner=owner)
    builders.license(
        database,
        starts_at=OCTOBER.starts_at,
        grants=(
            builders.new_grant(subjects=("drama",), terms=terms(10, "accrual")),
            builders.new_grant(subjects=("novel",), terms=terms(10, "cash")),
            builders.new_grant(subjects=("comic",), terms=terms(10, "cash")),
        ),
    )
    amend(database, 1, terms(10, "accrual", effective_from=NOVEMBER.starts_at))


def tell(database: Database, work: str, count: int, on: date, name: str) -> None:
    """Report images of a work on a day."""
    report(database, generation(count, on=on, subjects=(work,), event_id=name))


def received(database: Database) -> dict[str, list[tuple[str, int]]]:
    """Return what the newest statement of every payee lists."""
    return {payee: used(each) for payee, each in money.statements(database).items()}


def test_three_months_on_both_bases(database: Database) -> None:
    sign(database)
    tell(database, "drama", 5_000, date(2026, 10, 9), "drama 1")
    tell(database, "novel", 3_000, date(2026, 10, 9), "novel 1")
    tell(database, "comic", 2_000, date(2026, 10, 9), "comic 1")
    (of_october,) = money.bill(database, OCTOBER)
    first = money.settle(database, OCTOBER)
    assert first.received_minor == 55_000  # The drama alone, with its tax.
    assert received(database)["lead"] == [("accrued", 50_000)]

    tell(database, "novel", 400, date(2026, 10, 20), "told late")
    tell(database, "novel", 1_000, date(2026, 11, 3), "novel 2")
    money.receive(
        database,
        of_october,
        amount_minor=55_000,
        on=date(2026, 11, 20),
        external_reference="a half",
    )
    (of_november,) = money.bill(database, NOVEMBER)
    second = money.settle(database, NOVEMBER)
    # The half of October's cash lines, and November's accrued one; what was told late waits.
    assert second.received_minor == (15_000 + 10_000 + 10_000) * 11 // 10
    assert received(database)["hoshino"] == [("invoice", 15_000), ("accrued", 10_000)]
    assert received(database)["minami"] == [("invoice", 10_000)]

    amend(
        database,
        2,
        terms(11, "accrual", effective_from=OCTOBER.starts_at, clause_reference="Memo 2"),
    )
    money.receive(
        database,
        of_october,
        amount_minor=60_000,
        on=date(2026, 12, 18),
        external_reference="5,000 too much",
        overpaid=True,
    )
    money.receive(database, of_november, on=date(2026, 12, 18))
    (of_december,) = money.bill(database, DECEMBER)
    lines = from_json(Invoice, issued(database, of_december).snapshot).lines
    assert [(line.amount_minor, line.adjusts is not None) for line in lines] == [(2_000, True)]
    third = money.settle(database, DECEMBER)
    assert third.received_minor == (15_000 + 10_000 + 4_000 + 2_000) * 11 // 10
    assert received(database)["hoshino"] == [("invoice", 15_000), ("invoice", 4_000)]
    assert received(database)["minami"] == [("invoice", 10_000), ("accrued", 2_000)]

    # What firms still owe is the last invoice; the house has its money back but for that.
    left = money.balances(database)
    assert left["receivable:studio-a"] == 2_200
    assert left["credits:studio-a"] == -5_000
    assert not any(account.startswith("holders") for account in left)
    funds = take(database, 1)
    assert funds.advanced_minor == 2_200
    assert auditing.audit(database) == {invariant.name: [] for invariant in INVARIANTS}


def test_an_explanation_leads_from_an_accrued_line_to_its_settlement(database: Database) -> None:
    sign(database)
    tell(database, "drama", 5_000, date(2026, 10, 9), "drama 1")
    tell(database, "novel", 3_000, date(2026, 10, 9), "novel 1")
    money.bill(database, OCTOBER)
    money.settle(database, OCTOBER)

    def line(reference: str) -> Step:
        return explained(database, reference)

    found = {}
    for reference in ("LINE-2026-10-1", "LINE-2026-10-2"):
        step = line(reference)
        (agreed,) = step.all("terms")
        settled = [each.text("closing_month") for each in step.all("settlement")]
        found[step.text("subject")] = (agreed.text("recognition"), settled)
    assert found == {"drama": ("accrual", ["2026-10"]), "novel": ("cash", [])}
