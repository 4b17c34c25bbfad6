"""``genbo demo``: three months from usage reports to invoices, statements and payouts."""

from pathlib import Path
from typing import Annotated

import typer

from api.settings import read_settings
from api.terminal import word


def demo(
    out: Annotated[Path, typer.Option(help=word("out.help"))] = Path("out"),
    data: Annotated[Path | None, typer.Option(help=word("data.help"))] = None,
) -> None:
    """Run the invented scenario, or the real catalogue and usage log of a folder."""
    from api.demo.run import run

    if data is None:
        from api.demo import invented

        scenario = invented.load()
    else:
        from api.demo import real

        scenario = real.load(data)
    run(scenario, out=out, settings=read_settings())
