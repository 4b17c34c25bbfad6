"""``genbo db``: bring the database up to date, or check that it matches the models."""

import typer

from api.terminal import open_book, say

app = typer.Typer(no_args_is_help=True)


@app.command("migrate")
def migrate() -> None:
    """Bring the database to the newest schema."""
    with open_book():
        say("db.migrated")


@app.command("check")
def check() -> None:
    """Compare the models with a freshly migrated database, and list every difference."""
    import tempfile
    from pathlib import Path

    from ledger.store.database import migrate as bring_up_to_date
    from ledger.store.database import open_database
    from ledger.store.schema import check as compare

    with tempfile.TemporaryDirectory(prefix="genbo-check-") as folder:
        database = open_database(None, Path(folder))
        try:
            bring_up_to_date(database)
            differences = compare(database)
        finally:
            database.close()
    for difference in differences:
        typer.echo(difference, err=True)
    if differences:
        say("db.differs", count=len(differences))
        raise typer.Exit(1)
    say("db.matches")
