"""
A year with an advance and a minimum guarantee (DOMAIN E2), crossed and not crossed.

Two grants of one license, April 2026 to March 2027: A is Hoshino's novel, B is Minami's comic.
Each is sold by the image at ¥1, and used in the last month of each quarter, so that a month's
royalty is the quarter's. Advances are paid in April, and a month is settled as soon as it is
closed: what an advance pays for is settled with the month, what is invoiced when it is received.
"""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from ledger.core.explanation_facts import Reader
from ledger.core.explanation_tree import Step
from ledger.core.facts import Violation
from ledger.core.invariants import INVARIANTS
from ledger.core.invoice import Invoice
from ledger.core.period import Month
from ledger.core.recoup_agreement import (
    NewAdvance,
    NewCheckpoint,
    NewGuarantee,
    NewRecoupGroup,
)
from ledger.core.snapshot import from_json
from ledger.core.statement import Statement
from ledger.services import BOOK_ID, auditing, billing, closing, explaining
from ledger.store import documents
from ledger.store.database import Database
from tests import builders
from tests.services import money
from tests.services.billed import issued
from tests.services.usage import generation, report

pytestmark = pytest.mark.usefixtures("worked_out_again")

QUARTERS = (Month(2026, 6), Month(2026, 9), Month(2026, 12), Month(2027, 3))
EARNED = {
    "novel": (1_200_000, 1_900_500, 3_305_250, 2_020_125),
    "comic": (450_000, 330_000, 300_000, 100_000),
}
SIGNED, LAST_DAY = date(2026, 4, 1), date(2027, 3, 31)

SOUND: dict[str, list[Violation]] = {invariant.name: [] for invariant in INVARIANTS}


def advance(reference: str, amount_minor: int, *, toward: str = "mg") -> NewAdvance:
    return NewAdvance(
        reference=reference,
        kind="guaranteed",
        amount_minor=amount_minor,
        due_on=SIGNED,
        counts_toward=toward,
    )


def guarantee(reference: str, target_minor: int) -> NewGuarantee:
    return NewGuarantee(
        reference=reference,
        starts_on=SIGNED,
        checkpoints=(NewCheckpoint(due_on=LAST_DAY, target_minor=target_minor),),
    )


CROSSED = (
    NewRecoupGroup(
        reference="both",
        crossing="cross",
        grants=(0, 1),
        advances=(advance("advance", 4_000_000),),
        guarantees=(guarantee("mg", 12_000_000),),
    ),
)
NOT_CROSSED = (
    NewRecoupGroup(
        reference="a",
        crossing="single",
        grants=(0,),
        advances=(advance("advance-a", 2_500_000, toward="mg-a"),),
        guarantees=(guarantee("mg-a", 8_000_000),),
    ),
    NewRecoupGroup(
        reference="b",
        crossing="single",
        grants=(1,),
        advances=(advance("advance-b", 1_500_000, toward="mg-b"),),
        guarantees=(guarantee("mg-b", 4_000_000),),
    ),
)


def sign(database: Database, groups: tuple[NewRecoupGroup, ...]) -> None:
    """Write the house, both rights holders and the license."""
    money.house(database)
    builders.parties(
        database,
        builders.new_company("hoshino", minimum_payment_minor=0),
        builders.new_company("minami", minimum_payment_minor=0),
    )
    builders.work(database, "novel", owner="hoshino")
    builders.work(database, "comic", owner="minami")
    terms = builders.new_terms(rate_lines=(builders.new_rate_line(rate=Decimal(1)),))
    builders.license(
        database,
        starts_at=Month.of_day(SIGNED).starts_at,
        ends_at=Month.of_day(LAST_DAY).ends_at,
        grants=tuple(builders.new_grant(subjects=(work,), terms=terms) for work in EARNED),
        recoup_groups=groups,
    )


def pay_advances(database: Database) -> list[Invoice]:
    """Invoice the advances on the day of signature, and receive them by the end of the month."""
    numbers = billing.issue_advances(
        database,
        due_through=SIGNED,
        issued_on=SIGNED,
        due_on=date(2026, 4, 30),
        recorded_at=money.noon(SIGNED),
        bank_names=money.BANK_NAMES,
    )
    money.receive_all(database, numbers, on=date(2026, 4, 30))
    return [invoice(database, number) for number in numbers]


def run_year(database: Database) -> list[Invoice]:
    """Use, close, bill, receive and settle every month of the year; return its invoices."""
    found = []
    month = Month.of_day(SIGNED)
    while month <= QUARTERS[-1]:
        if month in QUARTERS:
            quarter = QUARTERS.index(month)
            report(
                database,
                *(
                    generation(each[quarter], on=month.last_day, subjects=(work,))
                    for work, each in EARNED.items()
                ),
            )
        for number in money.bill(database, month):
            found.append(invoice(database, number))
            if found[-1].total_minor:
                money.receive(database, number, on=found[-1].due_on)
        money.settle(database, month)
        month = month.next()
    money.settle(database, month)  # What March is invoiced for is received in April.
    return found


def invoice(database: Database, number: str) -> Invoice:
    return from_json(Invoice, issued(database, number).snapshot)


def received_by(database: Database, holder: str) -> dict[str, int]:
    """Return the royalty a rights holder was stated to have received, by what paid it."""
    with database.transaction() as session:
        found = documents.list_documents(
            session, book_id=BOOK_ID, owner_id=None, kind="statement", limit=1000
        )
    received: Counter[str] = Counter()
    for document in found:
        if document.owner_reference == holder:
            for section in from_json(Statement, document.snapshot).sections:
                assert section.receipts_minor == sum(row.royalty_minor for row in section.usage)
                for row in section.usage:
                    received[row.paid_from] += row.royalty_minor
    return dict(received)


