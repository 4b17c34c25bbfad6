"""The house states a firm's revenue on its behalf, and whoever did is kept."""

import pytest

from ledger.core.agreement import NewRevenueShare
from ledger.core.period import Month
from tests import builders
from tests.api.test_cli import Desk, desk
from tests.services.firms import select

__all__ = ["desk"]

FIRM = ("--licensee", "studio-a")
LICENSE = ("--license", "LIC-2026-001")
DOLLARS = ("--amount", "214336.57", "--currency", "JPY", "--by", "Sato")


@pytest.fixture
def agreed(desk: Desk) -> Desk:
    """A desk whose book has a license with a share of revenue, and April closed."""
    share = NewRevenueShare(percent=18, base="net_revenue", currency="JPY")
    terms = builders.new_terms(revenue_share=share)
    builders.license(desk.database, grants=(builders.new_grant(terms=terms),))
    builders.close_through(desk.database, Month(2026, 4))
    return desk


def test_what_a_firm_took_in_is_entered_with_who_and_when(agreed: Desk) -> None:
    assert "not stated yet" in agreed.done("revenue", "show", "2026-05", *FIRM)
    told = agreed.done("revenue", "state", "2026-05", *FIRM, *LICENSE, *DOLLARS)
    assert "LIC-2026-001 0  214336.57 JPY  version 1" in told
    agreed.done("revenue", "state", "2026-05", *FIRM, *LICENSE, *DOLLARS)  # It says the same.
    again = agreed.done(
        "revenue", "state", "2026-05", *FIRM, *LICENSE, "--amount", "5", *DOLLARS[2:]
    )
    assert "5 JPY  version 2" in again
    assert "Sato" in again
    asked = "SELECT version, reported_by FROM revenue_report ORDER BY version"
    assert select(agreed.database, asked) == [(1, "Sato"), (2, "Sato")]


def test_what_comes_after_a_month_is_closed_is_counted_by_the_next_closing(agreed: Desk) -> None:
    told = agreed.done("revenue", "state", "2026-04", *FIRM, *LICENSE, *DOLLARS)
    assert "counted in 2026-05" in told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("2026-05", "--licensee", "studio-b", *LICENSE, *DOLLARS), "licensee_not_found"),
        (("2026-05", *FIRM, "--license", "LIC-9", *DOLLARS), "revenue_grant_unknown"),
        (("2026-05", *FIRM, *LICENSE, "--grant", "1", *DOLLARS), "revenue_grant_unknown"),
        (("2026-13", *FIRM, *LICENSE, *DOLLARS), "not_a_month"),
        (("2026-05", *FIRM, *LICENSE, "--amount", "-1", *DOLLARS[2:]), "number_out_of_range"),
        (("2026-05", *FIRM, *LICENSE, "--amount", "many", *DOLLARS[2:]), "number_not_exact"),
        (
            ("2026-05", *FIRM, *LICENSE, *DOLLARS[:2], "--currency", "USD", *DOLLARS[4:]),
            "revenue_currency_differs",
        ),
        (("2026-05", *FIRM, *LICENSE, *DOLLARS[:4], "--by", ""), "text_missing"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    agreed: Desk, words: tuple[str, ...], code: str
) -> None:
    agreed.refused(code, "revenue", "state", *words)
    assert select(agreed.database, "SELECT version FROM revenue_report") == []
