"""Throwing a book away: for a demo that begins again, never for anything that is kept."""

from sqlalchemy import NullPool, create_engine, text

from ledger.store import migrations
from ledger.store.database import Database


def is_empty(database: Database) -> bool:
    """Tell whether nobody has been entered into the book yet."""
    with database.transaction() as session:
        return not session.execute(text("SELECT EXISTS (SELECT FROM party)")).scalar_one()


def start_afresh(database: Database) -> None:
    """Drop every table and make them anew, empty, as the role that logs in."""
    engine = create_engine(database.engine.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        migrations.upgrade(connection)
    database.engine.dispose()
