"""Usage as tests report it: through the use case, one batch a call."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from ledger.core.period import TOKYO
from ledger.core.receipt import Result
from ledger.core.usage import Modality, ReportedGeneration, SubjectUse, Unit, UseClass
from ledger.services import BOOK_ID, reporting
from ledger.store.database import Database
from ledger.store.parties import find_parties
from ledger.store.terms_cache import TermsCache

UNITS = {
    Modality.IMAGE: Unit.IMAGE,
    Modality.VIDEO: Unit.SECOND,
    Modality.AUDIO: Unit.CHARACTER,
    Modality.TEXT: Unit.CHARACTER,
}

_numbers = count(1)


def generation(
    quantity: int | str | None = 1,
    *,
    on: date = date(2026, 10, 15),
    modality: Modality = Modality.IMAGE,
    subjects: Sequence[str] = ("kaze-no-machi",),
    **changes: Any,
) -> ReportedGeneration:
    """A generation at noon in Japan."""
    facts: dict[str, Any] = {
        "source": "test",
        "event_id": f"event-{next(_numbers)}",
        "occurred_at": datetime.combine(on, time(12), TOKYO).astimezone(UTC),
        "license_reference": "LIC-2026-001",
        "subjects": tuple(SubjectUse(reference) for reference in subjects),
        "use_class": UseClass.GENERATION,
        "modality": modality,
        "unit": UNITS[modality],
        "territory": "JP",
        "quantity": None if quantity is None else Decimal(quantity),
    }
    return ReportedGeneration(**(facts | changes))


def report(
    database: Database,
    *generations: ReportedGeneration,
    licensee: str = "studio-a",
    recorded_at: datetime | None = None,
) -> list[Result]:
    """Report generations in one batch, an hour after the last of them unless told otherwise."""
    with database.transaction() as session:
        party = find_parties(session, book_id=BOOK_ID, references=[licensee])[licensee]
    last = max(each.occurred_at for each in generations)
    return reporting.record(
        database,
        terms=TermsCache(BOOK_ID),
        licensee_id=party.id,
        reported=generations,
        recorded_at=recorded_at or last + timedelta(hours=1),
    )
