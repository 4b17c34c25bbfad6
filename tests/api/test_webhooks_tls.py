"""The certificate has to bear the receiver's name, although the connection goes by number."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.addresses import Guard
from api.webhooks import Sender
from ledger.core.webhook import Answer, Failure
from tests.api.receivers import Receiver, receiver
from tests.api.senders import MovableClock
from tests.services.webhooked import SECRET, due

OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl makes the certificate")

NAME = "hooks.example.com"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for one name that vouches for itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    file, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *(str(OPENSSL), "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", f"/CN={NAME}"),
            *("-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(file)),
        ],
        check=True,
        capture_output=True,
    )
    return file, key


@pytest.fixture
def hooks(certificate: tuple[Path, Path]) -> Iterator[Receiver]:
    """A receiver on this machine that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with receiver(tls=context) as listening:
        yield listening


def send(hooks: Receiver, name: str, trusted: ssl.SSLContext | None) -> Answer:
    """Send to a name that leads to this machine."""
    guard = Guard(allows_loopback=True, look_up=lambda *_: ["127.0.0.1"])
    sender = Sender(guard=guard, clock=MovableClock(), trusted=trusted)
    return asyncio.run(sender.send(due(f"https://{name}:{hooks.port}/hook"), [SECRET]))


def test_the_name_is_told_and_its_certificate_taken(
    hooks: Receiver, certificate: tuple[Path, Path]
) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    assert send(hooks, NAME, trusted).status == 200
    (came,) = hooks.received
    assert came.headers["host"] == f"{NAME}:{hooks.port}"
    assert hooks.server_names == [NAME]


def test_a_certificate_of_another_name_is_not_taken(
    hooks: Receiver, certificate: tuple[Path, Path]
) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    answer = send(hooks, "other.example.com", trusted)
    assert answer.failure is Failure.CONNECTION_FAILED
    assert hooks.received == []


def test_a_certificate_that_nobody_vouches_for_is_not_taken(hooks: Receiver) -> None:
    assert send(hooks, NAME, None).failure is Failure.CONNECTION_FAILED
    assert hooks.received == []
