"""A firm declares its month on a real database; both sides see how the book differs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.completeness import MonthReport, NewDeclaration, NewTotal, State
from ledger.core.correction import Correction, CorrectionKind, CorrectionReason
from ledger.core.period import Month
from ledger.services import closing, correcting, declaring
from ledger.services.closing import Closed
from ledger.store.database import Database, RefusedByDatabase
from tests import builders
from tests.refusals import refusal
from tests.rows import counted_statements
from tests.services.firms import firm, select
from tests.services.usage import generation, report

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)
AFTER = OCTOBER.ends_at + timedelta(hours=1)
NIL = NewDeclaration(is_nil=True)


def declare(
    database: Database,
    said: int | NewDeclaration,
    *,
    month: Month = OCTOBER,
    licensee: str = "studio-a",
    **changes: Any,
) -> MonthReport:
    """Declare so many images of one image each, or something else."""
    return declaring.declare(
        database,
        licensee_id=firm(database, licensee).id,
        licensee=licensee,
        month=month,
        new=images(said) if isinstance(said, int) else said,
        declared_at=changes.get("declared_at", AFTER),
    )


def images(count: int) -> NewDeclaration:
    total = NewTotal(modality="image", unit="image", quantity=count)
    return NewDeclaration(generation_count=count, totals=(total,))


def close(database: Database, month: Month = OCTOBER, **changes: Any) -> Closed:
    asked = {"closed_by": "keiri", "closed_at": month.ends_at + timedelta(hours=2), **changes}
    return closing.close_month(database, month=month, **asked)


def stands(database: Database, month: Month = OCTOBER, licensee: str = "studio-a") -> MonthReport:
    return declaring.read_month(database, licensee=licensee, month=month)


def test_a_month_is_agreed_until_one_more_is_reported(database: Database) -> None:
    builders.license(database)
    report(database, generation(1), generation(1))
    assert stands(database).state is State.UNDECLARED
    assert declare(database, 2).state is State.AGREED
    report(database, generation(1))
    after = stands(database)
    assert (after.state, after.count_difference) == (State.DIFFERS, 1)
    assert declare(database, 3).state is State.AGREED


def test_what_became_of_generations_is_shown_apart_and_each_counts_once(
    database: Database,
) -> None:
    builders.work(database, "kaze-no-machi")
    builders.work(database, "umi-no-uta")
    grant = builders.new_grant(subjects=("kaze-no-machi", "umi-no-uta"))
    builders.license(database, grants=(grant,))
    both = generation(5, subjects=("kaze-no-machi", "umi-no-uta"))
    report(database, both, generation(None), generation(2, license_reference="LIC-UNKNOWN"))
    found = stands(database).reported
    assert [f"{each.decision} {each.generation_count} {each.quantity}" for each in found] == [
        "accepted 1 5",
        "held 1 0",
        "refused 1 2",
    ]
    assert declare(database, images(3)).count_difference == 0


def test_a_correction_counts_as_it_was_corrected(database: Database) -> None:
    builders.license(database)
    studio = firm(database)
    kept, void = generation(1), generation(1)
    report(database, kept, void)
    declare(database, 2)
    for correction in (
        Correction(
            source=void.source,
            event_id=void.event_id,
            kind=CorrectionKind.VOID,
            reason=CorrectionReason.NOT_GENERATED,
        ),
        Correction(
            source=kept.source,
            event_id=kept.event_id,
            kind=CorrectionKind.REPLACE,
            reason=CorrectionReason.WRONG_QUANTITY,
            replacement=kept._replace(quantity=Decimal(5)),
        ),
    ):
        correcting.correct(
            database,
            terms=studio.terms,
            licensee_id=studio.id,
            correction=correction,
            recorded_by="studio-a",
            recorded_at=AFTER,
        )
    stood = stands(database)
    assert stood.count_difference == -1
    assert [each.difference for each in stood.comparisons] == [3]  # Five images, and two declared.


def test_saying_the_same_again_is_no_new_version(database: Database) -> None:
    builders.license(database)
    first = declare(database, 3)
    assert declare(database, 3, declared_at=AFTER + timedelta(days=1)) == first
    assert select(database, "SELECT version FROM month_declaration") == [(1,)]


def test_a_declaration_is_replaced_and_the_one_before_it_stays(database: Database) -> None:
    builders.license(database)
    declare(database, 3)
    declare(database, NIL)
    replaced = declare(database, 3)  # Said before, but not last.
    assert [each.version for each in replaced.declarations] == [1, 2, 3]
    assert [each.said.is_nil for each in replaced.declarations] == [False, True, False]
    assert stands(database) == replaced


def test_a_closed_month_keeps_its_declaration(database: Database) -> None:
    builders.license(database)
    report(database, generation(1))
    agreed = declare(database, 1)
    close(database)
    assert stands(database).state is State.CLOSED
    assert declare(database, 1).declarations == agreed.declarations  # The answer got lost.
    with refusal("declaration_too_late", "month"):
        declare(database, 2)
    with refusal("declaration_too_late", "month"):
        declare(database, NIL, month=SEPTEMBER)  # Before the first month that was closed.


def test_a_month_that_has_not_begun_is_not_declared(database: Database) -> None:
    builders.license(database)
    with refusal("month_not_begun", "month"):
        declare(database, NIL, month=NOVEMBER, declared_at=OCTOBER.ends_at - timedelta(seconds=1))
    declare(database, NIL, month=NOVEMBER, declared_at=OCTOBER.ends_at)


def test_declaring_opens_no_month(database: Database) -> None:
    builders.license(database)
    declare(database, NIL)
    assert select(database, "SELECT month FROM accounting_month") == []


def test_two_declarations_at_once_are_two_versions(database: Database) -> None:
    builders.license(database)
    builders_of = [images(count) for count in range(1, 9)]
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda said: declare(database, said), builders_of))
    assert [each.version for each in stands(database).declarations] == list(range(1, 9))


# Closing.


def test_a_month_closes_when_everybody_agrees(database: Database) -> None:
    builders.license(database)
    report(database, generation(1))
    declare(database, 1)
    assert close(database).unsettled == ()


def test_a_month_with_a_nil_report_closes_without_lines(database: Database) -> None:
    builders.license(database)
    declare(database, NIL)
    closed = close(database)
    assert (closed.lines, closed.unsettled) == ((), ())


def test_a_declaration_that_differs_keeps_the_month_open(database: Database) -> None:
    builders.license(database)
    report(database, generation(1))
    declare(database, 2)
    with refusal("declarations_differ", "month") as caught:
        close(database)
    assert caught[0].values["licensees"] == "studio-a"
    assert select(database, "SELECT month FROM month_closing") == []
    report(database, generation(1))
    assert close(database).unsettled == ()


def test_a_difference_is_accepted_with_a_reason_by_somebody(database: Database) -> None:
    builders.license(database)
    report(database, generation(1))
    declare(database, 1)
    declare(database, 2)
    closed = close(database, accept_differences="two tests were counted")
    (unsettled,) = closed.unsettled
    assert (unsettled.licensee, unsettled.state) == ("studio-a", State.DIFFERS)
    assert select(
        database, "SELECT version, accepted_by, reason, accepted_at FROM accepted_difference"
    ) == [(2, "keiri", "two tests were counted", closed.closed_at)]


@pytest.mark.parametrize("reason", ["", " ", "\x00"])
def test_a_difference_is_not_accepted_without_a_reason(database: Database, reason: str) -> None:
    code = "text_unprintable" if reason == "\x00" else "text_missing"
    with refusal(code, "accept_differences"):
        close(database, accept_differences=reason)


def test_an_undeclared_month_closes_and_is_named(database: Database) -> None:
    builders.license(database)
    report(database, generation(1))
    closed = close(database, accept_differences="not needed")
    (unsettled,) = closed.unsettled
    assert (unsettled.licensee, unsettled.state) == ("studio-a", State.UNDECLARED)
    assert select(database, "SELECT reason FROM accepted_difference") == []


def test_firms_are_named_while_a_license_of_theirs_is_in_force(database: Database) -> None:
    within = {"starts_at": OCTOBER.ends_at - timedelta(seconds=1), "ends_at": OCTOBER.ends_at}
    for number, (starts_at, ends_at) in enumerate(
        [
            (OCTOBER.ends_at, None),  # Begins with the next month.
            (SEPTEMBER.starts_at, OCTOBER.starts_at),  # Ended with the month before.
            (SEPTEMBER.starts_at, OCTOBER.starts_at + timedelta(seconds=1)),
            (within["starts_at"], within["ends_at"]),
        ]
    ):
        terms = builders.new_terms(effective_from=starts_at)
        builders.license(
            database,
            f"LIC-{number}",
            licensee=f"firm-{number}",
            starts_at=starts_at,
            ends_at=ends_at,
            grants=(builders.new_grant(terms=terms),),
        )
    assert [each.licensee for each in close(database).unsettled] == ["firm-2", "firm-3"]


def test_a_firm_without_a_license_that_reported_or_declared_is_named(database: Database) -> None:
    builders.licensee(database, "studio-b")
    builders.licensee(database, "studio-c")
    builders.licensee(database, "studio-d")
    report(database, generation(1), licensee="studio-b")  # Refused, and reported all the same.
    declare(database, 1, licensee="studio-c")
    with refusal("declarations_differ", "month"):
        close(database)
    told = [each.licensee for each in close(database, accept_differences="none").unsettled]
    assert told == ["studio-b", "studio-c"]


def test_nobody_declares_past_a_closing_that_is_under_way(database: Database) -> None:
    builders.license(database)
    with ThreadPoolExecutor(max_workers=4) as pool:
        said = [pool.submit(declare, database, count) for count in range(1, 4)]
        closed = pool.submit(close, database)
    versions = [row[0] for row in select(database, "SELECT version FROM month_declaration")]
    if closed.exception() is None:  # Before the first of them; the others came too late.
        assert versions == []
        assert {type(each.exception()) for each in said} == {declaring.DeclarationTooLate}
    else:
        assert isinstance(closed.exception(), closing.DeclarationsDiffer)


def test_the_database_keeps_a_closed_month_by_itself(database: Database) -> None:
    builders.license(database)
    party = firm(database).id
    close(database)
    with pytest.raises(RefusedByDatabase) as refused:
        select(
            database,
            "INSERT INTO month_declaration VALUES (:firm, :month, 1, 1, true, 0, :at)"
            " RETURNING version",
            firm=party,
            month=OCTOBER.first_day,
            at=AFTER,
        )
    assert refused.value.code == "month_closed"


# Lists.


def test_months_are_listed_from_the_latest_for_a_firm_and_for_the_house(
    database: Database,
) -> None:
    builders.license(database)  # In force since April.
    builders.licensee(database, "studio-b")
    report(database, generation(1), licensee="studio-b")
    now = datetime(2026, 11, 2, tzinfo=UTC)
    own = declaring.list_months(
        database, licensee_id=firm(database, "studio-b").id, at=now, limit=100
    )
    assert [str(each.month) for each in own.reports] == ["2026-10"]
    found: list[tuple[str, str]] = []
    after: tuple[date, str] | None = None
    while not found or after is not None:
        page = declaring.list_months(database, licensee_id=None, at=now, after=after, limit=2)
        found += [(str(each.month), each.licensee) for each in page.reports]
        after = page.next_after
    assert found == [
        ("2026-11", "studio-a"),
        ("2026-10", "studio-a"),
        ("2026-10", "studio-b"),
        *((f"2026-{month:02}", "studio-a") for month in (9, 8, 7, 6, 5, 4)),
    ]


def test_a_page_costs_the_same_queries_however_long_it_is(database: Database) -> None:
    builders.license(database)
    for month in (OCTOBER, SEPTEMBER):
        report(database, generation(1, on=month.first_day))
        declare(database, 1, month=month)
    counts = []
    for limit in (1, 8):
        with counted_statements(database) as statements:
            page = declaring.list_months(database, licensee_id=None, at=AFTER, limit=limit)
        assert len(page.reports) == limit
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_month_is_read_of_a_firm_alone(database: Database) -> None:
    builders.license(database)
    for nobody in ("hoshino", "no-such-firm"):
        with refusal("licensee_not_found", "licensee"):
            stands(database, licensee=nobody)
