"""One report has one hash however it is written; another report never has the same."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.period import InstantWithoutZone
from ledger.core.usage import (
    C2paState,
    Modality,
    ReportedGeneration,
    SubjectUse,
    TextHoldsNul,
    Unit,
    UseClass,
    canonical_decimal,
    differing_fields,
    wording_of,
)

REPORTED = ReportedGeneration(
    source="studio-a/images",
    event_id="01K6Z3N8S2-0",
    occurred_at=datetime(2026, 8, 3, 1, 15, tzinfo=UTC),
    license_reference="LIC-2026-001",
    subjects=(SubjectUse("kaze-no-machi"),),
    use_class=UseClass.GENERATION,
    modality=Modality.IMAGE,
    unit=Unit.IMAGE,
    territory="JP",
    quantity=Decimal(1),
)
IN_JAPAN = timezone(timedelta(hours=9))
IN_NEPAL = timezone(timedelta(hours=5, minutes=45))

#: Few and short, so that two reports drawn by chance are often nearly the same.
TEXTS = st.sampled_from(["", "a", "aa", "=", "=a", "0", "1", "風", "\n"])
OPTIONAL_TEXTS = st.none() | TEXTS
DECIMALS = st.sampled_from(["0", "0.0", "-0", "1", "1.0", "1E+1", "10", "0.1"]).map(Decimal)
INSTANTS = st.sampled_from([REPORTED.occurred_at, REPORTED.occurred_at + timedelta(microseconds=1)])
SUBJECTS = st.lists(st.builds(SubjectUse, TEXTS, st.sampled_from([None, 0, 1])), min_size=1)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "source": TEXTS,
    "event_id": TEXTS,
    "occurred_at": st.builds(datetime.astimezone, INSTANTS, st.sampled_from([UTC, IN_JAPAN])),
    "license_reference": TEXTS,
    "subjects": SUBJECTS.map(tuple),
    "territory": TEXTS,
    "quantity": st.none() | DECIMALS,
    "net_revenue": st.none() | DECIMALS,
    "currency": OPTIONAL_TEXTS,
    "model": OPTIONAL_TEXTS,
    "output_sha256": OPTIONAL_TEXTS,
    "title": OPTIONAL_TEXTS,
}
CHANGED = st.sampled_from(sorted(VALUES)).flatmap(
    lambda field: st.tuples(st.just(field), VALUES[field])
)
REPORTS = st.lists(CHANGED, max_size=4).map(lambda changes: REPORTED._replace(**dict(changes)))


def changed(**values: Any) -> ReportedGeneration:
    """Return the report of these tests with some fields changed."""
    return REPORTED._replace(**values)


@pytest.mark.parametrize(
    "same",
    [
        changed(quantity=Decimal("1.0")),
        changed(quantity=Decimal("1.00000")),
        changed(quantity=Decimal("1E+0")),
        changed(occurred_at=REPORTED.occurred_at.astimezone(IN_JAPAN)),
        changed(occurred_at=REPORTED.occurred_at.astimezone(IN_NEPAL)),
        changed(use_class="generation", modality="image", unit="image"),  # As rows come back.
    ],
)
def test_the_same_facts_hash_alike_however_they_are_written(same: ReportedGeneration) -> None:
    assert same.content_hash() == REPORTED.content_hash()
    assert differing_fields(REPORTED, same) == []


CHANGES: list[tuple[str, Any]] = [
    ("source", "studio-a/image"),
    ("event_id", "01K6Z3N8S2-1"),
    ("occurred_at", REPORTED.occurred_at + timedelta(microseconds=1)),  # The least there is.
    ("license_reference", "LIC-2026-002"),
    ("subjects", (SubjectUse("kaze-no-machi", 10_000),)),  # A weight, even the whole.
    ("subjects", (SubjectUse("kaze-no-machi", 0),)),  # No weight is not the weight nothing.
    ("subjects", (SubjectUse("kaze-no-machi"), SubjectUse("yoru-no-eki"))),
    ("subjects", (SubjectUse("KAZE-NO-MACHI"),)),
    ("use_class", UseClass.REFERENCE_INPUT),
    ("modality", Modality.VIDEO),
    ("unit", Unit.CLIP),
    ("territory", "US"),
    ("quantity", Decimal(2)),
    ("quantity", Decimal(0)),
    ("quantity", None),  # Unknown is not nothing.
    ("net_revenue", Decimal(0)),
    ("currency", "JPY"),
    ("model", "nagare-xl-2"),
    ("output_sha256", "0" * 64),
    ("title", "風の町"),
    ("title", ""),  # Empty is not the same as not given.
    ("c2pa", C2paState.EMBEDDED),
    ("c2pa", C2paState.NONE),  # Said not to be there, which is not the same as not said.
    ("language", "ja"),
]


@pytest.mark.parametrize(("field", "value"), CHANGES)
def test_any_change_of_any_field_is_another_report(field: str, value: object) -> None:
    other = changed(**{field: value})
    assert other.content_hash() != REPORTED.content_hash()
    assert differing_fields(REPORTED, other) == [field]


def test_every_field_is_changed_above() -> None:
    assert {field for field, _ in CHANGES} == set(ReportedGeneration._fields) - {"clearance"}


def test_a_clearance_proves_something_about_a_report_and_is_no_part_of_it() -> None:
    other = changed(clearance="gc1.…")
    assert other.content_hash() == REPORTED.content_hash()
    assert differing_fields(REPORTED, other) == []


def test_content_credentials_are_never_taken_for_a_subject() -> None:
    """They follow the subjects in the spelling, where no subject without a weight can stand."""
    marked = changed(c2pa=C2paState.EMBEDDED)
    named = changed(subjects=(*REPORTED.subjects, SubjectUse("c2pa=embedded")))
    assert marked.content_hash() != named.content_hash()


def test_what_reports_without_a_language_were_named_by_is_what_they_are_named_by() -> None:
    """A leaf that was given as a receipt stays what it was."""
    assert REPORTED.language is None
    assert wording_of(REPORTED).subjects == "\0".join(
        ["", *(text for use in REPORTED.subjects for text in (use.reference, _weight(use)))]
    )
    both = changed(c2pa=C2paState.NONE, language="ja")
    assert wording_of(both).subjects.endswith("\0c2pa=none\0language=ja")


def _weight(use: SubjectUse) -> str:
    return "" if use.weight_bp is None else str(use.weight_bp)


def test_differing_fields_are_named_in_their_own_order() -> None:
    other = changed(title="風の町", source="studio-b", quantity=Decimal(2))
    assert differing_fields(REPORTED, other) == ["source", "quantity", "title"]


def test_subjects_in_another_order_are_another_report() -> None:
    first, second = SubjectUse("kaze-no-machi"), SubjectUse("yoru-no-eki")
    one, other = changed(subjects=(first, second)), changed(subjects=(second, first))
    assert one.content_hash() != other.content_hash()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # What ends one field cannot begin the next.
        (changed(source="ab", event_id="c"), changed(source="a", event_id="bc")),
        (changed(model="ab", title=None), changed(model="a", title="b")),
        (changed(currency="USD", model=None), changed(currency=None, model="USD")),
        (changed(model="=", title=None), changed(model=None, title="=")),
        # A weight is not a subject, nor a subject's weight its neighbour's.
        (
            changed(subjects=(SubjectUse("a", 1), SubjectUse("b"))),
            changed(subjects=(SubjectUse("a"), SubjectUse("1"), SubjectUse("b"))),
        ),
        (
            changed(title="a", subjects=(SubjectUse("b"),)),
            changed(title=None, subjects=(SubjectUse("a"), SubjectUse("b"))),
        ),
        (changed(subjects=(SubjectUse("a", 1),)), changed(subjects=(SubjectUse("a1"),))),
    ],
)
def test_no_field_runs_into_its_neighbour(
    one: ReportedGeneration, other: ReportedGeneration
) -> None:
    assert one.content_hash() != other.content_hash()


@given(REPORTS, REPORTS)
@settings(max_examples=10)
def test_two_reports_hash_alike_exactly_when_nothing_differs(
    one: ReportedGeneration, other: ReportedGeneration
) -> None:
    is_same = differing_fields(one, other) == []
    assert (one.content_hash() == other.content_hash()) is is_same


@pytest.mark.parametrize(
    "nul",
    [
        changed(source="a\0b"),
        changed(title="\0"),
        changed(subjects=(SubjectUse("a\0"),)),
        # Would spell the same bytes as two subjects, if it could be spelled.
        changed(subjects=(SubjectUse("a\0\0b"),)),
    ],
)
def test_a_text_cannot_hold_what_divides_the_fields(nul: ReportedGeneration) -> None:
    with pytest.raises(TextHoldsNul) as refused:
        nul.content_hash()
    assert refused.value.event_id == REPORTED.event_id


def test_a_time_without_zone_has_no_hash_rather_than_that_of_the_server() -> None:
    with pytest.raises(InstantWithoutZone):
        changed(occurred_at=REPORTED.occurred_at.replace(tzinfo=None)).content_hash()


def test_the_spelling_never_changes_because_receipts_were_given_for_it() -> None:
    report = changed(
        subjects=(SubjectUse("kaze-no-machi", 6_000), SubjectUse("yoru-no-eki")),
        quantity=Decimal("1.50"),
        net_revenue=Decimal("1E+2"),
        currency="JPY",
        title="風の町",
    )
    fields = ["studio-a/images", "01K6Z3N8S2-0", "1785719700000000", "LIC-2026-001"]
    fields += ["generation", "image", "image", "JP", "1.5", "100", "=JPY", "", "", "=風の町"]
    fields += ["kaze-no-machi", "6000", "yoru-no-eki", ""]
    assert report.content_hash() == sha256(b"\0" + "\0".join(fields).encode()).digest()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("1.50", "1.5"),
        ("100", "100"),  # The zeros before the point stay.
        ("100.00", "100"),
        ("1E+2", "100"),
        ("1.5E+3", "1500"),
        ("0", "0"),
        ("-0", "0"),  # Equal to 0, and a database has no other.
        ("-0.00", "0"),
        ("0.00", "0"),
        ("0E-7", "0"),
        ("0E+2", "0"),
        ("1E-7", "0.0000001"),
        ("0.0000123", "0.0000123"),
        ("-1.50", "-1.5"),
        ("-100", "-100"),
        ("123456789012345678901234567890.10", "123456789012345678901234567890.1"),
    ],
)
def test_a_decimal_has_one_shortest_spelling(value: str, text: str) -> None:
    assert canonical_decimal(Decimal(value)) == text


def test_an_unknown_decimal_is_spelled_empty() -> None:
    assert canonical_decimal(None) == ""


@given(st.decimals(-(10**20), 10**20, places=8), st.integers(0, 8))
@settings(max_examples=10)
def test_equal_decimals_are_spelled_alike_and_read_back_equal(number: Decimal, zeros: int) -> None:
    padded = Decimal(f"{number:f}" + "0" * zeros)
    assert canonical_decimal(padded) == canonical_decimal(number)
    assert Decimal(canonical_decimal(number)) == number
