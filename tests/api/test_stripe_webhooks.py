"""Only what Stripe signed just now is written down, on the bytes as they came."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from api.stripe_double.hooks import encode, sign
from ledger.store.database import Database
from tests.api.stripe_scenes import PATH, Scene, scene
from tests.rows import rows


@pytest.fixture
def paying(database: Database) -> Iterator[Scene]:
    with scene(database) as made:
        yield made


BODY = encode({"id": "evt_1", "object": "event", "type": "x", "livemode": False, "created": 1})


@pytest.mark.parametrize(
    ("body", "secret", "seconds", "code"),
    [
        (BODY, "whsec_forged", 0, "stripe_signature_wrong"),
        (BODY, None, -301, "stripe_event_stale"),
        (BODY, None, 301, "stripe_event_stale"),  # From the future.
        (BODY, None, -299, None),
        (b"{}", None, 0, "stripe_signature_wrong"),  # Signed, and no event.
        (b"\xff\xfe", None, 0, "stripe_signature_wrong"),
        (b'["evt_1"]', None, 0, "stripe_signature_wrong"),
    ],
)
def test_only_what_stripe_signed_just_now_is_taken(
    paying: Scene, body: bytes, secret: str | None, seconds: int, code: str | None
) -> None:
    at = int(paying.watch().timestamp()) + seconds
    signature = sign(body, secret=secret or paying.double.webhook_secret, at=at)
    answer = paying.client.post(PATH, content=body, headers={"stripe-signature": signature})
    kept = rows(paying.database, "SELECT body FROM stripe_event")
    if code is None:
        assert (answer.status_code, kept) == (200, [(BODY.decode(),)])
        return
    assert (answer.status_code, answer.json()["code"], kept) == (400, code, [])


@pytest.mark.parametrize("signature", ["", "t=1", "v1=abc", "t=x,v1=abc", "t=1,v1=" + "0" * 64])
def test_a_signature_that_is_none_is_refused(paying: Scene, signature: str) -> None:
    answer = paying.client.post(PATH, content=BODY, headers={"stripe-signature": signature})
    assert (answer.status_code, answer.json()["code"]) == (400, "stripe_signature_wrong")


def test_a_body_changed_on_the_way_is_refused(paying: Scene) -> None:
    at = int(paying.watch().timestamp())
    signature = sign(BODY, secret=paying.double.webhook_secret, at=at)
    changed = json.dumps(json.loads(BODY)).encode()  # The same values, other bytes.
    answer = paying.client.post(PATH, content=changed, headers={"stripe-signature": signature})
    assert answer.status_code == 400


def test_the_package_of_stripe_is_read_only_by_what_speaks_to_it() -> None:
    """It takes half a second, which no other command has to wait for."""
    asked = "import sys, api.app, api.cli, api.jobs, api.demo.run; print('stripe' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
