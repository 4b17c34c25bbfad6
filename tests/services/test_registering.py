"""Parties and committees enter the book whole, or are refused by name and leave nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from threading import Barrier
from typing import Any

import pytest

from ledger.core.fields import ReferenceTaken
from ledger.core.registration import RegistrationPeriod
from ledger.core.waterfall import run
from ledger.services import registering
from ledger.services.registering import NewStep
from ledger.store.committees import find_waterfalls
from ledger.store.database import Database
from tests import builders
from tests.builders import RECORDED_AT, corporate_number, new_company
from tests.refusals import refusal
from tests.rows import counted_statements, row_counts, rows

NUMBER = corporate_number("hoshino")
OTHER_NUMBER = corporate_number("kurokawa")
WRONG_DIGIT = f"{int(NUMBER[0]) % 9 + 1}{NUMBER[1:]}"


def registered(number: str, **changes: Any) -> tuple[RegistrationPeriod, ...]:
    return (RegistrationPeriod(number=number, valid_from=date(2023, 10, 1), **changes),)


def test_a_company_is_written_with_all_that_belongs_to_it(database: Database) -> None:
    reference = registering.register_party(
        database, party=new_company(treaty_rate_bp=0), recorded_at=RECORDED_AT
    )
    assert reference == "hoshino"
    [(name, number, country, minimum, recorded_at)] = rows(
        database,
        "SELECT name_ja, corporate_number, country, minimum_payment_minor, recorded_at FROM party",
    )
    assert (name, number, country, minimum) == ("株式会社星野書店", NUMBER, "JP", 5_000)
    assert recorded_at == RECORDED_AT
    assert rows(database, "SELECT registration_number, valid_to FROM party_registration") == [
        (f"T{NUMBER}", None)
    ]
    assert rows(database, "SELECT bank_code, number FROM bank_account") == [("0001", "1234567")]
    assert rows(database, "SELECT admin_fee_bp FROM entrustment") == [(800,)]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name_ja": ""}, "text_missing", "name_ja"),
        ({"corporate_number": WRONG_DIGIT}, "wrong_check_digit", "corporate_number"),
        ({"kind": "committee"}, "word_not_known", "kind"),  # Needs its contract too.
    ],
)
def test_what_cannot_be_true_leaves_nothing(
    database: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    before = row_counts(database)
    with refusal(code, field):
        builders.party(database, **changes)
    assert row_counts(database) == before


def test_a_registration_may_end_and_begin_again(database: Database) -> None:
    lapsed = date(2026, 7, 1)
    again = RegistrationPeriod(number=f"T{NUMBER}", valid_from=lapsed)
    builders.party(database, registrations=(again, *registered(f"T{NUMBER}", valid_to=lapsed)))
    assert len(rows(database, "SELECT FROM party_registration")) == 2


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (["hoshino"], "It is in the book."),
        (["kurokawa", "hoshino"], "One of a list is in the book: the other is not written either."),
        (["kurokawa", "kurokawa"], "It is twice in the list."),
    ],
)
def test_a_reference_is_taken_once(database: Database, second: list[str], reason: str) -> None:
    builders.party(database)
    before = row_counts(database)
    with refusal("reference_taken", "reference") as refused:
        builders.parties(database, *map(new_company, second))
    assert refused[0].values["value"] == second[-1], reason
    assert row_counts(database) == before


def test_of_two_that_take_one_reference_at_once_one_is_told(database: Database) -> None:
    together = Barrier(2)

    def register(_: int) -> str:
        together.wait(timeout=10)
        try:
            return builders.party(database)
        except ReferenceTaken as taken:
            return taken.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(register, range(2))) == ["hoshino", "reference_taken"]


def test_one_bad_party_of_many_leaves_none(database: Database) -> None:
    before = row_counts(database)
    with refusal("text_missing", "name_ja"):
        builders.parties(database, new_company("kurokawa"), new_company(name_ja=""))
    assert row_counts(database) == before


def test_an_empty_list_is_nothing_to_write(database: Database) -> None:
    before = row_counts(database)
    registering.register_parties(database, parties=[], recorded_at=RECORDED_AT)
    registering.register_committees(database, committees=[], recorded_at=RECORDED_AT)
    assert row_counts(database) == before


def test_many_parties_take_few_statements(database: Database) -> None:
    many = [new_company(f"company-{number}") for number in range(300)]
    with counted_statements(database) as statements:
        builders.parties(database, *many)
    assert len(statements) < 10
    assert len(rows(database, "SELECT FROM bank_account")) == 300


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    with refusal("instant_needs_zone", "recorded_at"):
        registering.register_party(
            database,
            party=new_company(),
            recorded_at=datetime(2026, 4, 1),  # noqa: DTZ001
        )


# Committees.


def test_a_committee_divides_by_the_contract_it_was_written_with(database: Database) -> None:
    # DOMAIN E3, fees first, as far as the author; the publisher keeps 30 % (E4).
    builders.committee(
        database,
        steps=(
            NewStep(
                kind="royalty",
                category="original",
                payee="publisher",
                rate_bp=500,
                passes=(("author", 7_000),),
            ),
            NewStep(kind="expense", category="promotion", payee="lead", amount_minor=120_000),
            NewStep(kind="fee", category="window_fee", payee="publisher", rate_bp=1_500),
            NewStep(kind="fee", category="manager_fee", payee="lead", rate_bp=500),
        ),
    )
    with database.transaction() as session:
        [found] = find_waterfalls(
            session, committee_ids=ids_of(database), closing_month=date(2026, 4, 1)
        ).values()
    result = run(found.waterfall, receipts_minor=8_765_432)
    amounts = {step.step.category: step.amount_minor for step in result.steps}
    assert amounts == {
        "window_fee": 1_314_814,
        "manager_fee": 372_530,
        "original": 353_904,
        "promotion": 120_000,
    }
    [original] = [step for step in result.steps if step.step.category == "original"]
    assert [(part.payee, part.amount_minor) for part in original.parts] == [
        ("publisher", 106_172),
        ("author", 247_732),
    ]
    assert found.waterfall.members == (("lead", 6_000), ("publisher", 4_000))


def test_a_contract_is_not_in_force_before_its_first_month(database: Database) -> None:
    builders.committee(database)
    with database.transaction() as session:
        found = find_waterfalls(
            session, committee_ids=ids_of(database), closing_month=date(2026, 3, 1)
        )
    assert found == {}


RATE_OR_AMOUNT = "waterfall_rate_or_amount_is_needed"
FEE = NewStep(kind="fee", category="window_fee", payee="lead", rate_bp=1_500)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"preset": "royalties_last"}, "word_not_known", "preset"),
        ({"members": ()}, "waterfall_payee_is_missing", "payee"),
        ({"members": (("lead", 0),)}, "number_out_of_range", "members.0.share"),
        ({"members": (("lead", 33.3),)}, "number_not_whole", "members.0.share"),
        ({"members": (("lead", 1), ("lead", 1))}, "waterfall_listed_twice", None),
        ({"members": (("nobody", 1),)}, "party_unknown", "members.0"),
        ({"steps": (replace(FEE, payee="nobody"),)}, "party_unknown", "steps.0.payee"),
        ({"steps": (replace(FEE, kind="tax"),)}, "word_not_known", "steps.0.kind"),
        ({"steps": (replace(FEE, category=""),)}, "text_missing", "steps.0.category"),
        ({"steps": (replace(FEE, rate_bp=None),)}, RATE_OR_AMOUNT, "rate_bp"),
        (
            {"steps": (replace(FEE, amount_minor=1),)},
            RATE_OR_AMOUNT,
            "rate_bp",
        ),
        ({"steps": (replace(FEE, rate_bp=10_001),)}, "waterfall_value_out_of_range", "rate_bp"),
        ({"steps": (replace(FEE, cap_minor=-1),)}, "number_out_of_range", "steps.0.cap_minor"),
        (
            {"steps": (replace(FEE, passes=(("publisher", 6_000), ("lead", 5_000))),)},
            "waterfall_value_out_of_range",  # More than the whole is passed on.
            "passes",
        ),
        (
            {"steps": (replace(FEE, passes=(("nobody", 1),)),)},
            "party_unknown",
            "steps.0.passes",
        ),
    ],
)
def test_a_contract_that_cannot_be_carried_out_is_refused(
    database: Database, changes: dict[str, Any], code: str, field: str | None
) -> None:
    builders.parties(database, new_company("lead"), new_company("publisher"))
    before = row_counts(database)
    usual: dict[str, Any] = {"steps": (FEE,), **changes}
    with refusal(code, field):
        registering.register_committee(
            database, committee=builders.new_committee(**usual), recorded_at=RECORDED_AT
        )
    assert row_counts(database) == before


def test_a_committee_is_not_paid_by_another(database: Database) -> None:
    # It has no tax profile of its own; a settlement would stop at it for ever.
    builders.committee(database)
    with refusal("committee_cannot_be_paid", None):
        builders.committee(database, "second", members=(("kaze-committee", 1),))


def ids_of(database: Database, kind: str = "committee") -> list[int]:
    return [key for (key,) in rows(database, f"SELECT party_id FROM party WHERE kind = '{kind}'")]
