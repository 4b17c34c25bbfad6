"""What a page is: where it is, what it answers with, and who may see it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import Response

from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.party import Role

#: What answers with a page.
Handler = Callable[[Visit], Response]


class Door(StrEnum):
    """How far in a page lies."""

    OPEN = "open"  # for anybody
    CODE = "code"  # for whoever has shown a password and owes a one-time code
    OWN = "own"  # for whoever is signed in, also where codes have to be set up first
    INSIDE = "inside"  # for whoever is signed in and has set up what they need


@dataclass(frozen=True, kw_only=True)
class Page:
    """
    A page, or a form's target. Without a right, it is for everybody behind its door.

    ``of`` says for which organizations it is; None is for all of them. A form's target that
    ``keeps`` is called with what was typed when a session was over (``visit.is_kept``): it then
    shows its form with it, and carries nothing out.
    """

    path: str
    handler: Handler
    method: str = "GET"
    door: Door = Door.INSIDE
    right: Right | None = None
    of: Role | None = None
    keeps: bool = False


class PageNotThere(Exception):
    """There is no such page for whoever asks; whether for others is not said."""
