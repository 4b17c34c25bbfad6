"""
Histories that nobody would write down: reports, replays, conflicts, changes of terms, closings.

Hypothesis draws them, two servers on one PostgreSQL answer, and after every step each answer,
receipt and total is what :class:`tests.scenarios.book_model.BookModel` foretells, and every
invariant of the audit holds. GENBO_EXAMPLES draws more of them, and longer ones.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import sql

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from ledger.core.period import Month
from ledger.services import auditing, closing, granting
from ledger.services.closing import AlreadyClosed, EarlierMonthOpen, MonthNotOver
from ledger.store.clusters import NAME
from ledger.store.database import Database, open_database
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.conftest import EXAMPLES
from tests.database import TEMPLATE, create_database, superuser, url_of
from tests.scenarios.book_model import (
    HOSHI,
    KAZE,
    YORU,
    BookModel,
    Event,
    Expected,
)
from tests.scenarios.drawn_events import events
from tests.services.firms import select

pytestmark = pytest.mark.slow

FIRMS = ("studio-a", "studio-b")
BEGINNING = datetime.fromisoformat("2026-07-10T00:00:00+00:00")
IS_DEEP = EXAMPLES >= 100
STEPS = 40 if IS_DEEP else 12
#: Making a history that fails shorter takes minutes: it is done when there is time for it.
PHASES = tuple(phase for phase in Phase if IS_DEEP or phase is not Phase.shrink)

_SUMS = """
    SELECT p.reference, g.accrual_month, j.decision, count(*)
    FROM generation g
    JOIN party p ON p.party_id = g.licensee_id
    JOIN judgement j ON j.licensee_id = g.licensee_id AND j.judgement_id = g.judgement_id
    GROUP BY p.reference, g.accrual_month, j.decision
"""

_numbers = count(1)


REPORTS = st.lists(events(), min_size=1, max_size=12)
SENDERS = st.sampled_from(FIRMS)
SERVERS = st.integers(0, 1)


@dataclass(frozen=True)
class World:
    """A book that histories begin with, as a database to copy, and the firms' keys."""

    server: EmbeddedServer
    template: str
    keys: Mapping[str, str]


@pytest.fixture(scope="module")
def world(server: EmbeddedServer) -> World:
    """Two licenses, and subjects that are offered or not."""
    template = "template_of_histories"
    create_database(server, template, template=TEMPLATE)
    database = open_database(url_of(server, template), Path())
    for name in (KAZE, HOSHI):
        builders.work(database, name)
    builders.work(database, YORU, offered_at=None)
    lines = (
        builders.new_rate_line(modality="image"),
        builders.new_rate_line(modality="video", basis="per_second", rate=Decimal("0.7")),
    )
    grant = builders.new_grant(
        modalities=("image", "video"), terms=builders.new_terms(rate_lines=lines)
    )
    both = builders.new_grant(
        subjects=(KAZE, HOSHI), modalities=grant.modalities, terms=grant.terms
    )
    builders.license(database, "LIC-A", licensee="studio-a", grants=(both,))
    builders.license(database, "LIC-B", licensee="studio-b", grants=(grant,))
    keys = {firm: builders.key(database, firm) for firm in FIRMS}
    database.close()
    return World(server, template, keys)


@contextmanager
def copied(world: World) -> Iterator[Database]:
    """Give a book of its own that begins as the world does."""
    name = f"history_{next(_numbers)}"
    create_database(world.server, name, template=world.template)
    database = open_database(url_of(world.server, name), Path())
    try:
        yield database
    finally:
        database.close()
        with superuser(world.server, NAME) as connection:
            dropping = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            connection.execute(dropping)


