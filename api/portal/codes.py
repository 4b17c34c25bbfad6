"""
One-time codes (RFC 6238): six digits every thirty seconds, from a secret that is kept sealed.

Sealed with AES-GCM under the deployment's secret, so that a copy of the database alone makes
no codes.
"""

import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from api.portal.options import PortalOptions

SECRET_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
#: A telephone's clock may be behind or ahead by one step.
STEPS_AROUND = (0, -1, 1)

_NONCE_BYTES = 12


def new_secret() -> bytes:
    """Return a secret that codes are made of."""
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step of time."""
    totp = TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 (the RFC's, and every app's)
    return totp.generate(step * STEP_SECONDS).decode()


def step_of(code: str, *, secret: bytes, at: datetime) -> int | None:
    """Return of which step a code is, None when it is of none around an instant."""
    typed = "".join(code.split())
    now = int(at.timestamp()) // STEP_SECONDS
    for step in (now + around for around in STEPS_AROUND):
        if hmac.compare_digest(code_at(secret, step).encode(), typed.encode()):
            return step
    return None


def sealed(options: PortalOptions, secret: bytes) -> bytes:
    """Return a secret as the book keeps it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(options.key("codes")).encrypt(nonce, secret, None)


def opened(options: PortalOptions, kept: bytes) -> bytes | None:
    """Return a secret that was kept, None when it was sealed under another deployment's secret."""
    try:
        return AESGCM(options.key("codes")).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        return None


def as_text(secret: bytes) -> str:
    """Return a secret as people type it into an app."""
    return b32encode(secret).decode()


def address(secret: bytes, *, email: str, issuer: str) -> str:
    """Return what an app reads from the picture."""
    label = quote(f"{issuer}:{email}", safe="")
    return f"otpauth://totp/{label}?secret={as_text(secret)}&issuer={quote(issuer, safe='')}"


def picture(text: str) -> str:
    """Return a text as a QR code, an SVG to be put into a page."""
    import segno

    return segno.make(text, error="m").svg_inline(scale=4, border=3, svgclass="qr", omitsize=True)
