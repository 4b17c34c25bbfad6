"""``/v1/reports/{month}/revenue``: a firm states its revenue, and sees what came of it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from api.client import Client, Revenue
from ledger.core.agreement import NewRevenueShare
from ledger.core.period import Month
from ledger.services import closing
from tests import builders
from tests.api.doors import Door, events, problem

#: The month that the clock of the tests stands in.
AUGUST = "/v1/reports/2026-08/revenue"
SHARE = NewRevenueShare(percent="18", base="net_revenue", currency="JPY")


@pytest.fixture
def firm(door: Door) -> Door:
    """A firm whose second license asks for its revenue in yen."""
    terms = builders.new_terms(revenue_share=SHARE)
    builders.license(door.database, "SHARED", grants=(builders.new_grant(terms=terms),))
    return door


def state(door: Door, *revenues: dict[str, Any], path: str = AUGUST, **more: Any) -> Response:
    headers = {"Content-Type": "application/json", "Accept-Language": "en"}
    content = json.dumps({"revenues": list(revenues)}).encode()
    return door.ask("PUT", path, content=content, headers=headers, **more)


def stated(**changes: Any) -> dict[str, Any]:
    return {"license": "SHARED", "amount": "1000", "currency": "JPY"} | changes


def said(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_month_is_shown_as_it_was_stated(firm: Door) -> None:
    (before,) = said(firm.get(AUGUST))["revenues"]
    assert (before["state"], before["versions"]) == ("unstated", [])
    told = said(state(firm, stated(amount="1000.50")))
    assert told == said(state(firm, stated(amount="1000.5")))  # The same, so no new version.
    assert told == said(firm.get(AUGUST))
    assert told == {
        "licensee": "studio-a",
        "month": "2026-08",
        "is_closed": False,
        "counted_month": "2026-08",
        "revenues": [
            {
                "license": "SHARED",
                "grant": 0,
                "terms": {
                    "percent": "18",
                    "base": "net_revenue",
                    "currency": "JPY",
                    "fx_source": None,
                    "fx_rule": None,
                },
                "state": "stated",
                "versions": [
                    {
                        "version": 1,
                        "amount": "1000.5",
                        "currency": "JPY",
                        "reported_at": "2026-08-20T03:00:00Z",
                        "reported_by": "studio-a",
                        "counted_month": "2026-08",
                    }
                ],
                "comparisons": [],
            }
        ],
    }
    (changed,) = said(state(firm, stated(amount=7)))["revenues"]
    assert [each["amount"] for each in changed["versions"]] == ["1000.5", "7"]


def test_a_closed_month_shows_what_was_compared_or_why_it_waits(firm: Door) -> None:
    firm.report(events(2))
    close_august(firm)
    (held,) = said(firm.get(AUGUST))["revenues"]
    assert (held["state"], held["comparisons"][0]["hold"]) == ("held", "revenue_unknown")
    assert held["comparisons"][0]["top_up_minor"] is None
    told = said(state(firm, stated()))
    assert (told["is_closed"], told["counted_month"]) == (True, "2026-09")
    assert told["revenues"][0]["versions"][0]["counted_month"] == "2026-09"


def test_what_a_closing_compared_is_shown_with_both_sides(firm: Door) -> None:
    firm.report([{**event, "license": "SHARED"} for event in events(2)])
    state(firm, stated())
    close_august(firm)
    (compared,) = said(firm.get(AUGUST))["revenues"]
    assert compared["state"] == "compared"
    (comparison,) = compared["comparisons"]
    assert (comparison["per_unit_minor"], comparison["share"]) == (24, "180")
    assert (comparison["top_up_minor"], comparison["greater"]) == (156, "share")
    assert (comparison["rate"], comparison["rate_days"]) == (None, [])


def close_august(firm: Door) -> None:
    month = Month(2026, 8)
    closing.close_month(
        firm.database,
        month=month,
        closed_by="keiri",
        closed_at=month.ends_at + timedelta(hours=1),
    )


@pytest.mark.parametrize(
    ("revenue", "status", "code", "pointer"),
    [
        (stated(license="nobody's"), 404, "revenue_grant_unknown", "/revenues/0/license"),
        (stated(grant=1), 404, "revenue_grant_unknown", "/revenues/0/license"),
        (stated(currency="USD"), 422, "revenue_currency_differs", "/revenues/0/currency"),
        (stated(currency="ABC"), 422, "currency_unknown", "/revenues/0/currency"),
        (stated(amount="-1"), 422, "number_out_of_range", "/revenues/0/amount"),
        (stated(amount="x"), 422, "number_not_exact", "/revenues/0/amount"),
        (stated(amount=1.5), 422, "field_invalid", None),  # No float is taken.
        (stated(license="LIC-2026-001"), 422, "revenue_not_asked", "/revenues/0/license"),
    ],
)
def test_what_cannot_be_taken_is_refused(
    firm: Door, revenue: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    body = problem(state(firm, revenue), status, code)
    assert pointer is None or body["pointer"] == pointer
    assert said(firm.get(AUGUST))["revenues"][0]["versions"] == []


def test_two_amounts_for_one_grant_are_a_slip(firm: Door) -> None:
    problem(state(firm, stated(), stated(amount=2)), 422, "value_listed_twice")


def test_a_month_that_has_not_begun_has_no_revenue(firm: Door) -> None:
    path = "/v1/reports/2026-09/revenue"
    problem(state(firm, stated(), path=path), 422, "month_not_begun")


def test_the_house_names_a_firm_and_others_see_nothing(firm: Door) -> None:
    state(firm, stated())
    builders.party(firm.database, "house", role="operator", entrustment=None)
    key = builders.key(firm.database, "house")
    assert said(firm.get(f"{AUGUST}?licensee=studio-a", key=key))["revenues"]
    problem(firm.get(AUGUST, key=key), 422, "licensee_not_named")
    problem(state(firm, stated(), key=key), 403, "not_a_licensee")
    builders.licensee(firm.database, "rival")
    rival = builders.key(firm.database, "rival")
    problem(firm.get(f"{AUGUST}?licensee=studio-a", key=rival), 404, "licensee_not_found")
    assert said(firm.get(AUGUST, key=rival))["revenues"] == []
    problem(state(firm, stated(), key=rival), 404, "revenue_grant_unknown")


def test_the_client_states_revenue_and_reads_what_came_of_it(firm: Door) -> None:
    taken_in = Revenue(license="SHARED", amount="7", currency="JPY")
    with Client(base_url=str(firm.client.base_url), key=firm.key) as client:
        month = client.state_revenue("2026-08", [taken_in])
        assert month == client.revenue("2026-08")
    (grant,) = month.revenues
    assert (grant.state, str(grant.versions[0].amount), grant.terms.base) == (
        "stated",
        "7",
        "net_revenue",
    )
