"""A book that was tampered with by somebody who can switch its guards off."""

import psycopg

_NO_GUARDS = """
    DO $$
    DECLARE guarded regclass;
    BEGIN
        FOR guarded IN SELECT oid FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', guarded);
        END LOOP;
    END $$
"""


def falsify(owner: psycopg.Connection, statement: str) -> None:
    """Change what cannot be changed, as the owner of the database could."""
    owner.execute(_NO_GUARDS)
    changed = owner.execute(statement.encode())
    assert changed.rowcount > 0
