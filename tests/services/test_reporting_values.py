"""What was reported is what the book has, whatever was in it, through rows packed by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledger.core.receipt import Status
from ledger.core.usage import C2paState, Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from ledger.services import auditing
from ledger.store import generations
from ledger.store.database import Database
from ledger.store.generations import Identity
from tests import builders
from tests.services.firms import Firm, firm, select, statuses
from tests.services.usage import generation

#: Late enough for every event of these tests.
LATER = datetime(2026, 10, 31, tzinfo=UTC)


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi."""
    builders.license(database)
    return firm(database)


def stored(studio: Firm, *events: ReportedGeneration) -> list[ReportedGeneration]:
    """Return generations as the book has them."""
    identities = [_identity(event) for event in events]
    with studio.database.transaction() as session:
        found = generations.read_reported(session, licensee_id=studio.id, identities=identities)
    return [found[identity] for identity in identities]


def _identity(event: ReportedGeneration) -> Identity:
    day = (event.occurred_at + timedelta(hours=9)).date()
    return day.replace(day=1), event.source, event.event_id


def instants(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    between = (last - first) // timedelta(microseconds=1)
    return st.integers(0, between).map(lambda offset: first + timedelta(microseconds=offset))


#: Everything that the API lets through, and more of it than anybody would send.
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=256
)
numbers = st.builds(
    lambda digits, exponent: Decimal((0, tuple(map(int, str(digits))), exponent)),
    st.integers(0, 10**30 - 1),
    st.integers(-30, 30),
)
subjects = st.lists(
    st.builds(SubjectUse, texts, st.none() | st.integers(0, 10_000)),
    min_size=1,
    max_size=5,
    unique_by=lambda use: use.reference,
).map(tuple)
#: Few months, because each opens a partition of its own.
near = instants(datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC))
reports = st.builds(
    ReportedGeneration,
    source=texts,
    event_id=texts,
    occurred_at=near,
    license_reference=st.sampled_from(["LIC-2026-001", "風の町"]) | texts,
    subjects=subjects,
    use_class=st.sampled_from(UseClass),
    modality=st.sampled_from(Modality),
    unit=st.sampled_from(Unit),
    territory=st.text("ABCXYZ", min_size=2, max_size=2),
    quantity=st.none() | numbers,
    net_revenue=st.none() | numbers,
    currency=st.none() | st.sampled_from(["JPY", "USD"]),
    model=st.none() | texts,
    output_sha256=st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex),
    title=st.none() | texts,
    c2pa=st.none() | st.sampled_from(C2paState),
    language=st.none() | st.sampled_from(["ja", "en-US", "und"]),
    clearance=st.none(),  # No part of what is stored.
)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(reports, min_size=1, max_size=8, unique_by=_identity))
def test_what_is_reported_is_what_is_stored(studio: Firm, events: list[ReportedGeneration]) -> None:
    other = Firm(database=studio.database, id=studio.id)
    results = other.report(*events, at=LATER)
    for event, result, read in zip(events, results, stored(studio, *events), strict=True):
        if result.status is Status.CONFLICT:  # With an earlier example; told what differs.
            assert result.differing
        else:
            assert read == event
            assert read.content_hash() == event.content_hash()
    again = studio.report(*events, at=LATER)
    assert [each.receipt for each in again] == [each.receipt for each in results]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(instant=instants(datetime(1999, 12, 31, tzinfo=UTC), datetime(2200, 12, 31, tzinfo=UTC)))
@example(datetime(2000, 1, 1, tzinfo=UTC))  # The day PostgreSQL counts from,
@example(datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))  # and before it.
def test_an_instant_is_kept_to_the_microsecond_in_its_month(
    studio: Firm, instant: datetime
) -> None:
    event = generation(occurred_at=instant)
    studio.report(event, at=instant)
    (read,) = stored(studio, event)
    assert read.occurred_at == instant


UNUSUAL: list[dict[str, Any]] = [
    {"title": "風の町🌬️👩‍🎨 — “Ⓐ” ㌔ ﷽"},
    {"title": "\U0010ffff\ufffe", "model": "a\u0301 is not \u00e1"},
    {"event_id": "e" * 256, "source": "風" * 256, "model": "🌬" * 256},
    {"event_id": " ", "source": "\\N", "title": "\\.", "model": "NULL"},
    {"event_id": "'; DROP TABLE generation; --", "source": '{"a": [1]}'},
    {"quantity": Decimal("0.000000000000000000000000000001")},
    {"quantity": Decimal("999999999999999.999999999999999")},
    {"quantity": Decimal("1E+29"), "net_revenue": Decimal("0E-20")},
    {"quantity": Decimal(0)},
    {"quantity": Decimal("-0")},  # Zero, and no other.
    {"quantity": Decimal("1.50"), "net_revenue": Decimal("1.5")},
    {"quantity": None, "net_revenue": None, "currency": None, "model": None, "title": None},
    {"output_sha256": "00" * 32},
    {"output_sha256": "ff" * 32},
    {"subjects": tuple(SubjectUse(str(number), number) for number in range(50))},
    {"subjects": (SubjectUse("b"), SubjectUse("a"))},  # In the order of the report.
]


@pytest.mark.parametrize("facts", UNUSUAL)
def test_unusual_values_survive(studio: Firm, facts: dict[str, Any]) -> None:
    event, beside = generation()._replace(**facts), generation()
    first = studio.report(event, beside)
    assert Status.INVALID not in statuses(first)
    assert stored(studio, event, beside) == [event, beside]
    assert statuses(studio.report(event)) == [Status.DUPLICATE]
    assert not any(auditing.audit(studio.database).values())


def test_the_largest_batch_is_taken_at_once(studio: Firm) -> None:
    events = [generation(number) for number in range(10_000)]
    results = studio.report(*events)
    assert {result.status for result in results} == {Status.ACCEPTED}
    (total,) = select(studio.database, "SELECT generation_count, quantity FROM batch_total")
    assert tuple(total) == (10_000, sum(range(10_000)))
    studio.check_chain()


def test_no_text_of_a_report_can_pass_for_another_column(studio: Firm) -> None:
    """Each field is as long as it says: rows are packed by hand, so this is for us to prove."""
    shifted = [
        generation(source="ab", event_id="c"),
        generation(source="a", event_id="bc"),
        generation(source="abc", event_id="\t"),
    ]
    assert statuses(studio.report(*shifted)) == [Status.ACCEPTED] * 3
    assert stored(studio, *shifted) == shifted
