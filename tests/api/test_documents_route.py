"""``GET /v1/documents``: each party its own, in pages, and the same bytes for ever."""

from datetime import date
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest

from api.archive import frozen_values
from api.cursors import write_cursor
from ledger.core.invoice import Invoice
from ledger.services import archiving
from ledger.store.database import Database
from tests import builders
from tests.api.doors import Door, problem
from tests.services import billed
from tests.services.usage import generation, report

DOCUMENTS = "/v1/documents"
PDF = b"%PDF-1.7 the only one"


@pytest.fixture
def issued(door: Door) -> list[str]:
    """The numbers of four invoices: the firm's first and third, its rival's the others."""
    database = door.database
    billed.operator(database)
    builders.license(database, "LIC-B", licensee="studio-b")
    numbers = []
    for month, day in ((billed.SEPTEMBER, date(2026, 9, 3)), (billed.OCTOBER, date(2026, 10, 3))):
        report(database, generation(on=day))
        report(database, generation(on=day, license_reference="LIC-B"), licensee="studio-b")
        billed.close(database, month)
    numbers += billed.bill(database, billed.SEPTEMBER, issued_on=billed.LATE, due_on=billed.LATE)
    numbers += billed.bill(database, billed.OCTOBER)
    return numbers


def listed(door: Door, **asked: Any) -> list[str]:
    """Return the references of every page of a list."""
    key = asked.pop("key", "own")
    references: list[str] = []
    while True:
        answer = door.get(DOCUMENTS, params=asked, key=key)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        references += [document["reference"] for document in body["documents"]]
        if body["next_cursor"] is None:
            return references
        asked["cursor"] = body["next_cursor"]


def rendered(database: Database, reference: str, content: bytes = PDF) -> None:
    document = archiving.find_document(database, reference=reference, owner_id=None)
    archiving.keep_file(
        database,
        document=document,
        format_="pdf",
        content=content,
        rendered_at=billed.NOVEMBER.ends_at,
    )


def test_a_firm_sees_its_own_documents_and_the_house_all(door: Door, issued: list[str]) -> None:
    rival = builders.key(door.database, "studio-b")
    house = builders.key(door.database, "genbo")
    assert listed(door) == issued[::2]
    assert listed(door, key=rival) == issued[1::2]
    assert listed(door, key=house) == issued
    holder = builders.key(door.database, "hoshino")
    assert listed(door, key=holder) == []


def test_a_list_shows_what_is_needed_to_go_on(door: Door, issued: list[str]) -> None:
    answer = door.get(DOCUMENTS)
    first = answer.json()["documents"][0]
    document = archiving.find_document(door.database, reference=issued[0], owner_id=None)
    assert first == {
        "reference": issued[0],
        "kind": "invoice",
        "issued_on": "2026-11-02",
        "currency": "JPY",
        "snapshot_sha256": document.snapshot_sha256.hex(),
        "revision": 1,
        "revises": None,
    }


def test_pages_follow_one_another(door: Door, issued: list[str]) -> None:
    house = builders.key(door.database, "genbo")
    for limit in range(1, 6):
        assert listed(door, key=house, limit=limit) == issued


def test_a_list_may_be_of_one_kind(door: Door, issued: list[str]) -> None:
    assert listed(door, kind="invoice") == issued[::2]
    assert listed(door, kind="statement") == []
    assert door.get(DOCUMENTS, params={"kind": "letter"}).json()["pointer"] == "/kind"


def test_a_document_is_byte_for_byte_what_its_hash_is_taken_over(
    door: Door, issued: list[str]
) -> None:
    answer = door.get(f"{DOCUMENTS}/{issued[0]}")
    assert answer.headers["content-type"] == "application/json"
    digest = sha256(answer.content).hexdigest()
    assert answer.headers["etag"] == f'"{digest}"'
    document = archiving.find_document(door.database, reference=issued[0], owner_id=None)
    assert (answer.text, digest) == (document.snapshot, document.snapshot_sha256.hex())
    frozen = frozen_values(document)
    assert isinstance(frozen, Invoice)
    assert answer.json()["number"] == frozen.number == issued[0]


@pytest.mark.parametrize("path", ["", "/pdf"])
def test_anothers_document_is_as_unknown_as_none(door: Door, issued: list[str], path: str) -> None:
    rendered(door.database, issued[1])
    for reference in (issued[1], "INV-2026-999999", "inv", "%00", quote("請求書")):
        problem(door.get(f"{DOCUMENTS}/{reference}{path}"), 404, "document_not_found")
    house = builders.key(door.database, "genbo")
    assert door.get(f"{DOCUMENTS}/{issued[1]}{path}", key=house).status_code == 200


def test_a_pdf_is_the_same_bytes_each_time(door: Door, issued: list[str]) -> None:
    path = f"{DOCUMENTS}/{issued[0]}/pdf"
    problem(door.get(path), 404, "document_not_rendered")
    rendered(door.database, issued[0])
    rendered(door.database, issued[0], b"%PDF-1.7 another")  # Too late to be the document.
    answers = [door.get(path) for _ in range(2)]
    for answer in answers:
        assert answer.content == PDF
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["etag"] == f'"{sha256(PDF).hexdigest()}"'
        assert issued[0] in answer.headers["content-disposition"]


WRONG = [
    ("limit=0", "/limit"),
    ("limit=1001", "/limit"),
    ("limit=x", "/limit"),
    ("cursor=x", "/cursor"),
    ("cursor=", "/cursor"),
    (f"cursor={write_cursor('1')}", "/cursor"),
    (f"cursor={write_cursor(1.5)}", "/cursor"),
    (f"cursor={write_cursor(None)}", "/cursor"),
    (f"cursor={quote('鍵')}", "/cursor"),
]


def test_a_list_that_cannot_be_made_names_the_field(door: Door) -> None:
    for query, pointer in WRONG:
        answer = door.get(f"{DOCUMENTS}?{query}")
        assert (answer.status_code, answer.json()["pointer"]) == (422, pointer), query


def test_a_cursor_beyond_every_document_is_refused_or_ends_the_list(door: Door) -> None:
    for place in (2**63, -(2**63) - 1, 10**18, -1):
        answer = door.get(DOCUMENTS, params={"cursor": write_cursor(place)})
        if answer.status_code != 200:
            problem(answer, 422, "cursor_malformed")
