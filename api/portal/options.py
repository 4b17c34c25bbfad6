"""
What a deployment decides about the portal, and the seals that follow from its secret.

Light enough for the command line and the worker: nothing here knows a page.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from api.clearance_tokens import new_secret

#: Where the portal lives on its host.
PREFIX = "/portal"

#: Who has to show a one-time code beside the password.
CodesFor = Literal["house", "everyone", "nobody"]


@dataclass(frozen=True, kw_only=True)
class PortalOptions:
    """How a portal is reached and guarded."""

    secret: bytes = field(default_factory=new_secret, repr=False)
    url: str = "http://127.0.0.1:8400"  # as people reach the host, without a slash at its end
    codes_for: CodesFor = "house"
    sends_mail: bool = False
    webhooks_loop_back: bool = False  # for trying things on one machine
    bank_client_code: str = ""  # ten digits by which the house's bank knows it; asked for if empty

    def seal(self, purpose: str, text: str) -> str:
        """Return the seal of a text for one purpose; nobody without the secret can make it."""
        return hmac.new(self.key(purpose), text.encode(), sha256).hexdigest()

    def key(self, purpose: str) -> bytes:
        """Return 32 bytes that follow from the secret, other ones for each purpose."""
        return hmac.new(self.secret, f"genbo portal {purpose} 1".encode(), sha256).digest()


def link_address(options: PortalOptions, reference: str) -> str:
    """Return the address of a link: its reference, and the seal that proves who made it."""
    return f"{options.url}{PREFIX}/link/{reference}.{options.seal('link', reference)[:40]}"


def reference_of_link(options: PortalOptions, text: str) -> str | None:
    """Return the reference of a link as it was typed, None when its seal is not ours."""
    reference, _, seal = text.partition(".")
    expected = options.seal("link", reference)[:40]
    return reference if hmac.compare_digest(seal.encode(), expected.encode()) else None
