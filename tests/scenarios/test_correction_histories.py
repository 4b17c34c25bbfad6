"""Any order of reports, corrections and closings ends with the royalty of what stands."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.core.correction import Correction, CorrectionKind, CorrectionReason
from ledger.core.period import Month
from ledger.core.usage import ReportedGeneration
from ledger.services import auditing, closing, correcting
from ledger.store import royalties
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.database import fresh_database
from tests.services.firms import Firm, firm
from tests.services.usage import generation

MONTHS = (Month(2026, 8), Month(2026, 9), Month(2026, 10))
AFTER = datetime(2026, 11, 20, tzinfo=UTC)
RATE = 12

#: What is done to which event, and the quantity it has then; None takes it out.
STEPS = st.one_of(
    st.tuples(
        st.just("tell"),
        st.integers(0, 5),
        st.one_of(st.none(), st.integers(0, 99)),
    ),
    st.tuples(st.just("close"), st.just(0), st.none()),
)


@dataclass
class History:
    """A firm, and what stands of each of its events by all that was said."""

    firm: Firm
    standing: dict[int, int | None] = field(default_factory=dict)
    revisions: dict[int, int] = field(default_factory=dict)
    closed: int = 0

    def event(self, number: int, quantity: int) -> ReportedGeneration:
        """An event of a month of its own; its number says which."""
        day = MONTHS[number % len(MONTHS)].first_day
        return generation(quantity, on=day, event_id=f"e-{number}", source="api")

    def tell(self, number: int, quantity: int | None) -> None:
        """Report an event, or correct it when it is recorded and something changes."""
        if number not in self.standing:
            reported = 7 if quantity is None else quantity
            self.firm.report(self.event(number, reported), at=AFTER)
            self.standing[number], self.revisions[number] = reported, 0
        if self.standing[number] == quantity:
            return
        self.revisions[number] += 1
        replacement = None if quantity is None else self.event(number, quantity)
        kind = CorrectionKind.REPLACE if replacement else CorrectionKind.VOID
        correcting.correct(
            self.firm.database,
            terms=self.firm.terms,
            licensee_id=self.firm.id,
            correction=Correction(
                source="api",
                event_id=f"e-{number}",
                kind=kind,
                reason=CorrectionReason.WRONG_QUANTITY,
                revision=self.revisions[number],
                replacement=replacement,
            ),
            recorded_by="studio-a",
            recorded_at=AFTER,
        )
        self.standing[number] = quantity

    def close(self) -> None:
        """Close the next month, if there is one left."""
        if self.closed < len(MONTHS):
            month = MONTHS[self.closed]
            closing.close_month(self.firm.database, month=month, closed_by="keiri", closed_at=AFTER)
            self.closed += 1


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEPS, max_size=14))
def test_the_royalty_of_each_month_is_that_of_what_stands(
    server: EmbeddedServer, steps: list[tuple[str, int, int | None]]
) -> None:
    with fresh_database(server) as database:
        builders.license(database)
        history = History(firm(database))
        history.tell(0, 1)  # So that August is the first month of the book.
        for what, number, quantity in steps:
            if what == "close":
                history.close()
            else:
                history.tell(number, quantity)
        while history.closed < len(MONTHS):
            history.close()
        # What was told after the last of them is charged by one more.
        last = MONTHS[-1].next()
        closing.close_month(database, month=last, closed_by="keiri", closed_at=last.ends_at)
        with database.transaction() as session:
            lines = royalties.read_lines(session, book_id=1, since=date.min)
        for index, month in enumerate(MONTHS):
            stands = [
                quantity or 0
                for number, quantity in history.standing.items()
                if number % len(MONTHS) == index
            ]
            of_month = [line for line in lines if line.month == month.first_day]
            assert sum(line.amount_minor for line in of_month) == RATE * sum(stands)
            assert sum((line.quantity for line in of_month), Decimal(0)) == sum(stands)
        assert not any(auditing.audit(database).values())
