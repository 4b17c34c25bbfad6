"""``genbo serve``: the API on the book the settings name."""

import os
from typing import Annotated

import typer

from api.clock import system_clock
from api.portal.options import PREFIX
from api.settings import Settings, read_settings
from api.terminal import language, open_book, say, word
from ledger.store.database import Database


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """
    Serve the API until interrupted, by one process for each of up to two processors.

    The book is opened and brought up to date first, so that a worker finds it ready and a
    database that cannot be reached is told as a sentence, not by a dying worker.
    """
    import uvicorn

    from api.wire import GuardedProtocol

    settings = read_settings()
    with open_book() as database:
        address = f"http://{host or settings.host}:{port or settings.port}"
        say("serve.ready", address=address)
        say("serve.portal", address=f"{address}{PREFIX}/")
        if settings.is_demo():
            _tell_accounts(database, settings)
        uvicorn.run(
            "api.app:serve_app",
            factory=True,
            host=host or settings.host,
            port=port or settings.port,
            workers=min(2, os.cpu_count() or 1),
            http=GuardedProtocol,
            ws="none",
            log_level="warning",
        )


def _tell_accounts(database: Database, settings: Settings) -> None:
    """Print an account of the demo's portal for each role."""
    from api.demo.accounts import ready_accounts

    accounts = ready_accounts(
        database, options=settings.portal_options(), language=language(), at=system_clock()
    )
    if accounts:
        say("serve.accounts")
    for account in accounts:
        role = word(f"serve.role.{account.role}")
        typer.echo(f"  {account.email:24} {account.password}  {role} ({account.organisation})")
