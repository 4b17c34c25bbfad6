"""``genbo archive``: papers sent and received are found, filed away, and taken along as a ZIP."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands import filing
from api.commands.archive_words import amount_of, blank, day_of, kind_of
from api.terminal import open_book, say, word
from ledger.core.archive import Direction
from ledger.core.fields import NumberOutOfRange
from ledger.core.refusal import Refusal

if TYPE_CHECKING:
    from ledger.services.filing import ArchivedPaper
    from ledger.store.found_papers import Wanted

app = typer.Typer(no_args_is_help=True)
app.command("add", help=word("archive.add.help"))(filing.add)
app.command("correct", help=word("archive.correct.help"))(filing.correct)
app.command("remove", help=word("archive.remove.help"))(filing.remove)
app.command("history", help=word("archive.history.help"))(filing.history)
app.command("year", help=word("archive.year.help"))(filing.year)
app.command("years", help=word("archive.years.help"))(filing.years)

_EXIT_DIFFERS = 2

#: The largest bound of an amount, in major units.
_LARGEST = 10**15

First = Annotated[
    str | None, typer.Option("--from", metavar="YYYY-MM-DD", help=word("archive.from.help"))
]
Last = Annotated[
    str | None, typer.Option("--to", metavar="YYYY-MM-DD", help=word("archive.to.help"))
]
Least = Annotated[int | None, typer.Option("--least", help=word("archive.least.help"))]
Most = Annotated[int | None, typer.Option("--most", help=word("archive.most.help"))]
Party = Annotated[str, typer.Option("--counterparty", help=word("archive.counterparty.help"))]
Number = Annotated[str, typer.Option("--number", help=word("archive.number.help"))]
KindAsked = Annotated[str | None, typer.Option("--kind", help=word("archive.kind.help"))]
Way = Annotated[Direction | None, typer.Option("--direction", help=word("archive.direction.help"))]
Blank = Annotated[list[str] | None, typer.Option("--blank", help=word("archive.blank.help"))]
Removed = Annotated[bool, typer.Option("--removed", help=word("archive.removed.help"))]


class BlankNotKnown(Refusal):
    """Something is asked for as blank that papers are not found by."""

    code = "archive_blank_not_known"
    field = "blank"


class ExportNotRead(Refusal):
    """A file that is to be verified is no export of the archive."""

    code = "archive_export_not_read"


@app.command("search", help=word("archive.search.help"))
def search(
    first: First = None,
    last: Last = None,
    least: Least = None,
    most: Most = None,
    counterparty: Party = "",
    number: Number = "",
    kind: KindAsked = None,
    direction: Way = None,
    blank: Blank = None,
    removed: Removed = False,
    limit: Annotated[int, typer.Option(help=word("archive.limit.help"))] = 100,
) -> None:
    """List papers that fit everything that is asked for, the latest first."""
    from ledger.services import filing

    wanted = _wanted(
        first, last, least, most, counterparty, number, kind, direction, blank, removed
    )
    with open_book() as database:
        found = filing.search(database, owner_id=None, wanted=wanted, limit=limit)
    for each in found.papers:
        typer.echo(_line(each))
    if not found.papers:
        say("archive.none")
    elif found.next_before is not None:
        say("archive.more", count=len(found.papers))


@app.command("export", help=word("archive.export.help"))
def export(
    out: Annotated[Path, typer.Option(help=word("archive.out.help"))],
    first: First = None,
    last: Last = None,
    least: Least = None,
    most: Most = None,
    counterparty: Party = "",
    number: Number = "",
    kind: KindAsked = None,
    direction: Way = None,
    blank: Blank = None,
    removed: Removed = False,
) -> None:
    """Write papers with an index and hashes into one ZIP; it is there whole or not at all."""
    from api.archive import render_missing
    from api.archive_export import export_papers
    from invoices.archive_zip import fingerprint
    from ledger.services import BOOK_ID

    wanted = _wanted(
        first, last, least, most, counterparty, number, kind, direction, blank, removed
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f"{out.name}.draft")
    with open_book() as database:
        now = system_clock()
        render_missing(database, rendered_at=now)
        try:
            with draft.open("wb") as file:
                for piece in export_papers(
                    database,
                    book=database,
                    book_id=BOOK_ID,
                    owner_id=None,
                    wanted=wanted,
                    rendered_at=now,
                ):
                    file.write(piece)
            draft.replace(out)
        finally:
            draft.unlink(missing_ok=True)
    say("archive.exported", file=out, sha256=fingerprint(out))


@app.command("verify", help=word("archive.verify.help"))
def verify(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help=word("archive.zip.help"))
    ],
    sha256: Annotated[str | None, typer.Option(help=word("archive.sha256.help"))] = None,
) -> None:
    """Name every difference between an export and what it says of itself."""
    from invoices.archive_zip import Difference, NotAnExport, fingerprint
    from invoices.archive_zip import verify as differences_of

    try:
        count, differences = differences_of(file)
    except NotAnExport as error:
        raise ExportNotRead(file=file, problem=error.problem) from None
    if sha256 is not None and sha256.lower() != fingerprint(file):
        differences = (*differences, Difference(code="other_fingerprint", path=file.name))
    for each in differences:
        typer.echo(word(f"archive.difference.{each.code}", path=each.path), err=True)
    if differences:
        say("archive.differs", count=len(differences))
        raise typer.Exit(_EXIT_DIFFERS)
    say("archive.agrees", count=count)


def _wanted(
    first: str | None,
    last: str | None,
    least: int | None,
    most: int | None,
    counterparty: str,
    number: str,
    kind: str | None,
    direction: Direction | None,
    blank: list[str] | None,
    removed: bool,
) -> "Wanted":
    from ledger.store.found_papers import BLANKS, Wanted

    for each in blank or ():
        if each not in BLANKS:
            raise BlankNotKnown(value=each, known=", ".join(BLANKS))
    for name, bound in (("least", least), ("most", most)):
        if bound is not None and abs(bound) > _LARGEST:
            raise NumberOutOfRange(field=name, value=bound, least=-_LARGEST, most=_LARGEST)
    return Wanted(
        kind=kind,
        direction=direction,
        first_day=None if first is None else terminal.day(first),
        last_day=None if last is None else terminal.day(last),
        least=least,
        most=most,
        counterparty=counterparty.replace("\0", ""),
        number=number.replace("\0", ""),
        blank=tuple(blank or ()),
        with_removed=removed,
    )


def _line(each: "ArchivedPaper") -> str:
    paper = each.paper
    kept = each.kept_through
    parts = (
        paper.reference,
        day_of(paper.dealt_on),
        kind_of(paper.kind) + (f" ({word('archive.state.removed')})" if paper.is_removed else ""),
        word(f"archive.direction.{paper.direction}"),
        amount_of(paper.amount_minor, paper.currency),
        paper.counterparty_ja or paper.counterparty_en or blank(),
        _kept(kept, paper.dealt_on),
    )
    return "  ".join(parts)


def _kept(through: date | None, dealt_on: date | None) -> str:
    """Say how long a paper is kept, or what would have to be known for it."""
    if through is not None:
        return word("archive.kept", day=through)
    return word("archive.day_unknown" if dealt_on is None else "archive.year_unknown")
