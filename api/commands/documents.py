"""``genbo render``: make the PDFs of issued documents that have none yet, and write them out."""

from pathlib import Path
from typing import Annotated

import typer

from api.clock import system_clock
from api.terminal import bar, open_book, say, word


def render(
    out: Annotated[Path, typer.Option(help=word("out.help"))] = Path("out"),
    eras: Annotated[bool, typer.Option("--eras", help=word("eras.help"))] = False,
) -> None:
    """Render what is missing, and write every document's PDF to the folder."""
    from api.archive import count_unrendered, render_missing, write_files
    from ledger.services.archiving import all_documents

    with open_book() as database:
        with bar(word("render.working"), total=count_unrendered(database)) as progress:
            made = render_missing(
                database, rendered_at=system_clock(), in_eras=eras, progress=progress
            )
        paths = write_files(database, all_documents(database), out)
    say("render.done", made=made, count=len(paths), folder=out)
