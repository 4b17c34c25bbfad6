"""
Letters as they are sent: the words, the link, and the way through an SMTP server.

The link's secret part is made here, from the deployment's secret, when the letter is sent; no
letter lies anywhere with a link in it. Letters about invoices get their words in
:mod:`api.dunning_letters`.
"""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Literal

from api import dunning_letters
from api.clock import Clock
from api.portal.options import PortalOptions, link_address
from ledger.core.period import TOKYO
from ledger.services import mailing
from ledger.store.database import Database
from ledger.store.letters import Letter, LinkLetter, ReminderLetter
from locales import formats
from locales.catalogues import message

#: How the connection to the server is kept from others.
Guard = Literal["starttls", "tls", "none"]

_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """The server that takes letters, and whose they are."""

    host: str
    port: int
    guard: Guard
    sender: str
    user: str = ""
    password: str = ""

    def send(self, letter: EmailMessage) -> None:
        """
        Hand a letter over.

        :raises OSError, smtplib.SMTPException: it was not taken.
        """
        trusted = ssl.create_default_context()
        if self.guard == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=_TIMEOUT_SECONDS, context=trusted
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)
        with connection:
            if self.guard == "starttls":
                connection.starttls(context=trusted)
            if self.user:
                connection.login(self.user, self.password)
            connection.send_message(letter)


@dataclass(frozen=True, kw_only=True)
class Postman:
    """Sends the letters of one book as they fall due."""

    database: Database
    server: MailServer
    options: PortalOptions
    clock: Clock

    def send_due(self) -> int:
        """Try every letter that is due once; return how many those were."""
        count = 0
        while claimed := mailing.claim_due(self.database, at=self.clock()):
            for letter in claimed:
                self._try(letter)
            count += len(claimed)
        return count

    def _try(self, letter: Letter) -> None:
        if isinstance(letter.about, ReminderLetter) and letter.about.is_moot:
            mailing.drop(self.database, letter=letter, dropped_at=self.clock())
            return
        mailing.record_try(
            self.database,
            letter=letter,
            failure=self._failure(letter),
            tried_at=self.clock(),
        )

    def _failure(self, letter: Letter) -> str | None:
        """Send a letter; return what was heard when it was not taken."""
        try:
            self.server.send(self._written(letter))
        except (OSError, smtplib.SMTPException) as error:
            return f"{type(error).__name__}: {error}"
        return None

    def _written(self, letter: Letter) -> EmailMessage:
        written = EmailMessage()
        written["From"] = self.server.sender
        written["To"] = formataddr((letter.name, letter.email))
        written["Date"] = format_datetime(self.clock())
        written["Message-ID"] = self._id(letter)
        if isinstance(letter.about, ReminderLetter):
            dunning_letters.fill(written, letter.about.says, language=letter.language)
        else:
            self._fill_link(written, letter, letter.about)
        return written

    def _id(self, letter: Letter) -> str:
        """
        Return the Message-ID: the same each time a letter is tried, nobody else's, no secret.

        A server that took a letter twice, because we died before we wrote that it was sent, can
        tell by it; so can the reader's program.
        """
        about = letter.about
        told = about.reference if isinstance(about, ReminderLetter) else about.link
        seal = self.options.seal("mail", f"{told} {letter.mail_id}")[:32]
        return f"<{seal}@{self.server.sender.rpartition('@')[2].rstrip('>')}>"

    def _fill_link(self, written: EmailMessage, letter: Letter, about: LinkLetter) -> None:
        language, until = letter.language, about.expires_at.astimezone(TOKYO)
        written["Subject"] = message(language, f"portal.mail.{about.purpose}.subject")
        written.set_content(
            message(
                language,
                f"portal.mail.{about.purpose}.text",
                name=letter.name,
                link=link_address(self.options, about.link),
                until=f"{formats.day(language=language, on=until.date())} {until:%H:%M}",
            )
        )
