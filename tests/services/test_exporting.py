"""Every generation of some months as a row for each of its subjects, in a fixed order."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoices.spreadsheets import GENERATION_COLUMNS, generations_csv
from ledger.core.agreement import NewRateLine, NewTier
from ledger.core.period import Month
from ledger.core.usage import Modality, SubjectUse, Unit
from ledger.services import exporting
from ledger.store.database import Database
from tests import builders
from tests.services.firms import NOW, Firm, firm
from tests.services.usage import generation

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)


@pytest.fixture
def studio(database: Database) -> Firm:
    """A firm that may generate images of kaze-no-machi."""
    builders.license(database)
    return firm(database)


def rows(database: Database, first: Month = OCTOBER, last: Month = OCTOBER) -> list[dict[str, Any]]:
    return list(exporting.generations_of(database, first=first, last=last))


def estimates(database: Database) -> list[Decimal | None]:
    return [row["amount_estimate"] for row in rows(database)]


def license_of(database: Database, line: NewRateLine) -> None:
    """Let the firm generate everything of the work under one rate line."""
    terms = builders.new_terms(rate_lines=(line,))
    grant = builders.new_grant(modalities=("image", "video", "audio"), terms=terms)
    builders.license(database, "LIC-2", grants=(grant,))


def test_a_row_says_what_was_reported_and_decided(studio: Firm) -> None:
    event = generation("1.50", event_id="e", title=None, territory="US")
    (receipt,) = [each.receipt for each in studio.report(event)]
    assert receipt is not None
    (row,) = rows(studio.database)
    assert row.keys() == set(GENERATION_COLUMNS)
    assert row == {
        "source": "test",
        "id": "e",
        "occurred_at": event.occurred_at,
        "accrual_month": date(2026, 10, 1),
        "licensee": "studio-a",
        "license": "LIC-2026-001",
        "subject": "kaze-no-machi",
        "title_ja": "風の町",
        "modality": "image",
        "use_class": "generation",
        "territory": "US",
        "quantity": Decimal("1.5"),
        "unit": "image",
        "decision": "accepted",
        "reasons": [],
        "amount_estimate": Decimal(18),
        "batch_number": 1,
        "position": 0,
        "content_hash": event.content_hash().hex(),
    }


def test_several_subjects_are_several_rows_each_with_its_own_decision(studio: Firm) -> None:
    studio.report(generation(subjects=["kaze-no-machi", "yoru"], title="夜の海"), generation(None))
    told = [
        (row["subject"], row["title_ja"], row["decision"], row["reasons"], row["amount_estimate"])
        for row in rows(studio.database)
    ]
    assert told == [
        ("kaze-no-machi", "風の町", "accepted", [], Decimal(12)),
        ("yoru", "夜の海", "held", ["subject_unmatched"], None),
        ("kaze-no-machi", "風の町", "held", ["quantity_unknown"], None),
    ]


def test_rows_come_by_month_licensee_and_batch(studio: Firm) -> None:
    rival = firm(studio.database, "studio-0")
    september = generation(event_id="s", occurred_at=SEPTEMBER.starts_at)
    studio.report(generation(event_id="1"), generation(event_id="2"))
    rival.report(generation(event_id="r"))
    studio.report(generation(event_id="0"), september)
    studio.report(generation(event_id="n", occurred_at=NOW + timedelta(minutes=1)))
    ids = [row["id"] for row in rows(studio.database, SEPTEMBER, OCTOBER)]
    assert ids == ["s", "r", "1", "2", "0", "n"]
    assert [row["id"] for row in rows(studio.database, SEPTEMBER, SEPTEMBER)] == ["s"]
    assert rows(studio.database, Month(2026, 11), Month(2027, 1)) == []


@pytest.mark.parametrize(
    ("line", "facts", "estimate"),
    [
        (NewRateLine(basis="per_second", rate=90), {"quantity": Decimal("1.005")}, "90.45"),
        (
            NewRateLine(basis="pct_revenue", rate=18),
            {"quantity": None, "net_revenue": Decimal("32658123.16")},
            "5878462.1688",
        ),
        (NewRateLine(basis="fixed_month", rate=30_000), {}, None),  # The month's, not its own.
        (
            NewRateLine(
                basis="per_second",
                rate=12,
                tier_mode="marginal",
                tiers=(NewTier(up_to=10, rate=12), NewTier(up_to=None, rate=8)),
                counter_scope="period",
            ),
            {},
            None,  # How far the counter has come is known at the month's end.
        ),
        (
            NewRateLine(basis="per_second", rate="0.000000000000000000000000000007"),
            {"quantity": Decimal("123456789012345678901234567890")},
            "0.86419752308641975230864197523",
        ),
        (
            NewRateLine(basis="per_second", rate="1.00000000000000000000000000007"),
            {"quantity": Decimal("1.00000000000000000000000000003")},
            "1.0000000000000000000000000001000000000000000000000000000021",  # Every digit.
        ),
    ],
)
def test_an_estimate_is_exact_or_there_is_none(
    studio: Firm, line: NewRateLine, facts: dict[str, Any], estimate: str | None
) -> None:
    license_of(studio.database, line)
    event = generation(modality=Modality.VIDEO, license_reference="LIC-2")
    studio.report(event._replace(unit=Unit.SECOND, **facts))
    assert estimates(studio.database) == [None if estimate is None else Decimal(estimate)]


def test_a_thousand_characters_are_priced_by_the_character(studio: Firm) -> None:
    license_of(studio.database, NewRateLine(basis="per_1k_chars", rate=35))
    calls = [generation(n, modality=Modality.AUDIO, license_reference="LIC-2") for n in (417, 958)]
    studio.report(*calls)
    assert estimates(studio.database) == [Decimal("14.595"), Decimal("33.53")]


def test_the_same_usage_gives_the_same_file(studio: Firm, database: Database) -> None:
    def file() -> bytes:
        exported: Sequence[bytes] = list(generations_csv(rows(studio.database)))
        return b"".join(exported)

    studio.report(
        generation("1.0", event_id="a", subjects=["kaze-no-machi", "yoru"]),
        generation("1", event_id="b"),
        generation(event_id="=1+1", title="@SUM(A1)"),
    )
    first = file()
    assert first == file()
    assert first.startswith(b"\xef\xbb\xbfsource,id,")
    assert len(first.splitlines()) == 1 + 4


def test_more_rows_than_one_fetch_brings_are_all_there(studio: Firm) -> None:
    uses = tuple(SubjectUse(f"s{number}") for number in range(50))
    studio.report(*(generation()._replace(subjects=uses) for _ in range(110)))
    found = rows(studio.database)
    assert len(found) == 5_500
    places = [(row["position"], row["subject"]) for row in found]
    assert places == [(position, f"s{n}") for position in range(110) for n in range(50)]
