"""``genbo party wording``: language, years and authoritative text of a party's documents."""

from typing import Annotated

import typer

from api.clock import system_clock
from api.commands.month import Person
from api.terminal import open_book, say, word
from ledger.core.refusal import Refusal


class LanguageNotThere(Refusal):
    """There are no words in a language."""

    code = "language_not_there"


def wording(
    reference: Annotated[str, typer.Argument(help=word("mend.reference.help"))],
    by: Person,
    because: Annotated[str, typer.Option(help=word("mend.because.help"))],
    language: Annotated[str | None, typer.Option(help=word("mend.language.help"))] = None,
    eras: Annotated[
        bool | None, typer.Option("--eras/--no-eras", help=word("mend.eras.help"))
    ] = None,
    authoritative: Annotated[str | None, typer.Option(help=word("mend.authoritative.help"))] = None,
) -> None:
    """Say how a party's documents are worded, from the next one on."""
    from ledger.services import wording as services
    from ledger.store.party_wordings import Wording
    from locales.catalogues import LANGUAGES, languages

    spoken = (("language", language, languages()), ("authoritative", authoritative, LANGUAGES))
    for field, value, known in spoken:
        if value is not None and value not in known:
            raise LanguageNotThere(field=field, value=value, known=", ".join(known))
    with open_book() as database:
        worded = services.word_documents(
            database,
            party=reference,
            change=Wording(language=language, in_eras=eras, authoritative=authoritative),
            reason=because,
            recorded_by=by,
            recorded_at=system_clock(),
        )
    say(
        "mend.worded",
        party=reference,
        first=worded.language or word("mend.as_registered"),
        years=word("mend.years.eras" if worded.in_eras else "mend.years.common"),
        authoritative=worded.authoritative or LANGUAGES[0],
    )
