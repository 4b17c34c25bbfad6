"""An answer written by hand is the one that an encoder would have written."""

import json
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import report_answers
from api.events import Decoded, InvalidEvent
from ledger.core.columns import Columns
from ledger.core.receipt import Outcome, Receipt, Result, Status, Written
from tests.api.reported import an_event, taken

HASHES = st.binary(min_size=32, max_size=32)
#: A head is over its root, so there are no two roots under one.
RECEIPTS = st.builds(
    lambda number, position, leaf, root: Receipt(
        number, position, leaf, root, sha256(root).digest()
    ),
    st.integers(1, 2**63),
    st.integers(0, 9_999),
    HASHES,
    HASHES,
)
IDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1)
TAKEN = st.sampled_from(
    [
        (Status.ACCEPTED, ()),
        (Status.HELD, ("rate_missing",)),
        (Status.REFUSED, ("license_ended", "subject_unknown")),
        (Status.DUPLICATE, ()),
        (Status.DUPLICATE, ("license_ended",)),
    ]
)


def written(decoded: list[Decoded], results: list[Result]) -> Any:
    counts = report_answers.count(decoded, results)
    body = report_answers.write(decoded, results, counts=counts, language="en")
    return json.loads(body)


@given(st.lists(st.tuples(IDS, TAKEN, RECEIPTS, st.booleans()), min_size=1, max_size=6))
@settings(max_examples=50)
def test_every_receipt_is_told_in_full(
    events: list[tuple[str, tuple[Status, tuple[str, ...]], Receipt, bool]],
) -> None:
    decoded: list[Decoded] = []
    results: list[Result] = []
    expected = []
    sealed: Receipt | None = None
    for index, (event_id, (status, reasons), receipt, is_of_another_batch) in enumerate(events):
        if sealed is not None and not is_of_another_batch:
            receipt = receipt._replace(root=sealed.root, head=sealed.head)
        sealed = receipt
        decoded.append(taken([an_event(id="x")])._replace(event_id=event_id))
        results.append(Result(status, reasons, receipt))
        told = {
            "batch": receipt.batch_number,
            "position": receipt.position,
            "leaf": receipt.leaf_hash.hex(),
            "root": receipt.root.hex(),
            "head": receipt.head.hex(),
        }
        line = {"index": index, "id": event_id, "status": status, "receipt": told}
        expected.append(line | ({"reasons": [*reasons]} if reasons else {}))
    assert written(decoded, results)["results"] == expected


OUTCOMES = st.sampled_from(
    [
        Outcome(Status.ACCEPTED, ()),
        Outcome(Status.HELD, ("rate_missing",)),
        Outcome(Status.REFUSED, ("license_ended", "subject_unknown")),
    ]
)


@given(st.lists(st.tuples(IDS, OUTCOMES, HASHES), min_size=1, max_size=6), st.booleans())
@settings(max_examples=50)
def test_a_batch_kept_by_column_is_answered_like_its_rows(
    events: list[tuple[str, Outcome, bytes]], is_late: bool
) -> None:
    ids, outcomes, leaves = zip(*events, strict=True)
    rows = [taken([an_event(id="x")])._replace(event_id=event_id) for event_id in ids]
    results = Written(
        batch_number=7,
        root=bytes(32),
        head=bytes(range(32)),
        outcomes=outcomes,
        leaf_hashes=leaves,
        counted_month=date(2026, 8, 1) if is_late else None,
    )
    assert [each.receipt for each in results] == [
        Receipt(7, position, leaf, bytes(32), bytes(range(32)))
        for position, leaf in enumerate(leaves)
    ]
    by_column = Columns.of(rows)
    counts = report_answers.count(by_column, results)
    assert counts == report_answers.count(rows, [*results])
    body = report_answers.write(by_column, results, counts=counts, language="en")
    assert body == report_answers.write(rows, [*results], counts=counts, language="en")


def test_what_was_not_taken_stands_in_its_place_among_the_rest() -> None:
    receipt = Receipt(1, 0, bytes(32), bytes(32), bytes(32))
    good = taken([an_event()])
    bad = InvalidEvent('a "quoted" id', "field_invalid", "/title", "no")
    unknown = InvalidEvent(None, "event_not_json", "", "no")
    results = [
        Result(Status.ACCEPTED, receipt=receipt),
        Result(Status.CONFLICT, receipt=receipt, differing=("license_reference",)),
    ]
    answer = written([bad, good, unknown, good], results)
    assert [each["status"] for each in answer["results"]] == [
        *("invalid", "accepted", "invalid", "conflict"),
    ]
    assert [each["index"] for each in answer["results"]] == [0, 1, 2, 3]
    assert [each["id"] for each in answer["results"]] == [
        *('a "quoted" id', good.event_id, None, good.event_id),
    ]
    assert answer["results"][3]["problem"]["fields"] == ["license"]
    assert answer["results"][3]["receipt"] == answer["results"][1]["receipt"]
    assert answer["counts"] == {
        **dict.fromkeys(["duplicate", "held", "refused"], 0),
        "accepted": 1,
        "conflict": 1,
        "invalid": 2,
    }


@pytest.mark.parametrize(
    ("statuses", "http"),
    [
        ({Status.ACCEPTED: 2, Status.DUPLICATE: 1, Status.HELD: 1}, 200),
        ({Status.INVALID: 2, Status.CONFLICT: 1}, 422),  # Nothing was taken.
        ({Status.ACCEPTED: 1, Status.INVALID: 1}, 207),
        ({Status.REFUSED: 1}, 207),  # Recorded, and not permitted.
        ({Status.REFUSED: 1, Status.INVALID: 1}, 207),
    ],
)
def test_the_status_says_whether_all_some_or_nothing_was_taken(
    statuses: dict[Status, int], http: int
) -> None:
    assert report_answers.http_status(dict.fromkeys(Status, 0) | statuses) == http
