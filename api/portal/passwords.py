"""Passwords: hashed with Argon2id, and compared as slowly where nobody has the address."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger.core.membership import PASSWORD_LENGTH_MAX, normalised_password

# RFC 9106, the second recommended choice (64 MiB, 3 passes), with as many lanes as it says.
_HASHER = PasswordHasher()

#: What is compared when nobody has an address, so that the answer takes as long.
_NOBODYS = _HASHER.hash("nobody has this password")


def hashed(password: str) -> str:
    """Return what the book keeps of a password."""
    return _HASHER.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was kept; with None it is not, as slowly."""
    try:
        typed = normalised_password(password[:PASSWORD_LENGTH_MAX])
        _HASHER.verify(kept or _NOBODYS, typed)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None
