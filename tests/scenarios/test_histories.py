"""
Histories that nobody would write down: reports, replays, conflicts, corrections, closings.

Hypothesis draws them, two servers on one PostgreSQL answer, and after every step each answer,
receipt and total is what :class:`tests.scenarios.book_model.BookModel` foretells, and every
invariant of the audit holds. GENBO_EXAMPLES draws more of them, and longer ones.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ledger.core.period import Month
from ledger.services import auditing, granting
from ledger.store.effective import UseReportedAlready
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.conftest import EXAMPLES
from tests.scenarios.book_model import Place, Sum
from tests.scenarios.book_months import FIRMS
from tests.scenarios.book_terms import HOSHI, KAZE, LICENSES, Event, Rate
from tests.scenarios.drawn_events import events, good_events
from tests.scenarios.histories import (
    CHANCE,
    REPORTS,
    SENDERS,
    SERVERS,
    World,
    make_world,
    rate_lines,
)
from tests.scenarios.history_corrections import Correcting
from tests.scenarios.history_months import Months
from tests.services.firms import select

pytestmark = pytest.mark.slow

IS_DEEP = EXAMPLES >= 100
STEPS = 30 if IS_DEEP else 16
#: Making a history that fails shorter takes minutes: it is done when there is time for it.
PHASES = tuple(phase for phase in Phase if IS_DEEP or phase is not Phase.shrink)

_SUMS = """
    SELECT p.reference, g.accrual_month, j.decision, count(*)
    FROM generation g
    JOIN party p ON p.party_id = g.licensee_id
    JOIN judgement j ON j.licensee_id = g.licensee_id AND j.judgement_id = g.judgement_id
    GROUP BY p.reference, g.accrual_month, j.decision
