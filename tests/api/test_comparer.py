"""The whole book is compared once a day, and what was found is there to be shown."""

from collections.abc import Iterator

import psycopg
import pytest
from typer.testing import CliRunner

from api import cli, terminal
from api.addresses import Guard
from api.comparer import JOB, Comparer
from api.jobs import Worker
from api.webhooks import Sender
from ledger.core.book_comparison import StripeState
from ledger.services import comparing
from ledger.store.database import Database
from tests.api.stripe_scenes import Scene, scene
from tests.services.falsified import falsify


@pytest.fixture
def paying(database: Database) -> Iterator[Scene]:
    with scene(database) as made:
        yield made


@pytest.fixture
def commanded(database: Database, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in ("GENBO_STRIPE_KEY", "GENBO_STRIPE_WEBHOOK_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GENBO_LANGUAGE", "en")
    terminal.language.cache_clear()  # Another test may have spoken Japanese.
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    return CliRunner()


def _worker(paying: Scene) -> Worker:
    guard = Guard(allows_loopback=False)
    return Worker(
        database=paying.database,
        sender=Sender(guard=guard, clock=paying.watch),
        clock=paying.watch,
        comparer=Comparer(
            database=paying.database, clock=paying.watch, reconciler=paying.reconciler
        ),
    )


def _count(paying: Scene) -> int:
    return len(comparing.list_comparisons(paying.database))


def test_the_worker_compares_once_a_day(paying: Scene) -> None:
    counts = []
    for hours in (0, 1, 12, 1, 23, 1):  # The clock starts at ten in the morning in Japan.
        paying.watch.pass_by(hours=hours)
        _worker(paying).drain()
        counts.append(_count(paying))
    assert counts == [1, 1, 1, 2, 2, 3]


def test_what_was_found_is_kept_as_it_was(paying: Scene) -> None:
    paying.pay("card")
    paying.double.hooks.deliver(lambda _: [])  # Lost for good.
    _worker(paying).drain()
    last = comparing.last_comparison(paying.database)
    assert last is not None
    again = Comparer(
        database=paying.database, clock=paying.watch, reconciler=paying.reconciler
    ).compare(by=JOB, with_generations=False)
    assert last == again
    assert [each.kind for each in last.stripe_differences] == ["not_in_book", "balance"]
    assert not last.agrees


def test_a_stripe_that_is_away_is_asked_again_an_hour_later(
    paying: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(paying.double.desk, "requests_a_second", 0)
        _worker(paying).drain()
    last = comparing.last_comparison(paying.database)
    assert last is not None
    assert (last.stripe, last.stripe_reason != "") == (StripeState.AWAY, True)
    _worker(paying).drain()
    assert _count(paying) == 1
    paying.watch.pass_by(hours=1)
    _worker(paying).drain()
    last = comparing.last_comparison(paying.database)
    assert last is not None
    assert last.agrees


def test_the_audit_is_kept_where_somebody_puts_a_name_to_it(
    database: Database, commanded: CliRunner
) -> None:
    never = commanded.invoke(cli.app, ["audit", "--last"])
    assert (never.exit_code, "Nothing is kept yet" in never.output) == (1, True)
    assert commanded.invoke(cli.app, ["audit"]).exit_code == 0
    assert comparing.last_comparison(database) is None
    assert commanded.invoke(cli.app, ["audit", "--by", "Sato"]).exit_code == 0
    shown = commanded.invoke(cli.app, ["audit", "--last"])
    assert (shown.exit_code, "by Sato" in shown.output) == (0, True)
    last = comparing.last_comparison(database)
    assert last is not None
    assert (last.with_generations, last.stripe) == (True, StripeState.NOT_USED)


def test_a_broken_invariant_is_kept_with_its_place(
    paying: Scene, owner: psycopg.Connection, commanded: CliRunner
) -> None:
    falsify(owner, "UPDATE account_balance SET debit_minor = debit_minor + 1 WHERE debit_minor > 0")
    _worker(paying).drain()
    last = comparing.last_comparison(paying.database)
    assert last is not None
    assert {each.invariant for each in last.broken} >= {"balances_are_postings"}
    shown = commanded.invoke(cli.app, ["audit", "--last"])
    assert (shown.exit_code, "BROKEN" in shown.output) == (1, True)
    assert "not counted again" in shown.output
