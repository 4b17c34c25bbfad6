"""A portal under test, and browsers of different people: they keep cookies and fill forms in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from httpx import Client, Response

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from api.portal import passwords
from api.portal.options import CodesFor, PortalOptions
from ledger.services import inviting
from ledger.store.database import Database
from tests import builders

PASSWORD = "kaze no machi wa asa"
SECRET = b"a secret that is the same in every test"

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass(frozen=True, kw_only=True)
class Portal:
    """A portal that listens, on a book of its own."""

    address: str
    database: Database
    clock: DemoClock
    options: PortalOptions

    def person(self, organisation: str = "hoshino", **of: str) -> str:
        """Let somebody in who has a password already; return their address."""
        member = builders.member(self.database, organisation, **of)
        set_password(self.database, email=member.person.email, at=self.clock())
        return member.person.email

    @contextmanager
    def browser(self, email: str | None = None, language: str = "en") -> Iterator["Browser"]:
        """Give a browser, in which somebody is signed in when an address is given."""
        headers = {"Accept-Language": language}
        base_url = f"{self.address}/portal"
        cookies = {"genbo_language": language}
        with Client(
            base_url=base_url,
            headers=headers,
            cookies=cookies,
            follow_redirects=True,
            timeout=60,  # A document is rendered when it is first asked for.
        ) as client:
            opened = Browser(client=client)
            if email is not None:
                opened.sign_in(email)
            yield opened


@dataclass(frozen=True, kw_only=True)
class Browser:
    """What one person has open."""

    client: Client

    def get(self, path: str) -> Response:
        """Open a page."""
        return self.client.get(path)

    def send(self, path: str, form: str | None = None, **fields: str) -> Response:
        """Fill in a form of a page and send it; ``form`` names its target where that differs."""
        shown = self.client.get(path).text
        target = form or path
        part = next((each for each in shown.split("<form") if f'{target}"' in each), shown)
        hidden = {name: unescape(value) for name, value in _HIDDEN.findall(part)}
        return self.client.post(target, data={**hidden, **fields})

    def sign_in(self, email: str, password: str = PASSWORD) -> Response:
        """Sign in by a password."""
        return self.send("/sign-in", email=email, password=password)


@contextmanager
def serving(
    database: Database,
    clock: DemoClock,
    codes_for: CodesFor = "nobody",
    *,
    sends_mail: bool = False,
) -> Iterator[Portal]:
    """Serve the portal of a book until the block ends."""
    options = PortalOptions(secret=SECRET, codes_for=codes_for, sends_mail=sends_mail)
    app = create_app(Context(database, clock=clock), portal=options)
    with listening(app) as address:
        yield Portal(address=address, database=database, clock=clock, options=options)


def set_password(database: Database, *, email: str, at: datetime) -> None:
    """Set the usual password of somebody, as they would by a link."""
    link = inviting.ask_reset(database, email=email, is_mailed=False, asked_at=at)
    assert link is not None
    inviting.set_password(database, link=link, password=PASSWORD, hashed=passwords.hashed, at=at)
