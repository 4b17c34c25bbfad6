"""
The token that proves a clearance: what was cleared for whom and until when, under our seal.

It holds nothing secret and stores nothing. A report that comes later may carry it; then the
generation must be what was cleared, and must have happened while the token was good.
"""

import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from ledger.core.columns import Columns
from ledger.core.refusal import Refusal
from ledger.core.usage import Modality, ReportedGeneration, UseClass

#: How long a token is good. A change of terms that is already known ends it sooner.
LIFETIME = timedelta(minutes=15)
#: A firm's clock may be behind ours by this much.
CLOCK_TOLERANCE = timedelta(minutes=5)

#: What the seal is of; another thing under the same secret would have another name here.
_PURPOSE = b"genbo clearance 1"
_PREFIX = "gc1"
_SECRET_BYTES = 32


class ClearanceNotOurs(Refusal):
    """The text is no clearance, or not one that was issued here."""

    code = "clearance_not_ours"
    field = "clearance"


class ClearanceExpired(Refusal):
    """The generation happened when the clearance was not good, or no longer."""

    code = "clearance_expired"
    field = "clearance"


class ClearanceDiffers(Refusal):
    """The generation is not what was cleared; ``differing`` names the first field."""

    code = "clearance_differs"
    field = "clearance"


class ClearedSubject(Struct, array_like=True, frozen=True):
    """A subject, and the license and version of its terms under which it was cleared."""

    id: str
    license: str
    terms_version: int


class Clearance(Struct, array_like=True, frozen=True):
    """Everything a token is bound to. Instants are whole seconds since 1970."""

    licensee: str
    use_class: UseClass
    modality: Modality
    territory: str
    subjects: tuple[ClearedSubject, ...]
    issued_at: int
    expires_at: int
    language: str | None = None  # the one that was asked for; without one it is not looked at

    def check(
        self,
        *,
        licensee: str,
        license: str,
        subjects: Collection[str],
        use_class: str,
        modality: str,
        territory: str,
        language: str | None,
        occurred_at: datetime,
    ) -> None:
        """
        Make sure that a generation is one that was cleared; it may be reported at any time.

        :raises ClearanceExpired: it happened outside the time in which the token was good.
        :raises ClearanceDiffers: carries the name of the first field that differs.
        """
        earliest = instant(self.issued_at) - CLOCK_TOLERANCE
        if not earliest <= occurred_at < instant(self.expires_at):
            raise ClearanceExpired(
                issued_at=instant(self.issued_at).isoformat(),
                expires_at=instant(self.expires_at).isoformat(),
            )
        cleared = {subject.id for subject in self.subjects if subject.license == license}
        differing = [
            name
            for name, is_same in (
                ("licensee", licensee == self.licensee),
                ("use_class", use_class == self.use_class),
                ("modality", modality == self.modality),
                ("territory", territory == self.territory),
                ("language", self.language in (None, language)),
                ("license", any(each.license == license for each in self.subjects)),
                ("subjects", cleared.issuperset(subjects)),
            )
            if not is_same
        ]
        if differing:
            raise ClearanceDiffers(differing=differing[0])


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Clearance)


class Seal:
    """The secret of one deployment, which all its processes share."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, _PURPOSE, "sha256")

    def apart(self, name: str) -> "Seal":
        """Return the seal of something kept apart, where nothing signed here is good."""
        return Seal(hmac.digest(self._key, name.encode(), "sha256"))

    def sign(self, clearance: Clearance) -> str:
        """Return a token; the same clearance gives the same text."""
        content = _encode(_encoder.encode(clearance))
        return f"{_PREFIX}.{content}.{self._mac(content)}"

    def verify(self, token: str) -> Clearance:
        """
        Return what a token was issued for; whether it is still good is for its ``check``.

        :raises ClearanceNotOurs: its seal is not that of this deployment.
        """
        prefix, _, rest = token.partition(".")
        content, _, mac = rest.partition(".")
        is_ours = hmac.compare_digest(mac.encode(errors="replace"), self._mac(content).encode())
        if prefix != _PREFIX or not is_ours:
            raise ClearanceNotOurs
        return _decoder.decode(urlsafe_b64decode(content + "=" * (-len(content) % 4)))

    def _mac(self, content: str) -> str:
        return _encode(hmac.digest(self._key, content.encode(errors="replace"), "sha256"))


def doubts_of(reported: Sequence[object], *, seal: Seal, licensee: str) -> dict[int, Refusal]:
    """
    Return what speaks against the clearances that some reported generations carry, by index.

    An event that carries a bad one is recorded and judged all the same: the terms of its own
    time decide, and usage is never kept out of the book for a proof that is missing.
    """
    doubts: dict[int, Refusal] = {}
    if isinstance(reported, Columns) and reported.clearances.count(None) == len(reported):
        return doubts  # As almost always, and told without a look at each.
    for index, each in enumerate(reported):
        if isinstance(each, ReportedGeneration) and each.clearance is not None:
            try:
                seal.verify(each.clearance).check(
                    licensee=licensee,
                    license=each.license_reference,
                    subjects=[use.reference for use in each.subjects],
                    use_class=each.use_class,
                    modality=each.modality,
                    territory=each.territory,
                    language=each.language,
                    occurred_at=each.occurred_at,
                )
            except Refusal as doubt:
                doubts[index] = doubt
    return doubts


def new_secret() -> bytes:
    """Return a secret that is good for as long as this process lives."""
    return secrets.token_bytes(_SECRET_BYTES)


def secret_in(folder: Path) -> bytes:
    """Return the secret kept in a data folder, made by whichever process comes first."""
    file = folder / "secret"
    if file.exists():
        return file.read_bytes()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"secret.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_bytes(new_secret())
    with suppress(FileExistsError):
        os.link(draft, file)  # Whole or not at all, and never over another's.
    draft.unlink()
    return file.read_bytes()


def instant(seconds: int) -> datetime:
    """Return the instant so many seconds after 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def _encode(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
