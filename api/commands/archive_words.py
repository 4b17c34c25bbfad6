"""What the commands of the archive say of a paper: kind, day and amount, or that it is blank."""

from datetime import date

from api import terminal
from api.terminal import word
from locales.catalogues import message
from locales.formats import money


def kind_of(kind: str) -> str:
    """Return what a paper is, in the reader's language."""
    return message(terminal.language(), f"paper.kind.{kind}")


def day_of(day: date | None) -> str:
    """Return a day, or that there is none."""
    return blank() if day is None else day.isoformat()


def amount_of(minor: int | None, currency: str | None) -> str:
    """Return an amount with its currency, or that there is none."""
    if minor is None or currency is None:
        return blank()
    return money(language=terminal.language(), amount_minor=minor, currency=currency)


def blank() -> str:
    """Return what stands for a fact that is blank."""
    return word("archive.blank")
