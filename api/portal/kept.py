"""
What was typed into a form whose session was over: kept through the sign-in, and shown again.

It travels sealed in the form of the sign-in, so nothing of it is stored, and nobody else's browser
can open it. After the sign-in the browser is sent on to the form's own address with it (307), and
the page shows the form as it was typed; nothing is carried out before it is sent once more.
"""

import json
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.portal.visits import Visit

#: The name of the field in which it travels.
FIELD = "kept"

#: For how long it can be gone on with.
LASTS = timedelta(hours=12)

_NONCE_BYTES = 12
_OPENED_BYTES_MAX = 1024 * 1024

#: What belongs to a session or to the sign-in, and not to the form.
_NOT_TYPED = frozenset({"csrf", "old", "password", FIELD})


@dataclass(frozen=True, kw_only=True)
class KeptForm:
    """A form as it was typed, and the address that it was sent to."""

    path: str
    fields: Mapping[str, str]


def sealed(visit: Visit) -> str:
    """Return the form of a visit as a text that this browser alone can bring back."""
    fields = {name: text for name, text in visit.form.items() if name not in _NOT_TYPED}
    told = json.dumps([visit.path, fields, int(visit.now.timestamp())]).encode()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    box = AESGCM(visit.options.key("kept"))
    content = box.encrypt(nonce, zlib.compress(told), visit.visitor.encode())
    return urlsafe_b64encode(nonce + content).decode()


def opened(visit: Visit) -> KeptForm | None:
    """Return what a visit brings back; None when there is nothing, or it is not this browser's."""
    text = visit.field(FIELD)
    if not text:
        return None
    try:
        content = urlsafe_b64decode(text.encode("ascii"))
        box = AESGCM(visit.options.key("kept"))
        packed = box.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], visit.visitor.encode())
        told = zlib.decompressobj().decompress(packed, _OPENED_BYTES_MAX)
        path, fields, kept_at = json.loads(told)
    except (InvalidTag, ValueError, zlib.error):
        return None
    if not timedelta() <= visit.now - datetime.fromtimestamp(kept_at, tz=visit.now.tzinfo) <= LASTS:
        return None
    return KeptForm(path=path, fields=fields)
