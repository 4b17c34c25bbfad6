"""What is printed of a party is put right on a real database, and on what is issued from then."""

from datetime import date
from typing import Any

import pytest

from ledger.core.party import NewEntrustment
from ledger.core.period import Month
from ledger.core.registration import RegistrationPeriod
from ledger.core.snapshot import from_json
from ledger.core.statement import Statement
from ledger.store.database import Database
from tests import builders
from tests.refusals import refusal
from tests.rows import row_counts, rows
from tests.services import money
from tests.services.revised import REVISED_ON, correct, is_sound, pay_a_committee, revise, said


def test_a_wrong_name_and_number_are_right_on_the_revision_and_the_first_is_kept(
    database: Database,
) -> None:
    money.house(database)
    builders.party(database, "mikan", name_ja="株式会社みかん書店", registrations=())
    builders.work(database, "mikan-no-ki", owner="mikan")
    money.sell(database, 100_000, work="mikan-no-ki")
    money.receive_all(database, money.bill(database))
    money.settle(database)
    first = money.statements(database)["mikan"]
    number = f"T{builders.corporate_number('mikan')}"
    correct(
        database,
        "mikan",
        name_ja="株式会社蜜柑書店",
        registration_number=number,
        registered_from=date(2024, 1, 1),
    )
    assert money.statements(database)["mikan"] == first  # Nothing that was issued is edited.
    (second,) = revise(database, first.number)
    assert second.number == f"{first.number}-r2"
    assert (second.revision, second.issued_on) == (2, REVISED_ON)
    assert said(second) == [
        ("payee", "name_ja", "changed", "株式会社みかん書店", "株式会社蜜柑書店"),
        ("payee", "registration_number", "added", "", number),
    ]
    assert second.sections[0].source_ja == "株式会社蜜柑書店"
    assert second.settlement == first.settlement
    assert second.revises is not None
    assert (second.revises.number, second.revises.revised_by) == (first.number, "keiri")
    kept = rows(database, "SELECT snapshot FROM document WHERE kind = 'statement' ORDER BY 1")
    assert {from_json(Statement, text).number for (text,) in kept} == {first.number, second.number}
    assert is_sound(database)


def test_a_wrong_number_is_replaced_where_it_was_in_force(database: Database) -> None:
    money.house(database)
    wrong = RegistrationPeriod(
        number=f"T{builders.corporate_number('somebody-else')}", valid_from=date(2023, 10, 1)
    )
    builders.party(database, "mikan", corporate_number=None, registrations=(wrong,))
    builders.work(database, "mikan-no-ki", owner="mikan")
    money.sell(database, 100_000, work="mikan-no-ki")
    money.receive_all(database, money.bill(database))
    money.settle(database)
    right = f"T{builders.corporate_number('mikan')}"
    correct(database, "mikan", registration_number=right)
    (second,) = revise(database, money.statements(database)["mikan"].number)
    assert said(second) == [("payee", "registration_number", "changed", wrong.number, right)]


@pytest.mark.parametrize(
    ("party", "change", "code"),
    [
        ("nobody", {"name_ja": "無名"}, "party_unknown"),
        ("studio", {}, "nothing_to_correct_party"),
        ("studio", {"name_ja": " "}, "text_missing"),
        ("studio", {"registration_number": "T123"}, "not_a_registration_number"),
        ("author", {"registration_number": "T1234567890128"}, "registration_unclear"),
    ],
)
def test_a_party_that_cannot_be_corrected_so_is_left_as_it_is(
    database: Database,
    party: str,
    change: dict[str, Any],
    code: str,
) -> None:
    pay_a_committee(database)
    before = row_counts(database)
    with pytest.raises(Exception, match=code):
        correct(database, party, **change)
    assert row_counts(database) == before


def _paid_author(database: Database) -> Statement:
    """Pay a registered person 250,852 on 25 December 2026 (DOMAIN E4), and return the statement."""
    money.house(database)
    registered = RegistrationPeriod(number="T1234567890128", valid_from=date(2023, 10, 1))
    builders.parties(
        database,
        builders.new_person(
            "author",
            registrations=(registered,),
            entrustment=NewEntrustment(admin_fee_bp=0, effective_from=date(2026, 4, 1)),
        ),
    )
    builders.work(database, "essay", owner="author")
    return _pay(database, money.OCTOBER)


def _pay(database: Database, month: Month) -> Statement:
    money.sell(database, 250_852, work="essay", month=month)
    money.receive_all(database, money.bill(database, month), on=month.next().last_day)
    settled = money.settle(database, month.next())
    assert settled.run_reference is not None
    money.release(database, settled.run_reference)
    return money.statements(database)["author"]


def test_e4_tax_that_is_not_shown_separately_is_withheld_from_too(database: Database) -> None:
    """The same 250,852 and 25,085 of tax, before and after the author's terms change."""
    before = _paid_author(database).settlement
    assert (before.withholding_base_minor, before.withholding_minor) == (250_852, 25_611)
    correct(
        database, "author", withholding_base="including_tax", withholding_from=date(2026, 12, 26)
    )
    after = _pay(database, money.NOVEMBER).settlement
    assert (after.payable_minor, after.consumption_tax_minor) == (250_852, 25_085)
    assert (after.withholding_base_minor, after.withholding_minor) == (275_937, 28_173)
    assert after.payout_minor == 247_764
    assert is_sound(database)


@pytest.mark.parametrize(
    ("party", "change", "code", "field"),
    [
        (
            "author",
            {"withholding_base": "including_tax"},
            "withholding_terms_incomplete",
            "withholding_from",
        ),
        (
            "author",
            {"withholding_from": date(2027, 1, 1)},
            "withholding_terms_incomplete",
            "withholding_base",
        ),
        (
            "author",
            {"withholding_base": "gross", "withholding_from": date(2027, 1, 1)},
            "word_not_known",
            "withholding_base",
        ),
        (
            "genbo",  # A company: nothing is withheld from it.
            {"withholding_base": "including_tax", "withholding_from": date(2027, 1, 1)},
            "withholding_terms_not_for_party",
            "withholding_base",
        ),
        (
            "author",
            {"withholding_base": "including_tax", "withholding_from": date(2026, 12, 25)},
            "withholding_terms_in_the_past",
            "withholding_from",
        ),
        (
            "author",
            {"withholding_base": "excluding_tax", "withholding_from": date(2027, 1, 1)},
            "nothing_to_correct_party",
            "party",
        ),
    ],
)
def test_terms_of_withholding_that_cannot_be_change_nothing(
    database: Database, party: str, change: dict[str, Any], code: str, field: str
) -> None:
    _paid_author(database)
    with refusal(code, field):
        correct(database, party, **change)
    assert row_counts(database)["withholding_terms"] == 0


def test_terms_of_withholding_follow_each_other(database: Database) -> None:
    _paid_author(database)
    correct(database, "author", withholding_base="including_tax", withholding_from=date(2027, 1, 1))
    with refusal("withholding_terms_taken", "withholding_from"):
        correct(
            database, "author", withholding_base="excluding_tax", withholding_from=date(2027, 1, 1)
        )
    correct(database, "author", withholding_base="excluding_tax", withholding_from=date(2027, 2, 1))
    asked = "SELECT base, recorded_by, reason FROM withholding_terms ORDER BY effective_from"
    told = ("keiri", "As it is in the register")
    assert rows(database, asked) == [("including_tax", *told), ("excluding_tax", *told)]
