"""A request that is sent again under its key is carried out once, and answered as it was."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import text

from api import idempotency
from api.addresses import Guard
from api.demo.hosting import DemoClock
from api.idempotency import HEADER, REPLAYED
from api.jobs import Worker
from api.routes.webhooks import guard
from api.webhooks import Sender
from ledger.core.webhook import Secret
from ledger.services import repeating, subscribing
from ledger.services.repeating import CLAIM_LASTS, KEPT_FOR, Claim
from ledger.store.database import Database, DatabaseUnavailable
from ledger.store.parties import find_parties
from locales.catalogues import message
from tests import builders
from tests.api.doors import Door, problem

WEBHOOKS = "/v1/webhooks"
NEW: dict[str, Any] = {"url": "https://hooks.example.com/genbo", "events": ["invoice.paid"]}
KEY = "7f3d2c1e-0b5a-4f6e-9a86-51c2f7d0e94b"

_KEPT = "SELECT convert_from(answer, 'UTF8') FROM idempotency_key WHERE answer IS NOT NULL"
_COUNT = "SELECT count(*) FROM idempotency_key"


@pytest.fixture
def manager(door: Door) -> str:
    """A key that may manage."""
    door.app.dependency_overrides[guard] = lambda: Guard(look_up=lambda *_: ["93.184.215.14"])
    return builders.key(door.database, label="manager", scopes=["read", "manage"])


def send(door: Door, api_key: str, key: str | None = KEY, **changes: Any) -> Response:
    """Make an endpoint under an idempotency key."""
    headers = dict(changes.pop("headers", {})) | ({} if key is None else {HEADER: key})
    path = changes.pop("path", "")
    return door.ask("POST", WEBHOOKS + path, key=api_key, json=NEW | changes, headers=headers)


def endpoints(door: Door, api_key: str) -> int:
    """Return how many endpoints there are."""
    return len(door.get(WEBHOOKS, key=api_key).json()["webhooks"])


def value(database: Database, statement: str) -> Any:
    """Return one value from the book."""
    with database.transaction() as session:
        return session.execute(text(statement)).scalar_one()


def test_the_same_again_is_answered_as_before_and_not_carried_out(door: Door, manager: str) -> None:
    first, again = send(door, manager), send(door, manager)
    assert first.status_code == again.status_code == 201
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.headers["content-type"] == "application/json"
    assert again.json() == first.json() | {"secret": None}
    assert endpoints(door, manager) == 1


def test_a_secret_that_is_shown_once_is_not_kept(door: Door, manager: str) -> None:
    secret = send(door, manager).json()["secret"]
    assert secret not in value(door.database, _KEPT)


def test_without_a_key_or_with_another_each_request_is_one_of_its_own(
    door: Door, manager: str
) -> None:
    for key in (None, None, "one", "two"):
        assert send(door, manager, key).status_code == 201
    assert endpoints(door, manager) == 4


def test_a_key_in_quotes_is_the_same_as_bare(door: Door, manager: str) -> None:
    send(door, manager)
    assert send(door, manager, f'"{KEY}"').headers[REPLAYED] == "true"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_key_that_belongs_to_another_request_is_refused(
    door: Door, manager: str, language: str
) -> None:
    send(door, manager)
    answer = send(door, manager, events=["terms.changed"], headers={"Accept-Language": language})
    told = problem(answer, 422, "idempotency_key_reused")
    assert told["title"] == message(language, "problem.idempotency_key_reused.title")
    # The address and the query are parts of a request, too.
    webhook = door.get(WEBHOOKS, key=manager).json()["webhooks"][0]["id"]
    for path in (f"/{webhook}/secrets", "?x=1"):
        problem(send(door, manager, path=path), 422, "idempotency_key_reused")
    assert endpoints(door, manager) == 1


def test_keys_of_two_parties_do_not_meet(door: Door, manager: str) -> None:
    builders.licensee(door.database, "studio-b")
    other = builders.key(door.database, "studio-b", scopes=["read", "manage"])
    assert send(door, manager).status_code == send(door, other).status_code == 201
    assert endpoints(door, other) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", '"half', 'a"b', '""', '"back\\slash"'])
def test_a_key_that_is_none_is_refused(door: Door, manager: str, key: str) -> None:
    problem(send(door, manager, key), 400, "idempotency_key_malformed")
    assert endpoints(door, manager) == 0


def test_two_keys_are_none(door: Door, manager: str) -> None:
    headers = [("Authorization", f"Bearer {manager}"), (HEADER, "a"), (HEADER, "b")]
    answer = door.client.post(WEBHOOKS, json=NEW, headers=headers)
    problem(answer, 400, "idempotency_key_malformed")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"events": []}, 422),  # Its shape is wrong.
        ({"url": "https://localhost/x"}, 422),  # The rules say no.
        ({"path": "/whk_unknown/secrets"}, 404),
    ],
)
def test_a_refusal_frees_its_key_for_the_mended_request(
    door: Door, manager: str, changes: dict[str, Any], status: int
) -> None:
    door.app.dependency_overrides[guard] = lambda: Guard(
        look_up=lambda host, _: ["127.0.0.1" if host == "localhost" else "93.184.215.14"]
    )
    assert send(door, manager, **changes).status_code == status
    assert value(door.database, _COUNT) == 0
    assert send(door, manager).status_code == 201


def test_nobody_claims_a_key_without_the_scope(door: Door, manager: str) -> None:
    problem(send(door, door.key), 403, "scope_missing")
    send(door, manager)
    problem(send(door, door.key), 403, "scope_missing")  # Nor reads another's answer.


def test_of_many_that_come_at_once_one_is_carried_out(door: Door, manager: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(door, manager), range(16)))
    codes = {answer.status_code for answer in answers}
    assert codes <= {201, 409}
    made = [answer for answer in answers if answer.status_code == 201]
    assert sum(REPLAYED not in answer.headers for answer in made) == 1
    assert endpoints(door, manager) == 1


# A process that dies.


def claimed(door: Door, manager: str) -> Claim:
    """Claim the key as a process does that dies before it writes anything."""
    caught: list[Claim] = []

    async def die(claimed: Any, *_: object) -> None:
        caught.append(claimed.claim)

    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailable(address="x", reason="y")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subscribing, "create_endpoint", fail)
        patch.setattr(idempotency, "_settle", die)
        send(door, manager)
    (claim,) = caught
    return claim


def carry_out(door: Door, claim: Claim, clock: DemoClock) -> None:
    """Make the endpoint of a claim, as the request would."""
    subscribing.create_endpoint(
        repeating.marking(door.database, claim=claim, at=clock()),
        owner_id=claim.owner_id,
        reference=f"whk_{claim.number}",
        url=NEW["url"],
        events=NEW["events"],
        secret=Secret(b"s" * 32),
        recorded_at=clock(),
    )


def test_a_claim_that_nothing_came_of_is_taken_over_after_a_while(
    door: Door, manager: str, clock: DemoClock
) -> None:
    claimed(door, manager)
    problem(send(door, manager), 409, "idempotency_key_in_flight")
    clock.move_to(clock() + CLAIM_LASTS)
    assert send(door, manager).status_code == 201
    assert send(door, manager).headers[REPLAYED] == "true"


def test_what_was_carried_out_before_the_end_is_not_carried_out_again(
    door: Door, manager: str, clock: DemoClock
) -> None:
    carry_out(door, claimed(door, manager), clock)
    problem(send(door, manager), 409, "idempotency_key_in_flight")
    clock.move_to(clock() + CLAIM_LASTS)
    problem(send(door, manager), 409, "idempotency_answer_lost")
    assert endpoints(door, manager) == 1


def test_whoever_was_too_slow_writes_nothing_after_somebody_took_over(
    door: Door, manager: str, clock: DemoClock
) -> None:
    slow = claimed(door, manager)
    clock.move_to(clock() + CLAIM_LASTS)
    assert send(door, manager).status_code == 201
    with pytest.raises(Exception, match="idempotency_claim_lost"):
        carry_out(door, slow, clock)
    assert endpoints(door, manager) == 1


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    door: Door, manager: str, clock: DemoClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable(address="x", reason="y")

    with monkeypatch.context() as patch:
        patch.setattr(repeating, "keep_answer", away)
        assert send(door, manager).json()["secret"]
    clock.move_to(clock() + CLAIM_LASTS)
    problem(send(door, manager), 409, "idempotency_answer_lost")
    assert endpoints(door, manager) == 1


# Thirty days.


def test_keys_are_kept_for_thirty_days_and_removed_by_the_worker(
    door: Door, manager: str, clock: DemoClock
) -> None:
    send(door, manager)
    worker = Worker(
        database=door.database,
        sender=Sender(guard=Guard(allows_loopback=True), clock=clock),
        clock=clock,
    )
    clock.move_to(clock() + KEPT_FOR)
    worker.drain()
    assert send(door, manager).headers[REPLAYED] == "true"
    clock.move_to(clock() + timedelta(seconds=1))
    worker.drain()
    assert value(door.database, _COUNT) == 0


def test_the_book_knows_whose_key_it_is(door: Door, manager: str) -> None:
    send(door, manager)
    with door.database.transaction() as session:
        owner = find_parties(session, book_id=1, references=["studio-a"])["studio-a"].id
    assert value(door.database, "SELECT owner_id FROM idempotency_key") == owner
