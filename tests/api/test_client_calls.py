"""Clearance, works, licenses, receipts and refusals through the client, at the real application."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from api.client import (
    AsyncClient,
    Client,
    InConflict,
    KeyRefused,
    NotFound,
    NotPermitted,
    Patience,
    Receipt,
    RequestInvalid,
    ServerRefused,
    verify_batch,
)
from tests import builders
from tests.api.doors import Door, events
from tests.api.fakes import FakeServer, asking_to_wait, problem
from tests.api.reported import an_event
from tests.docs.pages import blocks
from tests.refusals import refusal

PAGE = "docs/client.md"
ASKED: dict[str, Any] = {
    "use_class": "generation",
    "modality": "image",
    "unit": "image",
    "territory": "JP",
}


@pytest.fixture
def client(door: Door) -> Iterator[Client]:
    with Client(base_url=str(door.client.base_url), key=door.key) as connected:
        yield connected


def a_client(server: FakeServer, waits: list[float] | None = None) -> Client:
    slept = [] if waits is None else waits
    return Client(base_url="http://genbo", key="k", transport=server, sleep=slept.append)


# Clearance.


def test_a_use_is_cleared_with_its_price(client: Client) -> None:
    clearance = client.clear(["kaze-no-machi"], **ASKED, quantity=Decimal(3))
    assert clearance.is_cleared
    assert clearance.clearance
    (subject,) = clearance.subjects
    assert subject.license == "LIC-2026-001"
    assert subject.rate is not None
    assert subject.price_minor == Decimal(subject.rate.rate) * 3


def test_a_use_that_is_not_permitted_is_an_answer_with_reasons(client: Client) -> None:
    clearance = client.clear(["kaze-no-machi", "nobody-s"], **ASKED)
    assert not clearance.is_cleared
    assert [subject.reasons for subject in clearance.subjects] == [(), ("subject_unknown",)]


def test_a_quantity_is_never_a_float(client: Client) -> None:
    with refusal("generation_invalid", "quantity"):
        client.clear(["kaze-no-machi"], **ASKED, quantity=1.5)  # type: ignore[arg-type]


def test_a_prompt_does_not_wait_for_long() -> None:
    waits: list[float] = []
    server = FakeServer(*[asking_to_wait("60", 503)] * 9)
    with a_client(server, waits) as away, refusal("server_away", None):
        away.clear(["kaze-no-machi"], **ASKED)
    assert len(server.requests) == 3
    assert sum(waits) < 4


# Lists.


def test_works_are_found_and_given_page_by_page(door: Door, client: Client) -> None:
    for number in range(120):
        builders.work(door.database, f"many-{number:03}", title_ja=f"百の塔{number}")
    found = list(client.works("百の塔"))
    assert len({work.id for work in found}) == len(found) == 120
    (work,) = client.works("風の町")
    assert (work.title_ja, work.opt_in) == ("風の町", "offered")
    assert list(client.works("nothing like it")) == []


def test_licenses_and_their_terms_are_given(client: Client) -> None:
    (license_,) = client.licenses()
    (terms,) = client.terms(license_.reference)
    assert license_.grants[0].position == terms.position
    assert terms.subjects == ("kaze-no-machi",)
    assert terms.versions[0].rate_lines[0].basis == "per_image"


def test_programs_on_asyncio_ask_the_same(door: Door, client: Client) -> None:
    async def asked() -> tuple[Any, ...]:
        async with AsyncClient(base_url=str(door.client.base_url), key=door.key) as asynchronous:
            return (
                (await asynchronous.clear(["kaze-no-machi"], **ASKED)).subjects,
                [work async for work in asynchronous.works("風の町")],
                [license_ async for license_ in asynchronous.licenses()],
                [terms async for terms in asynchronous.terms("LIC-2026-001")],
                (await asynchronous.report(events(2))).counts["duplicate"],
            )

    client.report(events(2))
    assert asyncio.run(asked()) == (
        client.clear(["kaze-no-machi"], **ASKED).subjects,
        list(client.works("風の町")),
        list(client.licenses()),
        list(client.terms("LIC-2026-001")),
        2,
    )


def test_an_asynchronous_program_reports_through_a_folder(door: Door, tmp_path: Any) -> None:
    async def recorded() -> bool:
        async with AsyncClient(base_url=str(door.client.base_url), key=door.key) as asynchronous:
            with asynchronous.spool(tmp_path) as spool:
                spool.record_all(events(3))
                return await asyncio.to_thread(spool.flush, 10)

    assert asyncio.run(recorded())


# Receipts.


def test_receipts_are_checked_against_what_was_sent(client: Client) -> None:
    sent = events(150)  # More than are ever written together with another report's.
    answer = client.report(sent)
    assert answer.verify(sent) == 150
    assert client.report(sent).verify(sent) == 150  # The original receipts.
    receipts = [result.receipt for result in answer.results if result.receipt]
    verify_batch(receipts, previous_head="00" * 32)
    (later,) = client.report([an_event(id="later")]).results
    assert later.receipt is not None
    verify_batch([later.receipt], previous_head=receipts[0].head)


@pytest.mark.parametrize("field", ["quantity", "territory", "time", "model"])
def test_a_receipt_is_for_every_field_of_its_event(client: Client, field: str) -> None:
    other = {"quantity": "2", "territory": "US", "time": "2026-08-03T10:15:01+09:00", "model": "m"}
    (result,) = client.report([an_event()]).results
    assert result.receipt is not None
    result.receipt.verify(an_event(quantity="1.0", time="2026-08-03T01:15:00Z"))  # The same facts.
    with refusal("receipt_differs", None):
        result.receipt.verify(an_event(**{field: other[field]}))


@pytest.mark.parametrize(
    "changed",
    [
        lambda receipts: receipts[:-1],
        lambda receipts: receipts[1:],
        lambda receipts: [],
        lambda receipts: [*receipts[:-1], replace(receipts[-1], leaf="00" * 32)],
        lambda receipts: [*receipts[:-1], replace(receipts[-1], root="00" * 32)],
        lambda receipts: [replace(each, batch=9) for each in receipts],
        lambda receipts: [replace(each, head="00" * 32) for each in receipts],
    ],
)
def test_a_batch_with_one_thing_changed_is_found(client: Client, changed: Any) -> None:
    receipts = [result.receipt for result in client.report(events(3)).results]
    verify_batch(filter(None, receipts), previous_head="00" * 32)
    wrong: list[Receipt] = changed(receipts)
    with refusal("batch_differs", None):
        verify_batch(wrong, previous_head="00" * 32)


def test_a_batch_that_is_not_whole_is_not_proven(client: Client) -> None:
    client.report(events(3))
    assert client.report(events(2)).verify(events(2)) == 0


def test_the_page_s_examples_run(door: Door) -> None:
    first, correction, receipts, *_ = (
        block.replace("gb_live_…", door.key)
        .replace("http://127.0.0.1:8400", str(door.client.base_url))
        .replace("2026, 11, 3", "2026, 8, 3")
        .replace("2026-11", "2026-08")
        for block in blocks(PAGE, "python")
    )
    shown: dict[str, Any] = {}
    exec(first, shown)  # noqa: S102 (the page's own lines)
    (result,) = shown["answer"].results
    assert result.status == "accepted"
    shown |= {"events": [shown["generation"]], "receipts": [result.receipt], "head": "00" * 32}
    exec(receipts, shown)  # noqa: S102 (the same)
    assert shown["proven"] == 1
    exec(correction, shown)  # noqa: S102 (the same)
    assert shown["month"].state == "agreed"


# Refusals.


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestInvalid),
        (401, KeyRefused),
        (403, NotPermitted),
        (404, NotFound),
        (409, InConflict),
        (413, RequestInvalid),
        (415, RequestInvalid),
        (418, ServerRefused),
        (422, RequestInvalid),
    ],
)
def test_a_refusal_says_by_its_class_who_can_mend_it(
    status: int, kind: type[ServerRefused]
) -> None:
    server = FakeServer(problem(status, "some_code"))
    with a_client(server) as refusing, pytest.raises(ServerRefused) as refused:
        next(refusing.licenses())
    assert type(refused.value) is kind
    assert (refused.value.status, refused.value.problem) == (status, "some_code")
    assert str(refused.value) == "some_code: No. Ask the operator."


def test_the_application_s_refusals_arrive_whole(door: Door, client: Client) -> None:
    with pytest.raises(NotFound) as missing:
        next(client.terms("LIC OF NOBODY?"))
    assert missing.value.problem == "license_not_found"
    assert missing.value.request_id
    with pytest.raises(RequestInvalid) as invalid:
        client.clear([], **ASKED)
    assert invalid.value.pointer == "/subjects"
    with (
        Client(base_url=str(door.client.base_url), key="gb_live_unknown") as unknown,
        pytest.raises(KeyRefused) as refused,
    ):
        next(unknown.works("風"))
    assert refused.value.problem == "key_unknown"


def test_a_server_that_says_why_it_is_away_is_quoted() -> None:
    busy = httpx.Response(503, json={"code": "database_busy", "title": "The book is busy"})
    server = FakeServer(lambda _: busy)
    with (
        Client(
            base_url="http://genbo", key="k", transport=server, patience=Patience(tries=1)
        ) as client,
        refusal("server_away", None) as caught,
    ):
        client.report(events(1))
    assert caught[0].values["reason"] == "HTTP 503: The book is busy"
