"""Letters: what they say, what a server that does not take them is told, and when they end."""

import re
import smtplib
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from api.demo.hosting import DemoClock
from api.mailing import MailServer, Postman
from api.portal.options import PortalOptions, reference_of_link
from ledger.core.sign_in import INVITATION_LASTS
from ledger.services import inviting
from ledger.services.inviting import NewMember
from ledger.services.mailing import WAITS
from ledger.store.database import Database
from tests import builders
from tests.api.doors import NOW
from tests.rows import rows

OPTIONS = PortalOptions(secret=b"s" * 32, url="https://genbo.example", sends_mail=True)


class _Taking(MailServer):
    """A server that keeps what it is handed, or says no."""

    taken: list[EmailMessage]
    says: Exception | None

    def send(self, letter: EmailMessage) -> None:
        if self.says is not None:
            raise self.says
        self.taken.append(letter)


def _server(says: Exception | None = None) -> _Taking:
    server = _Taking(
        host="mail.example", port=587, guard="starttls", sender="Genbo <genbo@genbo.example>"
    )
    object.__setattr__(server, "taken", [])
    object.__setattr__(server, "says", says)
    return server


@pytest.fixture
def invite(database: Database) -> Callable[..., str | None]:
    """Invite somebody to a rights holder's."""
    builders.party(database)

    def invited(**changes: Any) -> str | None:
        told: dict[str, Any] = {
            "organisation": "hoshino",
            "email": "sato@hoshino.example",
            "name": "佐藤みお",
            "role": "holder",
            **changes,
        }
        return inviting.invite(
            database,
            new=NewMember(**told),
            is_mailed=True,
            recorded_at=NOW,
            recorded_by="house",
        ).link

    return invited


@pytest.mark.parametrize(
    ("language", "subject"),
    [("ja", "Genbo ポータルへのご招待"), ("en", "Your invitation to the Genbo portal")],
)
def test_a_letter_brings_the_link_in_its_readers_language(
    language: str, subject: str, invite: Callable[..., str | None], database: Database
) -> None:
    link = invite(language=language)
    server = _server()
    postman = Postman(database=database, server=server, options=OPTIONS, clock=DemoClock(NOW))
    assert postman.send_due() == 1
    [letter] = server.taken
    assert letter["Subject"] == subject
    assert "sato@hoshino.example" in letter["To"]
    found = re.search(r"https://genbo\.example/portal/link/(\S+)", letter.get_content())
    assert found is not None
    assert reference_of_link(OPTIONS, found[1]) == link
    assert postman.send_due() == 0  # Once.
    assert rows(database, "SELECT outcome FROM mail_attempt") == [("sent",)]


def test_a_server_that_says_no_is_asked_again_later_and_then_given_up(
    invite: Callable[..., str | None], database: Database
) -> None:
    invite()
    clock = DemoClock(NOW)
    server = _server(says=smtplib.SMTPRecipientsRefused({"sato@hoshino.example": (450, b"busy")}))
    postman = Postman(database=database, server=server, options=OPTIONS, clock=clock)
    for wait in WAITS:
        assert postman.send_due() == 1
        clock.move_to(clock() + wait - timedelta(seconds=1))
        assert postman.send_due() == 0
        clock.move_to(clock() + timedelta(seconds=1))
    assert postman.send_due() == 1
    outcomes = rows(database, "SELECT outcome FROM mail_attempt ORDER BY number")
    assert outcomes == [("retrying",)] * len(WAITS) + [("gave_up",)]
    clock.move_to(NOW + INVITATION_LASTS)
    assert postman.send_due() == 0


def test_a_name_puts_nothing_into_the_head_of_a_letter(
    invite: Callable[..., str | None], database: Database
) -> None:
    invite(name='"x" <other@evil.example>, Sato')
    server = _server()
    Postman(database=database, server=server, options=OPTIONS, clock=DemoClock(NOW)).send_due()
    [letter] = server.taken
    assert [each.addr_spec for each in letter["To"].addresses] == ["sato@hoshino.example"]
