"""``genbo archive add`` and what follows it: papers are filed, corrected, taken back, and kept."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from api import terminal
from api.clock import system_clock
from api.commands.archive_words import amount_of, blank, day_of, kind_of
from api.terminal import open_book, say, word
from ledger.core.archive import Direction, FiledKind, FiscalYear, PaperFacts

Party = Annotated[str, typer.Option("--counterparty", help=word("archive.counterparty.help"))]
Number = Annotated[str, typer.Option("--number", help=word("archive.number.help"))]
Person = Annotated[str, typer.Option("--by", help=word("by.help"))]
Reason = Annotated[str, typer.Option("--reason", help=word("archive.reason.help"))]
Paper = Annotated[str, typer.Argument(help=word("archive.reference.help"))]
Amount = Annotated[str | None, typer.Option("--amount", help=word("archive.amount.help"))]


def add(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help=word("archive.file.help"))
    ],
    kind: Annotated[FiledKind, typer.Option("--kind", help=word("archive.filed_kind.help"))],
    by: Person,
    on: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=word("archive.date.help"))
    ] = None,
    amount: Amount = None,
    currency: Annotated[str, typer.Option()] = "JPY",
    counterparty: Party = "",
    number: Number = "",
    sent: Annotated[bool, typer.Option("--sent", help=word("archive.sent.help"))] = False,
) -> None:
    """File a paper away."""
    from api.archive_export import paper_of_file
    from ledger.services import filing

    paper = paper_of_file(
        file,
        kind=kind,
        direction=Direction.SENT if sent else Direction.RECEIVED,
        dealt_on=None if on is None else terminal.day(on),
        amount_minor=None if amount is None else terminal.amount(amount),
        currency=None if amount is None else currency,
        counterparty=counterparty,
        document_number=number,
    )
    with open_book() as database:
        filed = filing.file_away(database, paper=paper, recorded_by=by, recorded_at=system_clock())
    say("archive.added", reference=filed.reference, sha256=filed.content_sha256.hex())


def correct(
    reference: Paper,
    reason: Reason,
    by: Person,
    on: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=word("archive.date.help"))
    ] = None,
    amount: Amount = None,
    currency: Annotated[str | None, typer.Option()] = None,
    counterparty: Annotated[
        str | None, typer.Option("--counterparty", help=word("archive.counterparty.help"))
    ] = None,
    number: Annotated[
        str | None, typer.Option("--number", help=word("archive.number.help"))
    ] = None,
    kind: Annotated[
        FiledKind | None, typer.Option("--kind", help=word("archive.filed_kind.help"))
    ] = None,
) -> None:
    """Say anew what a paper is found by; what is not named stays, and "" makes it blank."""
    from ledger.services import filing

    with open_book() as database:
        version = filing.correct_paper(
            database,
            reference=reference,
            change=_change(on, amount, currency, counterparty, number, kind),
            reason=reason,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say("archive.corrected", reference=reference, version=version.version)


def remove(reference: Paper, reason: Reason, by: Person) -> None:
    """Say that a paper was filed by mistake; it stays to be read."""
    from ledger.services import filing

    with open_book() as database:
        filing.remove_paper(
            database, reference=reference, reason=reason, recorded_by=by, recorded_at=system_clock()
        )
    say("archive.removed_now", reference=reference)


def history(reference: Paper) -> None:
    """Show every version of a filed paper, who wrote it when, and why."""
    from ledger.services import filing

    with open_book() as database:
        versions = filing.read_history(database, reference=reference)
    for each in versions:
        said = each.facts
        typer.echo(
            "  ".join(
                (
                    f"v{each.version}",
                    word(f"archive.state.{each.state}"),
                    kind_of(said.kind),
                    day_of(said.dealt_on),
                    amount_of(said.amount_minor, said.currency),
                    said.counterparty or blank(),
                    said.document_number or "-",
                    each.file_name,
                )
            )
        )
        typer.echo(
            f"    {each.recorded_at.isoformat()}  {each.recorded_by}  {each.reason}".rstrip()
        )
    typer.echo(f"    SHA-256 {versions[-1].content_sha256.hex()}")


def year(
    first_day: Annotated[
        str, typer.Argument(metavar="YYYY-MM-DD", help=word("archive.first.help"))
    ],
    last_day: Annotated[str, typer.Argument(metavar="YYYY-MM-DD", help=word("archive.last.help"))],
    by: Person,
    extension: Annotated[int, typer.Option(help=word("archive.extension.help"))] = 0,
    loss: Annotated[
        bool | None, typer.Option("--loss/--no-loss", help=word("archive.loss.help"))
    ] = None,
) -> None:
    """Record a fiscal year, from which it follows how long its papers are kept."""
    from ledger.services import filing

    with open_book() as database:
        recorded = filing.record_year(
            database,
            year=FiscalYear(
                first_day=terminal.day(first_day),
                last_day=terminal.day(last_day),
                extension_months=extension,
                is_loss=loss,
            ),
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say(
        "archive.year_recorded",
        counted_from=recorded.counted_from.isoformat(),
        kept_through=recorded.kept_through.isoformat(),
    )
    if loss is None:
        say("archive.loss_unknown")


def years() -> None:
    """List fiscal years as they were recorded; what was recorded last holds."""
    from ledger.services import filing

    with open_book() as database:
        recorded = filing.list_years(database)
    for each in recorded:
        state = {True: "loss", False: "no_loss", None: "unknown"}[each.year.is_loss]
        typer.echo(
            "  ".join(
                (
                    f"{each.year.first_day.isoformat()}/{each.year.last_day.isoformat()}",
                    word(f"archive.year_state.{state}"),
                    word("archive.kept", day=each.year.kept_through.isoformat()),
                    each.recorded_by,
                )
            )
        )


def _change(
    on: str | None,
    amount: str | None,
    currency: str | None,
    counterparty: str | None,
    number: str | None,
    kind: FiledKind | None,
) -> Callable[[PaperFacts], PaperFacts]:
    """Return what a correction says: what is not given stays, and "" leaves a field blank."""
    day = None if not on else terminal.day(on)
    minor = None if not amount else terminal.amount(amount)

    def change(facts: PaperFacts) -> PaperFacts:
        return replace(
            facts,
            dealt_on=facts.dealt_on if on is None else day,
            amount_minor=facts.amount_minor if amount is None else minor,
            currency=currency or facts.currency or "JPY",
            counterparty=facts.counterparty if counterparty is None else counterparty,
            document_number=facts.document_number if number is None else number,
            kind=kind or facts.kind,
        )

    return change