class Histories(RuleBasedStateMachine):
    """One book, two servers, and what is known of it."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.database = self._open.enter_context(copied(self.world))
        self.clock = DemoClock(BEGINNING)
        self.clients = [self._serve() for _ in range(2)]
        decided = {builders.STARTS_AT: "offered"}
        self.model = BookModel(
            now=BEGINNING, decisions={KAZE: dict(decided), HOSHI: dict(decided), YORU: {}}
        )
        self.sent: list[tuple[str, list[Event]]] = []

    def _serve(self) -> Client:
        """Start a server that knows nothing of the other."""
        app = create_app(Context(self.database, clock=self.clock))
        base_url = self._open.enter_context(listening(app))
        return self._open.enter_context(Client(base_url=base_url, timeout=20))

    def teardown(self) -> None:
        """Send everything again, and close the book."""
        try:
            for firm, batch in self.sent:
                self.report(firm, 0, batch)
            self.the_book_is_as_foretold()
        finally:
            self._open.close()

    @initialize(batch=REPORTS, firm=SENDERS)
    def begin(self, batch: list[Event], firm: str) -> None:
        """There is always something in the book."""
        self.send(firm, 0, batch)

    @rule(firm=SENDERS, server=SERVERS, batch=REPORTS)
    def send(self, firm: str, server: int, batch: list[Event]) -> None:
        """Report what may be new, known, contradicting, late, wrong, or all of it."""
        self.sent.append((firm, batch))
        self.report(firm, server, batch)

    @rule(chance=st.randoms(use_true_random=False), server=SERVERS)
    def send_again(self, chance: Any, server: int) -> None:
        """Report something again, in another order, whoever is asked."""
        firm, batch = chance.choice(self.sent)
        again = [*batch, *chance.choice(self.sent)[1]]
        chance.shuffle(again)
        self.report(firm, server, again)

    @precondition(lambda self: self.model.kept)
    @rule(chance=st.randoms(use_true_random=False), server=SERVERS)
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
            answers = list(senders.map(lambda client: self.post(client, firm, batch), self.clients))
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
        if at in self.model.decisions[subject]:
            return
        builders.offer(self.database, [subject], state=state, reason="asked for", effective_at=at)
        self.model.decisions[subject][at] = state

    @rule(rate=st.sampled_from(("13", "0.3333", "9999.9")))
    def change_terms(self, rate: str) -> None:
        """A license gets another price; what was answered stays as it was."""
        month = max(self.model.closed.next() if self.model.closed else Month(2026, 5), self.priced)
        self.priced = month.next()
        terms = builders.new_terms(
            effective_from=month.starts_at,
            rate_lines=(
                builders.new_rate_line(modality="image", rate=Decimal(rate)),
                builders.new_rate_line(modality="video", basis="per_second", rate=Decimal(rate)),
            ),
        )
        granting.add_terms_version(
            self.database, license_reference="LIC-A", terms=terms, recorded_at=builders.RECORDED_AT
        )

    priced = Month(2026, 5)

    @precondition(lambda self: self.model.now < datetime.fromisoformat("2026-10-01T00:00:00Z"))
    @rule()
    def time_passes(self) -> None:
        """A month is over."""
        self.model.now = Month.of(self.model.now).ends_at + timedelta(days=9)
        self.clock.move_to(self.model.now)

    @precondition(lambda self: self.model.next_to_close() is not None)
    @rule()
    def close(self) -> None:
        """Close the next month, or be told that it still runs."""
        month = self.model.next_to_close()
        assert month is not None
        if month.ends_at > self.model.now:
            with pytest.raises(MonthNotOver):
                self._close(month)
            return
        with pytest.raises(EarlierMonthOpen):
            self._close(month.next(), at=month.next().ends_at)
        foreseen = closing.preview(self.database, month=month)
        closed = self._close(month)
        assert closed.lines == foreseen
        assert closed.generation_count == len(self.model.of_month(month))
        self._check_lines(closed.lines, month)
        self.model.close(month)
        with pytest.raises(AlreadyClosed):
            self._close(month)

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

    def report(self, firm: str, server: int, batch: Sequence[Event]) -> list[Expected]:
        """Report to one server, and check every answer."""
        answers = self.post(self.clients[server], firm, batch)
        assert answers == self.model.report(firm, batch)
        return answers

    def post(self, client: Client, firm: str, batch: Sequence[Event]) -> list[Expected]:
        """Report, and return the answers as the model tells them."""
        sent = [
            {name: value for name, value in event.items() if name != "fault"} for event in batch
        ]
        headers = {
            "Authorization": f"Bearer {self.world.keys[firm]}",
            "Content-Type": "application/json",
        }
        answer = client.post("/v1/generations", content=json.dumps(sent), headers=headers)
        results = answer.json()["results"]
        assert [result["index"] for result in results] == list(range(len(batch)))
        assert [result["id"] for result in results] == [event["id"] for event in batch]
        told = Counter(result["status"] for result in results)
        assert {name: n for name, n in answer.json()["counts"].items() if n} == told
        taken = told["accepted"] + told["duplicate"] + told["held"]
        some = 207 if taken or told["refused"] else 422
        assert answer.status_code == (200 if taken == len(batch) else some)
        return [
            Expected(
                result["status"],
                result.get("receipt"),
                result.get("problem", {}).get("fields"),
                result.get("problem", {}).get("code"),
            )
            for result in results
        ]

    def _close(self, month: Month, at: datetime | None = None) -> closing.Closed:
        return closing.close_month(
            self.database, month=month, closed_by="keiri", closed_at=at or self.model.now
        )

    def _check_lines(self, lines: Sequence[Any], month: Month) -> None:
        """Each subject is charged for what was accepted of it, once, under whatever terms."""
        firms = dict(select(self.database, "SELECT party_id, reference FROM party"))
        subjects = dict(select(self.database, "SELECT subject_id, reference FROM subject"))
        modalities = dict(select(self.database, "SELECT rate_line_id, modality FROM rate_line"))
        charged: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
        for line in lines:
            if line.month != month.first_day:
                continue  # It adjusts an earlier month.
            key = (
                firms[line.licensee_id],
                subjects[line.subject_id],
                modalities[line.rate_line_id],
            )
            number, quantity = charged.get(key, (0, Decimal(0)))
            charged[key] = (number + line.generation_count, quantity + line.quantity)
        assert charged == self.model.used(month)


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
