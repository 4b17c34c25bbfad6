"""A preview asks quotas as the report will, and tells what is used of them and what is left."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.core.agreement import NewQuota
from ledger.core.period import Month
from ledger.core.usage import ReportedGeneration
from ledger.services import closing, previewing
from ledger.services.previewing import Preview
from ledger.store.database import Database
from tests import builders
from tests.rows import row_counts
from tests.services.firms import Firm, firm
from tests.services.usage import generation

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
AT = DECEMBER.ends_at


def studio(database: Database, on_exceed: str, period: str = "month") -> Firm:
    """A firm that may generate ten images a period at twelve yen; more is sold at twenty, if so."""
    overage = "20" if on_exceed == "overage" else None
    quota = NewQuota(
        units=10, period=period, on_exceed=on_exceed, unit="image", overage_rate=overage
    )
    builders.license(database, grants=(builders.new_grant(quota=quota),))
    return firm(database)


def preview(firm_: Firm, *reported: ReportedGeneration) -> Preview:
    return previewing.preview(
        firm_.database,
        terms=firm_.terms,
        licensee_id=firm_.id,
        reported=reported,
        previewed_at=AT,
    )


def images(*quantities: int, on: date = date(2026, 10, 15)) -> list[ReportedGeneration]:
    return [
        generation(quantity, on=on, event_id=f"{on}-{index}-{quantity}")
        for index, quantity in enumerate(quantities)
    ]


@pytest.mark.parametrize("on_exceed", ["hold", "reject", "overage"])
def test_what_is_foreseen_is_what_a_report_is_told(database: Database, on_exceed: str) -> None:
    firm_ = studio(database, on_exceed)
    firm_.report(*images(3), at=AT)
    asked = [*images(5, 4, 2), *images(9, on=date(2026, 11, 2))]
    before = row_counts(database)
    foreseen = preview(firm_, *asked)
    assert row_counts(database) == before
    told = firm_.report(*asked, at=AT)
    assert [(each.result.status, each.result.reasons) for each in foreseen.generations] == [
        (each.status, each.reasons) for each in told
    ]
    charged = sum(line.amount_minor for line in closing.preview(database, month=OCTOBER))
    growth = sum(each.amount_minor for each in foreseen.growths if each.month == date(2026, 10, 1))
    assert charged == growth + 3 * 12


def test_what_is_left_of_a_quota_is_told(database: Database) -> None:
    firm_ = studio(database, "hold")
    firm_.report(*images(3), at=AT)
    october, november = preview(firm_, *images(5, 4, 1), *images(2, on=date(2026, 11, 2))).quotas
    assert (october.license, october.grant, october.since) == (
        "LIC-2026-001",
        0,
        date(2026, 10, 1),
    )
    measured = october.measured
    assert measured.used_before == 3
    assert measured.used_after == 9
    assert october.remaining == 1
    assert measured.beyond == (1,)  # Four do not fit, and one after them does.
    assert november.since == date(2026, 11, 1)
    assert november.remaining == 8


def test_overage_is_told_before_it_is_sold(database: Database) -> None:
    firm_ = studio(database, "overage", period="contract_year")
    firm_.report(*images(8), at=AT)
    (quota,) = preview(firm_, *images(5)).quotas
    assert quota.measured.overage == Decimal(3)
    assert quota.remaining == 0
    assert quota.measured.beyond == ()


def test_what_is_known_uses_nothing_again(database: Database) -> None:
    firm_ = studio(database, "reject")
    firm_.report(*images(9), at=AT)
    found = preview(firm_, *images(9), *images(9))
    assert [str(each.result.status) for each in found.generations] == ["duplicate", "duplicate"]
    assert found.quotas == ()