def is_sound(database: Database) -> bool:
    return auditing.audit(database) == SOUND


@pytest.fixture
def crossed(database: Database) -> Database:
    sign(database, CROSSED)
    return database


@pytest.fixture
def apart(database: Database) -> Database:
    sign(database, NOT_CROSSED)
    return database


def test_a_crossed_advance_is_recouped_by_both_grants(crossed: Database) -> None:
    (signature,) = pay_advances(crossed)
    assert (signature.subtotal_minor, signature.tax_minor) == (4_000_000, 400_000)
    assert money.balances(crossed)["advances:studio-a"] == -4_400_000

    invoices = run_year(crossed)
    assert [
        (
            each.royalty_minor,
            each.recouped_minor,
            each.royalty_minor - each.recouped_minor,
        )
        for each in invoices
    ] == [
        (1_650_000, 1_650_000, 0),
        (2_230_500, 2_230_500, 0),
        (3_605_250, 119_500, 3_485_750),
        (2_120_125, 0, 2_120_125),
    ]
    assert [[left.left_minor for left in each.set_offs] for each in invoices] == [
        [2_350_000],
        [119_500],
        [0],
        [],
    ]
    # Paid 4,000,000 in advance and 5,605,875 after: 2,394,125 are missing from the guarantee.
    assert [each.amount_minor for each in invoices[-1].prepayments] == [2_394_125]
    assert signature.subtotal_minor + sum(each.subtotal_minor for each in invoices) == 12_000_000
    assert sum(each.total_minor for each in (signature, *invoices)) == 13_200_000

    # All of it is the rights holders', the shortfall by what they earned: 8,425,875 to 1,180,000.
    hoshino, minami = (received_by(crossed, holder) for holder in ("hoshino", "minami"))
    assert hoshino["shortfall"] + minami["shortfall"] == 2_394_125
    assert hoshino["shortfall"] == 2_394_125 * 8_425_875 // 9_605_875
    assert hoshino["recouped"] + minami["recouped"] == 4_000_000
    assert hoshino["recouped"] + hoshino["invoice"] == 8_425_875
    assert minami["recouped"] + minami["invoice"] == 1_180_000
    left = {account: each for account, each in money.balances(crossed).items() if each}
    assert not {account for account in left if account.startswith(("advances", "holders"))}
    assert is_sound(crossed)


def test_advances_that_are_not_crossed_are_recouped_by_one_grant_each(apart: Database) -> None:
    advances = pay_advances(apart)
    assert [each.subtotal_minor for each in advances] == [2_500_000, 1_500_000]

    invoices = run_year(apart)
    assert [[line.payable_minor for line in each.lines] for each in invoices] == [
        [0, 0],
        [600_500, 0],
        [3_305_250, 0],
        [2_020_125, 0],
    ]
    unrecouped = {each.reference: each.left_minor for each in invoices[-1].set_offs}
    assert unrecouped == {"advance-b": 320_000}
    assert [(each.reference, each.amount_minor) for each in invoices[-1].prepayments] == [
        ("mg-b/2027-03-31", 2_500_000)
    ]
    paid = sum(each.subtotal_minor for each in (*advances, *invoices))
    assert paid == 12_425_875  # 425,875 more than crossed.

    assert received_by(apart, "hoshino") == {"recouped": 2_500_000, "invoice": 5_925_875}
    assert received_by(apart, "minami") == {
        "recouped": 1_180_000,
        "unrecouped": 320_000,  # It was not to be given back.
        "shortfall": 2_500_000,
    }
    assert is_sound(apart)


def test_a_line_leads_to_the_advance_that_pays_it(apart: Database) -> None:
    (signature, _) = pay_advances(apart)
    first, *_, last = run_year(apart)

    def explained(reference: str) -> Step:
        return explaining.explain(apart, reference=reference, reader=Reader())

    (billed,) = explained(signature.number).all("prepayment")
    assert (billed.reference, billed.text("amount")) == ("advance-a", "2500000")
    novel = explained(f"{first.number}:1")
    (paid,) = novel.all("set_off")
    assert paid.reference == "advance-a"
    assert [paid.text(code) for code in ("prepaid", "recouped", "left")] == [
        "2500000",
        "1200000",
        "1300000",
    ]
    (division,) = novel.all("settlement")
    assert division.text("received") == "1200000"  # From the advance, in the month itself.
    (missing,) = explained(last.number).all("prepayment")
    assert [missing.text(code) for code in ("target", "credited", "amount")] == [
        "4000000",
        "1500000",
        "2500000",
    ]


def test_a_line_says_what_it_is_set_off_against_before_it_is_invoiced(apart: Database) -> None:
    pay_advances(apart)
    report(apart, generation(1_200, on=date(2026, 4, 30), subjects=("novel",)))
    april = Month.of_day(SIGNED)
    closing.close_month(apart, month=april, closed_by="keiri", closed_at=april.ends_at)
    novel = explaining.explain(apart, reference="LINE-2026-04-1", reader=Reader())
    (paid,) = novel.all("set_off")
    assert (paid.reference, paid.text("recouped")) == ("advance-a", "1200")
    assert novel.all("invoiced") == []
