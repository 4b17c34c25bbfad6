"""
Letters about unpaid invoices as they are read: both languages, the reader's own first.

A letter says what is open, and how it is paid. It holds no link that lets anybody in: what can be
opened is the page on which the invoice is paid, and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage

from ledger.core.invoice import BankAccountCopy, PartyCopy
from ledger.core.reminder import DunningLetter, LetterLine, OwnAccount, open_totals
from locales import formats
from locales.catalogues import LANGUAGES, message

_RULE = "-" * 40


@dataclass(frozen=True, kw_only=True)
class _Words:
    """The words of one language for one letter."""

    language: str
    letter: DunningLetter

    def say(self, key: str, **values: object) -> str:
        return message(self.language, f"letter.{key}", **values)

    def say_below(self, key: str, **values: object) -> str:
        return f"  {self.say(key, **values)}"

    def money(self, amount_minor: int, currency: str) -> str:
        return formats.money(language=self.language, amount_minor=amount_minor, currency=currency)

    def name(self, party: PartyCopy) -> str:
        return party.name_ja if self.language == "ja" else party.name_en

    def addressed(self, party: PartyCopy) -> str:
        """Return a name as a letter begins with it; 御中 or 様 follows it in Japanese."""
        if self.language != "ja":
            return self.name(party)
        return f"{party.name_ja} {message('ja', f'party.honorific.{party.kind}')}"


def subject_of(letter: DunningLetter, *, language: str) -> str:
    """Return what a letter is called: how urgent, and of which invoice."""
    first, *others = letter.asked
    key = f"letter.subject.{letter.tone}"
    subject = message(language, key, invoice=first.reference)
    if others:
        subject += message(language, "letter.subject.more", count=len(others))
    return subject


def text_of(letter: DunningLetter, *, language: str) -> str:
    """Return a letter's text: in the reader's language, and below in the other one."""
    order = [language, *(each for each in LANGUAGES if each != language)]
    return f"\n\n{_RULE}\n\n".join(
        "\n".join(_lines(_Words(language=each, letter=letter))) for each in order
    )


def fill(written: EmailMessage, letter: DunningLetter, *, language: str) -> None:
    """Put a letter into an e-mail: its subject, its text, and the open invoices beside it."""
    from invoices.open_items import open_items_csv

    written["Subject"] = subject_of(letter, language=language)
    written.set_content(text_of(letter, language=language))
    written.add_attachment(
        open_items_csv(letter),
        maintype="text",
        subtype="csv",
        filename=f"open-invoices-{letter.written_on}.csv",
    )


def _lines(words: _Words) -> Iterator[str]:
    letter = words.letter
    yield words.say("to", name=words.addressed(letter.recipient))
    yield ""
    yield words.say(f"intro.{letter.tone}", issuer=words.name(letter.issuer))
    if letter.suspended_on is not None:
        on = formats.day(language=words.language, on=letter.suspended_on)
        yield words.say("suspension", on=on, licenses=", ".join(letter.licenses))
    yield ""
    for line in letter.asked:
        yield from _invoice(words, line)
    others = [line for line in letter.lines if not line.is_asked]
    if others:
        yield words.say("beside")
        yield ""
        for line in others:
            yield from _invoice(words, line)
    for currency, total in open_totals(letter.lines).items():
        yield words.say("total", amount=words.money(total, currency))
    yield ""
    yield from _payment(words)
    yield ""
    on = formats.day(language=words.language, on=letter.written_on)
    yield words.say("crossed", on=on)
    yield ""
    yield words.name(letter.issuer)


def _invoice(words: _Words, line: LetterLine) -> Iterator[str]:
    def on(day: date) -> str:
        return formats.day(language=words.language, on=day)

    yield words.say("invoice", invoice=line.reference)
    yield words.say_below("issued_on", on=on(line.issued_on))
    yield words.say_below("due_on", on=on(line.due_on))
    yield words.say_below("invoiced", amount=words.money(line.total_minor, line.currency))
    if line.received_minor:
        yield words.say_below("paid", amount=words.money(line.received_minor, line.currency))
    yield words.say_below("open", amount=words.money(line.open_minor, line.currency))
    if line.url:
        yield words.say_below("page", url=line.url)
    yield ""


def _payment(words: _Words) -> Iterator[str]:
    if words.letter.own_account is not None:
        yield words.say("own_account")
        yield from _own(words, words.letter.own_account)
        return
    yield words.say("account")
    yield from _house(words, words.letter.pay_to)


def _own(words: _Words, account: OwnAccount) -> Iterator[str]:
    yield f"  {account.bank_name} ({account.bank_code})"
    yield f"  {account.branch_name} ({account.branch_code})"
    yield f"  {_kind(words, account.account_type)} {account.number}"
    yield f"  {account.holder}"


def _house(words: _Words, account: BankAccountCopy) -> Iterator[str]:
    is_japanese = words.language == "ja"
    bank = account.bank_name_ja if is_japanese else account.bank_name_en
    branch = account.branch_name_ja if is_japanese else account.branch_name_en
    yield f"  {bank} ({account.bic or account.bank_code})"
    if branch:
        yield f"  {branch} ({account.branch_code})"
    yield f"  {_kind(words, account.account_type)} {account.number}"
    yield f"  {account.holder_kana}"


def _kind(words: _Words, account_type: str) -> str:
    return message(words.language, f"bank.type.{account_type}")
