"""Terms tried on past use: as their own closing would charge them, and nothing is written."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ledger.core.period import Month
from ledger.core.proposal import NewOfferVersion
from ledger.core.rate_agreement import NewTier
from ledger.services import closing, trying
from ledger.services.trying import Trial, TriedSubjectUnknown
from ledger.store.database import Database
from ledger.store.scopes import scoped_to
from tests import builders
from tests.rows import row_counts, rows
from tests.services import money
from tests.services.usage import generation, report

SEPTEMBER, OCTOBER = Month(2026, 9), Month(2026, 10)


@pytest.fixture
def database(database: Database) -> Database:
    """Two holders in one license at 12 yen; 60 images in September, 70 in October, 5 of umi."""
    builders.party(database, "kaze")
    builders.work(database, "umi", owner="kaze")
    builders.license(
        database, grants=(builders.new_grant(subjects=("kaze-no-machi", "umi")),), ends_at=None
    )
    report(database, generation(60, on=date(2026, 9, 5)))
    report(database, generation(70, on=date(2026, 10, 5)))
    report(database, generation(5, on=date(2026, 10, 5), subjects=("umi",)))
    for month in (SEPTEMBER, OCTOBER):
        closing.close_month(database, month=month, closed_by="k", closed_at=month.ends_at)
    return database


def tried(database: Database, *lines: Any, subject: str | None = None, **terms: Any) -> Trial:
    """Try some rate lines as hoshino's page does on 5 November."""
    [(owner,)] = rows(database, "SELECT party_id FROM party WHERE reference = 'hoshino'")
    offered = builders.new_terms(
        rate_lines=lines, effective_from=money.noon(date(2026, 11, 6)), **terms
    )
    return trying.try_offer(
        database,
        scoped_to(database, party_id=owner),
        owner_id=owner,
        subject=subject,
        version=NewOfferVersion(modalities=("image",), use_classes=("generation",), terms=offered),
        at=money.noon(date(2026, 11, 5)),
    )


def line(**changes: Any) -> Any:
    return builders.new_rate_line(**({"rate": Decimal(20)} | changes))


@pytest.mark.parametrize(
    ("lines", "after"),
    [
        ([line()], 2_600),  # 130 images at 20 yen; umi is not hoshino's.
        ([line(rate=Decimal("0.5"))], 65),  # Rounded once a month: 30 and 35.
        (  # Counted anew each month: 50 at 20 and the rest at 10.
            [
                line(
                    tier_mode="marginal",
                    tiers=(NewTier(rate=20, up_to=50), NewTier(rate=10)),
                )
            ],
            1_000 + 100 + 1_000 + 200,
        ),
        ([line(cap_minor=1_300)], 1_200 + 1_300),
        ([line(), line(rate=Decimal(30), modality="image")], 3_900),  # The narrower line prices.
    ],
)
def test_use_is_priced_as_its_closing_would(
    lines: list[Any], after: int, database: Database
) -> None:
    before = row_counts(database)
    found = tried(database, *lines)
    assert (found.first, found.last) == (Month(2026, 8), OCTOBER)
    assert found.totals == {"JPY": (1_560, after)}
    assert (found.tried.generation_count, found.tried.uncovered_count) == (2, 0)
    assert row_counts(database) == before


def test_what_the_terms_have_no_price_for_is_counted_and_not_guessed(database: Database) -> None:
    found = tried(database, line(basis="per_second", modality="video"))
    assert found.totals == {"JPY": (1_560, 0)}
    assert found.tried.uncovered_count == 2


def test_a_trial_is_of_what_the_holder_has(database: Database) -> None:
    assert tried(database, line(), subject="kaze-no-machi").totals == {"JPY": (1_560, 2_600)}
    for other in ("umi", "nothing"):
        with pytest.raises(TriedSubjectUnknown):
            tried(database, line(), subject=other)
