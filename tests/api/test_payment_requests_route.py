"""A firm asks for a way to pay its invoice over HTTP, and reads where."""

from collections.abc import Iterator
from typing import Any

import pytest

from ledger.store.database import Database
from tests import builders
from tests.api.stripe_scenes import Scene, scene


@pytest.fixture
def paying(database: Database) -> Iterator[Scene]:
    with scene(database) as made:
        yield made


def _headers(database: Database, firm: str = "studio-a", **more: str) -> dict[str, str]:
    key = builders.key(database, firm, scopes=["read", "manage"], label=f"{firm} {len(more)}")
    return {"authorization": f"Bearer {key}", **more}


def _path(paying: Scene) -> str:
    return f"/v1/documents/{paying.invoice}/payment-requests"


def test_a_firm_asks_and_reads_where_to_pay(paying: Scene, database: Database) -> None:
    headers = _headers(database, **{"idempotency-key": "once"})
    asked = paying.client.post(_path(paying), json={"method": "card"}, headers=headers)
    assert (asked.status_code, asked.json()["state"], asked.json()["url"]) == (201, "asked", None)
    again = paying.client.post(_path(paying), json={"method": "card"}, headers=headers)
    assert again.json() == asked.json()
    paying.desk.carry_on()
    (shown,) = paying.client.get(_path(paying), headers=headers).json()["payment_requests"]
    assert (shown["state"], shown["amount_minor"]) == ("open", 110_000)
    paying.double.world.pays_link(shown["url"])
    paying.hear()
    (shown,) = paying.client.get(_path(paying), headers=headers).json()["payment_requests"]
    assert (shown["state"], shown["url"]) == ("paid", None)
    refused = paying.client.post(
        _path(paying), json={"method": "konbini"}, headers=_headers(database, "studio-a")
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "invoice_not_to_pay")


def test_the_virtual_account_is_shown(paying: Scene, database: Database) -> None:
    headers = _headers(database)
    paying.client.post(_path(paying), json={"method": "jp_bank_transfer"}, headers=headers)
    paying.desk.carry_on()
    (shown,) = paying.client.get(_path(paying), headers=headers).json()["payment_requests"]
    assert shown["virtual_account"]["branch_code"] == "901"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"method": "cash"}, 422, "field_invalid"),
        ({}, 422, "field_missing"),
        ({"method": "card", "amount": 1}, 422, "field_unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    paying: Scene, database: Database, body: dict[str, Any], status: int, code: str
) -> None:
    answer = paying.client.post(_path(paying), json=body, headers=_headers(database))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_anothers_invoice_is_as_unknown_as_none(paying: Scene, database: Database) -> None:
    builders.licensee(database, "studio-b")
    headers = _headers(database, "studio-b")
    for answer in (
        paying.client.post(_path(paying), json={"method": "card"}, headers=headers),
        paying.client.get(_path(paying), headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "invoice_not_found")
