"""What is told, how it is signed, when it is tried again, and by which secrets."""

import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from ledger.core.webhook import (
    DELAYS,
    LEASE,
    TIMEOUT,
    Answer,
    DatedSecret,
    Event,
    EventType,
    Failure,
    Outcome,
    Secret,
    follow,
    headers,
    payload,
    secret_text,
    secrets_in_force,
)

NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
FIRST, SECOND, THIRD = (Secret(letter * 32) for letter in (b"a", b"b", b"c"))


def answered(status: int | None, *, duration_ms: int = 0) -> Answer:
    failure = Failure.TIMED_OUT if status is None else None
    return Answer(started_at=NOW, duration_ms=duration_ms, status=status, failure=failure)


def test_the_schedule_is_that_of_the_contract() -> None:
    told = "0s 5s 5m 30m 2h 5h 10h 14h 20h 24h"
    seconds = {"s": 1, "m": 60, "h": 3600}
    assert (
        tuple(timedelta(seconds=int(each[:-1]) * seconds[each[-1]]) for each in told.split())
        == DELAYS
    )


def test_a_lease_outlasts_any_attempt() -> None:
    assert LEASE > 2 * TIMEOUT


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.DELIVERED),
        (202, Outcome.DELIVERED),
        (299, Outcome.DELIVERED),
        (101, Outcome.RETRYING),  # Nothing was taken.
        (301, Outcome.RETRYING),  # A redirect is not followed, and is no success.
        (308, Outcome.RETRYING),
        (400, Outcome.RETRYING),  # Their deployment may be broken for an hour.
        (404, Outcome.RETRYING),
        (410, Outcome.GONE),  # They say that nobody will ever be there.
        (500, Outcome.RETRYING),
        (None, Outcome.RETRYING),
    ],
)
def test_what_follows_an_answer(status: int | None, outcome: Outcome) -> None:
    assert follow(number=1, answer=answered(status)).outcome is outcome


@pytest.mark.parametrize("number", range(1, len(DELAYS)))
def test_the_next_attempt_is_due_when_the_schedule_says_after_this_one_ended(number: int) -> None:
    following = follow(number=number, answer=answered(503, duration_ms=1500))
    assert following.next_due_at == NOW + timedelta(seconds=1.5) + DELAYS[number]


def test_after_the_last_attempt_nobody_tries_again() -> None:
    following = follow(number=len(DELAYS), answer=answered(None))
    assert (following.outcome, following.next_due_at) == (Outcome.GAVE_UP, None)


def test_the_last_attempt_may_still_succeed() -> None:
    assert follow(number=len(DELAYS), answer=answered(200)).outcome is Outcome.DELIVERED


@pytest.mark.parametrize(
    ("dated", "in_force"),
    [
        ([(FIRST, None)], [FIRST]),  # Never rotated.
        ([(SECOND, timedelta(hours=1)), (FIRST, None)], [SECOND, FIRST]),  # They overlap.
        ([(SECOND, timedelta(0)), (FIRST, None)], [SECOND]),  # The overlap's end is excluded.
        ([(SECOND, -timedelta(hours=1)), (FIRST, None)], [SECOND]),
        # Rotated twice within one overlap: the oldest ended at once.
        (
            [(THIRD, timedelta(hours=1)), (SECOND, timedelta(hours=1)), (FIRST, None)],
            [THIRD, SECOND],
        ),
    ],
)
def test_the_secrets_that_sign(
    dated: list[tuple[Secret, timedelta | None]], in_force: list[Secret]
) -> None:
    given_newest_first = [
        DatedSecret(secret=secret, previous_until=None if left is None else NOW + left)
        for secret, left in dated
    ]
    assert secrets_in_force(given_newest_first, at=NOW) == tuple(in_force)


def test_a_signature_is_the_one_the_specification_computes() -> None:
    # The vector of the reference libraries' own tests.
    secret = Secret(b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    signed = headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        sent_at=datetime.fromtimestamp(1614265330, UTC),
        payload='{"test": 2432232314}',
        signed_by=[secret],
    )
    assert signed == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(secret=st.binary(min_size=24, max_size=64).map(Secret), text=st.text())
def test_whatever_is_signed_is_verified_by_the_package(secret: Secret, text: str) -> None:
    now = datetime.now(UTC)
    event = Event(owner_id=1, type=EventType.TERMS_CHANGED, data={"license": text})
    try:
        body = payload(event, occurred_at=now)
        body.encode()
    except UnicodeEncodeError:
        return
    signed = headers(message_id="msg_1", sent_at=now, payload=body, signed_by=[FIRST, secret])
    assert Webhook(secret_text(secret)).verify(body, signed) == json.loads(body)


def test_a_payload_says_what_when_and_the_facts() -> None:
    event = Event(
        owner_id=1,
        type=EventType.INVOICE_PAID,
        data={"invoice": "INV-2026-000001", "amount_minor": 165_000, "currency": "JPY"},
    )
    assert payload(event, occurred_at=NOW) == (
        '{"type":"invoice.paid","timestamp":"2026-11-05T03:00:00Z","data":'
        '{"invoice":"INV-2026-000001","amount_minor":165000,"currency":"JPY"}}'
    )


def test_a_secret_cannot_be_printed_by_mistake() -> None:
    dated = DatedSecret(secret=FIRST, previous_until=None)
    for printed in (repr(FIRST), str(FIRST), f"{FIRST}", f"{FIRST!r}", repr(dated)):
        assert "aaa" not in printed
    assert secret_text(FIRST) == "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="
