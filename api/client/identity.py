"""
Event ids that follow from what happened, so that a program that starts over reports the same.

An id made when sending (a random one, a counter in memory) turns every retry after a crash into
a second event. An id derived from what your own systems call the generation does not.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256


def derive_event_id(*parts: str | int) -> str:
    """
    Return an id of 43 url-safe characters that follows from the parts and nothing else.

    It is the SHA-256 of the parts, each written as UTF-8 with its length in bytes before it
    (eight bytes, the highest first), in base64url without padding. The lengths keep
    ``("ab", "c")`` and ``("a", "bc")`` apart. A number is written in decimal digits, so that
    ``7`` and ``"7"`` are one part: ids read back from a database keep their identity. No part
    can be recovered from the id.

    >>> derive_event_id("request-81", 0)
    'D4Ae5KvU9cJIdMcwnA-_QcoIh3lCWjwfrHBxK4OGHpk'

    :raises TypeError: a part is neither text nor a whole number; floats and times have more
        than one spelling.
    :raises ValueError: there are no parts.
    """
    if not parts:
        raise ValueError("an event id needs at least one part")
    told = sha256()
    for part in parts:
        if isinstance(part, bool) or not isinstance(part, str | int):
            raise TypeError(f"{part!r} has no one spelling; pass text or a whole number")
        spelled = str(part).encode()
        told.update(len(spelled).to_bytes(8, "big") + spelled)
    return urlsafe_b64encode(told.digest()).rstrip(b"=").decode()
