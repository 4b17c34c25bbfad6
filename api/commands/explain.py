"""``genbo explain``: the chain of figures behind an amount, as a tree that a person can follow."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from api import terminal
from api.explanations import as_json
from api.terminal import open_book, word
from ledger.core.explanation_facts import Reader
from ledger.core.explanation_tree import Step


class Form(StrEnum):
    """How an explanation is written."""

    TREE = "tree"
    JSON = "json"


def explain(
    reference: Annotated[str, typer.Argument(help=word("explain.reference.help"))],
    source: Annotated[str | None, typer.Option(help=word("explain.source.help"))] = None,
    licensee: Annotated[str | None, typer.Option(help=word("explain.licensee.help"))] = None,
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help=word("explain.month.help"))
    ] = None,
    party: Annotated[
        str | None, typer.Option("--as", metavar="PARTY", help=word("explain.as.help"))
    ] = None,
    depth: Annotated[int | None, typer.Option(min=1, help=word("explain.depth.help"))] = None,
    form: Annotated[Form, typer.Option("--format", help=word("explain.format.help"))] = Form.TREE,
) -> None:
    """Show what an amount follows from, figure by figure."""
    if source is not None and licensee is None:
        raise typer.BadParameter(word("explain.licensee_needed"), param_hint="--licensee")
    named = None if month is None else terminal.month(month).first_day
    found = _find(reference, source, licensee, named, party)
    if form is Form.JSON:
        typer.echo(as_json(found))
        return
    from api.explanation_trees import show

    show(found, language=terminal.language(), depth=depth)


def _find(
    reference: str,
    source: str | None,
    licensee: str | None,
    month: date | None,
    party: str | None,
) -> Step:
    from ledger.services import explaining

    with open_book() as database:
        reader = Reader() if party is None else explaining.reader_of(database, reference=party)
        if source is None or licensee is None:
            return explaining.explain(database, reference=reference, reader=reader)
        return explaining.explain_generation(
            database,
            licensee=licensee,
            source=source,
            event_id=reference,
            month=month,
            reader=reader,
        )
