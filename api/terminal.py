"""What the commands share: the reader's language, words, the open book, refusals told."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache

import typer

from api.days import read_day
from api.settings import read_settings
from api.words import detail_of, title_of
from ledger.core.fields import NumberNotWhole
from ledger.core.period import Month, NotAMonth
from ledger.core.refusal import Refusal
from ledger.store.database import Database, DatabaseUnavailable
from locales.catalogues import languages, message

EXIT_REFUSED = 1

#: Up to the digits of the largest amount there is.
_WHOLE = re.compile("-?[0-9]{1,18}")


class FileCannotBeUsed(Refusal):
    """A file or folder that was named cannot be read, or cannot be written."""

    code = "file_cannot_be_used"


class NotAMonthAsked(Refusal):
    """A month on the command line is not one of the calendar."""

    code = "not_a_month"


@cache
def language() -> str:
    """Return the language to speak: GENBO_LANGUAGE, else the terminal's locale, else English."""
    for name in ("GENBO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            spoken = value.lower().replace("_", "-").partition(".")[0]
            return next((each for each in languages() if _means(spoken, each)), "en")
    return "en"


def _means(spoken: str, language: str) -> bool:
    """Tell whether a locale is of a language: fr-CA is French, and fil is no Finnish."""
    return spoken == language.lower() or spoken.startswith(f"{language.lower()}-")


def word(key: str, **values: object) -> str:
    """Return the words of a ``cli.`` key in the reader's language."""
    return message(language(), f"cli.{key}", **values)


def say(key: str, **values: object) -> None:
    """Print one line of words."""
    typer.echo(word(key, **values))


@contextmanager
def open_book() -> Iterator[Database]:
    """Open the book the settings name, up to date, and close it again."""
    from ledger.store.database import migrate, open_database

    settings = read_settings()
    database = open_database(settings.database_url_text(), settings.data_directory)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


@contextmanager
def refusals_as_sentences() -> Iterator[None]:
    """Turn a refusal into what happened, where, and what to do; anything else is a bug."""
    try:
        yield
    except Refusal as refusal:
        tell(refusal)
    except OSError as error:
        if error.filename is None:
            raise
        tell(FileCannotBeUsed(file=error.filename, reason=error.strerror))
    else:
        return
    raise SystemExit(EXIT_REFUSED) from None  # Nobody is left who knows typer's Exit.


def tell(refusal: Refusal) -> None:
    """Print a refusal's title and detail to the error stream."""
    typer.secho(title_of(refusal, language()), fg="red", bold=True, err=True)
    typer.echo(detail_of(refusal, language()), err=True)
    if isinstance(refusal, DatabaseUnavailable):
        # Only here: whoever runs a command may know where the database is; a caller may not.
        typer.echo(word("database.where", **refusal.values), err=True)


def is_interactive() -> bool:
    """Tell whether a person is watching, so that a progress bar makes sense."""
    return sys.stderr.isatty()


@contextmanager
def bar(words: str, *, total: int, is_bytes: bool = False) -> Iterator[Callable[[int], None]]:
    """Show a progress bar to whoever is watching, and give the function that moves it."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    counted = (DownloadColumn(), TimeRemainingColumn()) if is_bytes else (MofNCompleteColumn(),)
    columns = (TextColumn("{task.description}"), BarColumn(), *counted)
    with Progress(*columns, disable=not is_interactive()) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.update(task, completed=done)


def day(text: str) -> date:
    """
    Read a day written as YYYY-MM-DD.

    :raises NotADay: it is written in another way, or there is no such day.
    """
    return read_day(text)


def amount(text: str) -> int:
    """
    Read an amount in whole minor units.

    :raises NumberNotWhole: it has a point, a sign that is not a minus, or is no number.
    """
    if not _WHOLE.fullmatch(text):
        raise NumberNotWhole(field="amount", value=text)
    return int(text)


def month(text: str) -> Month:
    """
    Read a month written as YYYY-MM.

    :raises NotAMonthAsked: it is written in another way.
    """
    try:
        return Month.parse(text)
    except NotAMonth:
        raise NotAMonthAsked(value=text) from None