"""
_TOTALS = """
    SELECT p.reference, t.accrual_month, b.counted_month, t.decision, t.reason,
           s.reference AS subject, l.reference AS license, v.version, r.modality, r.rate,
           sum(t.generation_count) AS count, sum(t.quantity) AS quantity
    FROM batch_total t
    JOIN batch b USING (licensee_id, batch_number)
    JOIN party p ON p.party_id = t.licensee_id
    LEFT JOIN subject s USING (subject_id)
    LEFT JOIN rate_line r ON r.rate_line_id = t.rate_line_id
    LEFT JOIN terms_version v ON v.terms_version_id = r.terms_version_id
    LEFT JOIN license_grant g ON g.license_grant_id = v.license_grant_id
    LEFT JOIN license l ON l.license_id = g.license_id
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    HAVING sum(t.generation_count) <> 0 OR sum(t.quantity) <> 0
"""


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> World:
    """Two licenses, and subjects that are offered or not."""
    return make_world(server)


class Histories(Correcting, Months):
    """All that may happen to a book."""

    priced = Month(2026, 5)

    def teardown(self) -> None:
        """Send everything again, and close the book."""
        try:
            for firm, batch in self.sent:
                self.report(firm, 0, batch)
            self.the_book_is_as_foretold()
        finally:
            self.opened.close()

    @initialize(batch=REPORTS, firm=SENDERS)
    def begin(self, batch: list[Event], firm: str) -> None:
        """There is always something in the book that is charged."""
        for each, license_ in zip(FIRMS, LICENSES, strict=True):
            self.send(each, 0, good_events(license_))
        self.send(firm, 0, batch)

    @rule(firm=SENDERS, server=SERVERS, batch=REPORTS)
    def send(self, firm: str, server: int, batch: list[Event]) -> None:
        """Report what may be new, known, contradicting, late, wrong, or all of it."""
        self.sent.append((firm, batch))
        self.report(firm, server, batch)

    @rule(chance=CHANCE, server=SERVERS)
    def send_again(self, chance: Any, server: int) -> None:
        """Report something again, in another order, whoever is asked."""
        firm, batch = chance.choice(self.sent)
        again = [*batch, *chance.choice(self.sent)[1]]
        chance.shuffle(again)
        self.report(firm, server, again)

    @precondition(lambda self: self.model.kept)
    @rule(chance=CHANCE, server=SERVERS)
    def contradict(self, chance: Any, server: int) -> None:
        """Say something else of an event that is in the book; nothing changes."""
        identity = chance.choice(list(self.model.kept))
        kept = self.model.kept[identity].event
        other = kept | chance.choice(
            [{"quantity": "77"}, {"territory": "FR", "title": "海"}, {"license": "LIC-Y"}]
        )
        (answer,) = self.report(identity.firm, server, [other])
        assert answer.status == "conflict"

    @rule(firm=SENDERS, batch=REPORTS)
    def send_twice_at_once(self, firm: str, batch: list[Event]) -> None:
        """Report the same to both servers at the same moment: one of them was first."""
        self.sent.append((firm, batch))
        with ThreadPoolExecutor(2) as senders:
            answers = list(senders.map(lambda server: self.post(firm, server, batch), range(2)))
        first, second = self.model.report(firm, batch), self.model.report(firm, batch)
        assert answers in ([first, second], [second, first])

    @rule(
        subject=st.sampled_from((KAZE, HOSHI)),
        state=st.sampled_from(("suspended", "offered")),
        day=st.sampled_from((2, 10, 31)),
    )
    def decide(self, subject: str, state: str, day: int) -> None:
        """A rights holder takes a work back, or offers it again, from some day on."""
        month = self.model.closed.next() if self.model.closed else Month(2026, 6)
        at = month.starts_at + timedelta(days=day)
        decisions = self.model.terms.decisions[subject]
        if at not in decisions:
            builders.offer(
                self.database, [subject], state=state, reason="asked for", effective_at=at
            )
            decisions[at] = state

    @rule(rate=st.sampled_from(("13", "0.3333", "9999.9")))
    def change_terms(self, rate: str) -> None:
        """A license gets another price; what was answered stays as it was."""
        month = max(self.model.closed.next() if self.model.closed else Month(2026, 5), self.priced)
        self.priced = month.next()
        rates = dict.fromkeys(("image", "video"), Decimal(rate))
        terms = builders.new_terms(effective_from=month.starts_at, rate_lines=rate_lines(rates))
        with suppress(UseReportedAlready):  # Or what was answered would be priced in two ways.
            granting.add_terms_version(
                self.database,
                license_reference="LIC-A",
                terms=terms,
                recorded_at=builders.RECORDED_AT,
            )
            self.model.terms.rates["LIC-A"].append((month.starts_at, rates))

    @precondition(lambda self: self.model.closed is not None)
    @rule(chance=CHANCE, server=SERVERS, instead=events(may_have_faults=False))
    def correct_and_close(self, chance: Any, server: int, instead: Event) -> None:
        """What is corrected in a closed month is charged when the next one closes."""
        self.correct(chance, server, instead)
        self.close(is_accepted=True)

    @invariant()
    def the_book_is_as_foretold(self) -> None:
        """Every invariant holds, and nothing is lost, doubled, or counted as something else."""
        broken = {name: found for name, found in auditing.audit(self.database).items() if found}
        assert broken == {}
        sums = {
            (firm, Month.of_day(month), decision): number
            for firm, month, decision, number in select(self.database, _SUMS)
        }
        assert sums == self.model.sums()
        assert dict(map(_total, select(self.database, _TOTALS))) == self.model.totals()


def _total(row: Any) -> tuple[Place, Sum]:
    """Return a total of batches as the model tells it."""
    rate = None
    if row.license is not None:
        rate = Rate(row.license, row.version, row.modality, row.rate)
    counted_in = None if row.counted_month is None else Month.of_day(row.counted_month)
    place = Place(
        firm=row.reference,
        month=Month.of_day(row.accrual_month),
        counted_in=counted_in,
        decision=row.decision,
        reason=row.reason,
        subject=row.subject,
        rate=rate,
    )
    return place, Sum(row.count, row.quantity)


def test_whatever_happens_every_event_is_there_once_and_every_invariant_holds(
    world: World,
) -> None:
    machine = type("Histories", (Histories,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            phases=PHASES,
            stateful_step_count=STEPS,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
