"""The world that drawn histories happen in: a book to copy, two servers, and how they are asked."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from httpx import Client, Response
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from psycopg import sql

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from ledger.store.clusters import NAME
from ledger.store.database import Database, open_database
from ledger.store.embedded import EmbeddedServer
from tests import builders
from tests.database import TEMPLATE, create_database, superuser, url_of
from tests.scenarios.book_model import BookModel, Expected
from tests.scenarios.book_months import FIRMS, MonthModel
from tests.scenarios.book_terms import FIRST_RATES, HOSHI, KAZE, YORU, BookTerms, Event
from tests.scenarios.drawn_events import events
from tests.services.firms import select

BEGINNING = datetime.fromisoformat("2026-08-10T00:00:00+00:00")
REPORTS = st.lists(events(), min_size=1, max_size=12)
SENDERS = st.sampled_from((*FIRMS, FIRMS[0]))
SERVERS = st.integers(0, 1)
#: Seeded by what is drawn, and then as even as chance is: what is seldom is to be seldom.
CHANCE = st.randoms(use_true_random=True)

_TABLES = """
    SELECT table_name FROM information_schema.tables t
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
      AND has_table_privilege(table_name, 'SELECT') AND table_name <> 'key_use'
      AND NOT (SELECT relispartition FROM pg_class WHERE oid = to_regclass(table_name))
    ORDER BY table_name
"""
_HASHED = "SELECT '{name}', count(*), md5(string_agg(x::text, '|' ORDER BY x::text)) FROM {name} x"

_numbers = count(1)


@dataclass(frozen=True)
class World:
    """A book that histories begin with, as a database to copy, and the firms' keys."""

    server: EmbeddedServer
    template: str
    keys: Mapping[str, str]


def make_world(server: EmbeddedServer) -> World:
    """Write two licenses, and subjects that are offered or not."""
    template = "template_of_histories"
    create_database(server, template, template=TEMPLATE)
    database = open_database(url_of(server, template), Path())
    for name in (KAZE, HOSHI):
        builders.work(database, name)
    builders.work(database, YORU, offered_at=None)
    terms = builders.new_terms(rate_lines=rate_lines(FIRST_RATES))
    grant = builders.new_grant(modalities=tuple(FIRST_RATES), terms=terms)
    both = builders.new_grant(
        subjects=(KAZE, HOSHI), modalities=grant.modalities, terms=grant.terms
    )
    builders.license(database, "LIC-A", licensee="studio-a", grants=(both,))
    builders.license(database, "LIC-B", licensee="studio-b", grants=(grant,))
    keys = {firm: builders.key(database, firm) for firm in FIRMS}
    database.close()
    return World(server, template, keys)


def rate_lines(rates: Mapping[str, Decimal]) -> tuple[Any, ...]:
    """Return what images and video cost, as terms have it."""
    return (
        builders.new_rate_line(modality="image", rate=rates["image"]),
        builders.new_rate_line(modality="video", basis="per_second", rate=rates["video"]),
    )


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


class Told(RuleBasedStateMachine):
    """One book, two servers that know nothing of one another, and what is known of the book."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()
        self.database = self.opened.enter_context(copied(self.world))
        self.clock = DemoClock(BEGINNING)
        self.clients = [self._serve() for _ in range(2)]
        decided = {builders.STARTS_AT: "offered"}
        self.model = BookModel(
            now=BEGINNING,
            terms=BookTerms(
                decisions={KAZE: dict(decided), HOSHI: dict(decided)},
                rates={name: [(builders.STARTS_AT, FIRST_RATES)] for name in ("LIC-A", "LIC-B")},
            ),
        )
        self.months = MonthModel(self.model)
        self.sent: list[tuple[str, list[Event]]] = []

    def _serve(self) -> Client:
        app = create_app(Context(self.database, clock=self.clock))
        base_url = self.opened.enter_context(listening(app))
        client = self.opened.enter_context(Client(base_url=base_url, timeout=20))
        # Routes are made ready by the first that looks for one: by one server after the other,
        # because warnings are hushed meanwhile, and that for all threads of a process.
        assert client.get("/v1/nowhere").status_code == 404
        return client

    def call(self, firm: str, server: int, method: str, path: str, body: object = None) -> Response:
        """Ask a server as a firm."""
        headers = {"Authorization": f"Bearer {self.world.keys[firm]}"}
        content = None
        if body is not None:
            content = json.dumps(body)
            headers["Content-Type"] = "application/json"
        client = self.clients[server]
        return client.request(method, f"/v1{path}", content=content, headers=headers)

    def report(self, firm: str, server: int, batch: Sequence[Event]) -> list[Expected]:
        """Report to one server, and check every answer."""
        answers = self.post(firm, server, batch)
        assert answers == self.model.report(firm, batch)
        return answers

    def post(
        self, firm: str, server: int, batch: Sequence[Event], path: str = "/generations"
    ) -> list[Expected]:
        """Report, and return the answers as the model tells them."""
        answer = self.call(firm, server, "POST", path, [*map(sendable, batch)])
        return read_results(answer, batch)


def contents(database: Database) -> Sequence[Any]:
    """Return how many rows each table has, and a hash of all of them."""
    names = [row[0] for row in select(database, _TABLES)]
    hashed = " UNION ALL ".join(_HASHED.format(name=name) for name in names)
    assert "generation" in names
    return sorted(map(tuple, select(database, hashed)))


def sendable(event: Event) -> Event:
    """Return an event without what is only known of it here."""
    return {name: value for name, value in event.items() if name != "fault"}


def read_results(answer: Response, batch: Sequence[Event]) -> list[Expected]:
    """Return the results of a report as the model tells them, once they are in order."""
    results = answer.json()["results"]
    assert [result["index"] for result in results] == list(range(len(batch)))
    assert [result["id"] for result in results] == [event["id"] for event in batch]
    told = Counter(result["status"] for result in results)
    assert {name: n for name, n in answer.json()["counts"].items() if n} == told
    taken = told["accepted"] + told["duplicate"] + told["held"]
    some = 207 if taken or told["refused"] else 422
    assert answer.status_code == (200 if taken == len(batch) else some)
    return [*map(_told, results)]


def _told(result: Mapping[str, Any]) -> Expected:
    problem = result.get("problem") or {}
    status = result["status"]
    is_known = status not in ("conflict", "invalid")
    warnings = result.get("warnings") or []
    counted_in = [each["counted_in"] for each in warnings if isinstance(each, dict)]
    return Expected(
        status,
        result.get("receipt"),
        problem.get("fields"),
        problem.get("code"),
        (result.get("reasons") or []) if is_known else result.get("reasons"),
        counted_in[0] if counted_in else result.get("counted_in"),
    )
