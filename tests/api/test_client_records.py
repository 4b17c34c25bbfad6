"""Corrections and declared months through the client, at the real application."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest

from api.client import (
    AsyncClient,
    Client,
    Correction,
    InConflict,
    NotFound,
    RequestInvalid,
    verify_batch,
)
from api.client.calls import VERSION
from api.openapi import VERSION as VERSION_OF_THE_API
from ledger.core.period import Month
from tests import builders
from tests.api.doors import Door, events
from tests.api.fakes import FakeServer, problem
from tests.api.reported import an_event
from tests.refusals import refusal
from tests.services import offers as catalogue

SOURCE = "studio-a/images"
VOID = Correction(id="e-0", source=SOURCE, reason="not_generated")


@pytest.fixture
def client(door: Door) -> Iterator[Client]:
    with Client(base_url=str(door.client.base_url), key=door.key) as connected:
        connected.report(events(3))
        yield connected


# Corrections.


def test_a_generation_is_voided_and_both_are_read(client: Client) -> None:
    made = client.correct(VOID)
    assert (made.kind, made.status, made.revision) == ("void", "recorded", 1)
    assert [(each.generation_count, each.quantity) for each in made.difference] == [
        (-1, Decimal(-1))
    ]
    recorded = client.generation("e-0", source=SOURCE)
    reported, voided = recorded.revisions
    assert reported.event is not None
    assert reported.event.subjects[0].id == "kaze-no-machi"
    reported.receipt.verify(an_event(id="e-0"))
    assert (voided.kind, voided.event, recorded.standing) == ("void", None, 1)
    made.verify(VOID)
    with refusal("receipt_differs", None):
        made.verify(replace(VOID, reason="reported_twice"))
    verify_batch([made.receipt])
    assert client.correct(VOID).status == "duplicate"
    assert client.correct(VOID).receipt == made.receipt


def test_a_generation_is_replaced_by_a_whole_one(client: Client) -> None:
    right = an_event(id="e-1", quantity="2")
    correction = Correction(
        id="e-1", source=SOURCE, reason="wrong_quantity", note="Two", replacement=right
    )
    made = client.correct(correction)
    assert (made.kind, made.decision) == ("replace", "accepted")
    made.verify(correction)
    standing = client.generation("e-1", source=SOURCE, month="2026-08").revisions[-1]
    assert standing.event is not None
    assert standing.event.quantity == "2"


def test_many_are_looked_at_before_they_are_made(client: Client) -> None:
    asked = [VOID, Correction(id="e-2", source=SOURCE, reason="reported_twice", note="by mistake")]
    draft = client.draw_up_corrections(asked)
    assert (draft.state, draft.correction_count, draft.refused) == ("open", 2, ())
    assert sum(each.generation_count for each in draft.difference) == -2
    assert client.generation("e-2", source=SOURCE).standing == 0  # Nothing is changed yet.
    made = client.commit_corrections(draft.id)
    assert [each.id for each in made] == ["e-0", "e-2"]
    assert client.commit_corrections(draft.id)[0].receipt == made[0].receipt
    assert client.correction_draft(draft.id).state == "committed"
    with pytest.raises(InConflict):
        client.discard_corrections(draft.id)


def test_a_draft_may_be_given_up_and_names_what_cannot_be_made(client: Client) -> None:
    unknown = Correction(id="nothing", source=SOURCE, reason="not_generated")
    draft = client.draw_up_corrections([VOID, unknown])
    assert [(each.index, each.id) for each in draft.refused] == [(1, "nothing")]
    assert draft.refused[0].problem.code
    client.discard_corrections(draft.id)
    assert client.correction_draft(draft.id).state == "discarded"
    with pytest.raises(NotFound):
        client.generation("nothing", source=SOURCE)
    with pytest.raises(NotFound):
        client.correction_draft("cor_nothing")


@pytest.mark.parametrize("id", ["a/b", "a b?c#d", "風の町", "100%", "a%2Fb"])
def test_an_id_may_hold_what_an_address_may_not(client: Client, id: str) -> None:
    client.report([an_event(id=id)])
    assert client.generation(id, source=SOURCE).id == id


# Previews.


def test_a_preview_says_what_a_report_would_be_told_and_records_nothing(client: Client) -> None:
    sent = [an_event(id="new", quantity="3"), an_event(id="x", license="LIC-OTHER"), {"id": "?"}]
    preview = client.preview(sent)
    assert [result.status for result in preview.results] == ["accepted", "refused", "invalid"]
    assert preview.results[2].codes == ("field_missing",)
    (subject,) = preview.results[0].subjects
    assert subject.rate is not None
    assert subject.price_minor == Decimal(subject.rate.rate) * 3
    assert [line.generation_count for line in preview.lines] == [1]
    assert preview.totals[0].amount_minor == subject.price_minor
    assert preview.shares[0].holder_minor + preview.shares[0].admin_fee_minor == 36
    assert client.report(sent[:1]).counts["accepted"] == 1


def test_an_event_of_a_closed_month_says_where_it_is_counted(door: Door, client: Client) -> None:
    builders.close_through(door.database, Month(2026, 7))
    late = an_event(id="late", time="2026-07-10T10:15:00+09:00")
    (foreseen,) = client.preview([late]).results
    (result,) = client.report([late]).results
    assert (foreseen.warnings, foreseen.counted_in) == (("late",), "2026-08")
    assert [(each.code, each.counted_in) for each in result.warnings] == [("late", "2026-08")]
    assert result.receipt is not None
    result.receipt.verify(late)


# Months.


def test_a_month_is_declared_and_what_differs_is_seen(client: Client) -> None:
    assert client.month("2026-08").state == "undeclared"
    told = client.declare("2026-08", generation_count=4, totals={("image", "image"): Decimal(4)})
    assert (told.state, told.generation_count) == ("differs", 3)
    assert told.difference is not None
    assert told.difference.generation_count == -1  # One has not reached the book.
    assert told.difference.quantities[0].difference == Decimal(-1)
    client.report([an_event(id="the-lost-one")])
    assert client.month("2026-08").state == "agreed"
    assert [each.month for each in client.months() if each.declarations] == ["2026-08"]


def test_nothing_is_declared_as_nothing(client: Client) -> None:
    assert client.declare("2026-07", nil=True).state == "agreed"
    with pytest.raises(RequestInvalid) as refused:
        client.declare("2026-07", generation_count=0)
    assert refused.value.problem == "nil_not_stated"
    with refusal("generation_invalid", "quantity"):
        totals: Any = {("image", "image"): 1.5}
        client.declare("2026-07", generation_count=1, totals=totals)


# Sending again.


def test_a_post_is_named_and_keeps_its_name_over_all_tries() -> None:
    drawn_up: dict[str, Any] = {
        "id": "cor_1",
        "state": "open",
        "created_at": "2026-08-20T00:00:00Z",
        "ended_at": None,
        "correction_count": 0,
        "known_count": 0,
        "refused": [],
        "difference": [],
    }
    server = FakeServer(
        503,
        problem(409, "idempotency_key_in_flight"),
        *[lambda _: httpx.Response(201, json=drawn_up)] * 2,
    )
    with Client(
        base_url="http://genbo", key="k", transport=server, sleep=lambda _: None
    ) as waiting:
        assert waiting.draw_up_corrections([]).id == "cor_1"
        waiting.draw_up_corrections([])
    names = [request.headers["Idempotency-Key"] for request in server.requests]
    assert len(set(names[:3])) == 1
    assert names[3] != names[0]


def test_a_draft_whose_answer_was_lost_is_not_drawn_up_twice(door: Door, client: Client) -> None:
    class LosesTheFirst(httpx.HTTPTransport):
        told: ClassVar[list[Any]] = []

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = super().handle_request(request)
            response.read()
            self.told.append(response.json()["id"])
            if len(self.told) == 1:
                raise httpx.ReadError("connection reset")
            return response

    with Client(
        base_url=str(door.client.base_url),
        key=door.key,
        transport=LosesTheFirst(),
        sleep=lambda _: None,
    ) as losing:
        draft = losing.draw_up_corrections([VOID])
    assert LosesTheFirst.told == [draft.id, draft.id]


def test_the_client_says_which_contract_it_was_written_for() -> None:
    assert VERSION == VERSION_OF_THE_API


# On asyncio.


def test_programs_on_asyncio_correct_and_declare_the_same(door: Door, client: Client) -> None:
    async def done() -> tuple[Any, ...]:
        async with AsyncClient(base_url=str(door.client.base_url), key=door.key) as asynchronous:
            draft = await asynchronous.draw_up_corrections([VOID])
            await asynchronous.discard_corrections(draft.id)
            another = await asynchronous.draw_up_corrections([VOID])
            return (
                (await asynchronous.correction_draft(draft.id)).state,
                (await asynchronous.commit_corrections(another.id))[0].status,
                (await asynchronous.correct(VOID)).status,
                (await asynchronous.generation("e-0", source=SOURCE)).standing,
                (await asynchronous.declare("2026-08", generation_count=2)).month,
                (await asynchronous.month("2026-08")).month,
                (await asynchronous.preview(events(1))).counts["duplicate"],
                [each.month async for each in asynchronous.months() if each.declarations],
            )

    assert asyncio.run(done()) == (
        *("discarded", "recorded", "duplicate", 1),
        *("2026-08", "2026-08", 1, ["2026-08"]),
    )


def test_a_work_and_a_license_are_read_with_what_is_offered_and_prepaid(
    door: Door, client: Client
) -> None:
    catalogue.catalogue(door.database, but=("hoshino",))
    catalogue.make(door.database, subject="kaze")
    found = {each.id: each for each in client.works("風の町")}
    offered = found["kaze"].offer
    assert offered is not None
    assert offered.terms is not None
    assert (offered.standing, offered.offers, offered.terms.words[0]) == (
        "offered",
        ("offer-1",),
        "JPY 12 per image",
    )
    assert found["yama"].offer is None
    (license_,) = client.licenses()
    assert license_.recoup_groups == ()
