"""What holds for every table, asked of the database's own catalogue."""

from ledger.store.tables import METADATA
from tests.store.scene import Connection

# Owners --------------------------------------------------------------------------------------

#: What belongs to the operator's book as a whole and to no single party.
OF_THE_BOOK = {
    "book": "it is the whole",
    "terms_clock": "counts the changes of the whole book",
    "accounting_month": "the months of the whole book",
    "month_closing": "the months of the whole book",
    "month_run": "the months of the whole book",
    "month_step": "the months of the whole book",
    "document_counter": "a series belongs to whoever issues it",
    "settlement": "divides the receipts of all; its parts have owners",
    "payout_run": "pays all; its payouts have owners",
    "payout_release": "one bank file for all of a run",
    "payout_approval": "of a whole run",
    "payout_cancellation": "of a whole run",
    "own_funds_move": "the operator's own money",
    "withholding_remittance": "one payment slip for all payees of a month",
    "stripe_event": "what Stripe tells the operator, of whichever firm",
    "stripe_handling": "what became of it",
    "stripe_reconciliation": "the operator's own balance, compared",
    "book_comparison": "the whole book, compared",
    "stripe_movement": "the operator's own balance; licensee_id says whose payment moved it",
    "journal_export": "the operator's own journal",
    "journal_export_entry": "the operator's own journal",
    "fx_rate": "published for everybody",
    "exchange_terms": "what the house says for everybody; holder_id says whose terms differ",
    "bank_exchange": "what the house's own bank exchanged",
    "position_move": "the house's own position in other currencies",
    "filed_content": "the operator's own archive",
    "filed_paper": "the operator's own archive",
    "filed_version": "the operator's own archive",
    "fiscal_year": "the operator's own",
    "bank_file": "what the house's bank says of its own account",
    "bank_statement": "what the house's bank says of its own account",
    "bank_line": "what the house's bank says; whose money it is, its payment says",
    "bank_line_ending": "whose money it is, its payment says",
    "account": "the operator's own journal; party_id says for whom an account is kept",
    "account_balance": "the operator's own journal",
    "entry": "the operator's own journal",
    "posting": "the operator's own journal",
}

#: What belongs to a person, who may act for several organisations.
OF_PEOPLE = {
    "person", "password", "second_factor", "access_link", "access_link_use", "sign_in_attempt",
    "sign_in_pass", "portal_session_ending", "portal_session_use", "mail", "mail_attempt",
    "mail_queue",
}  # fmt: skip

_OWNED = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND a.attname IN ('owner_id', 'licensee_id') AND a.attnotnull
"""


def test_every_row_that_is_a_partys_says_whose_it_is(owner: Connection) -> None:
    owned = {str(name) for (name,) in owner.execute(_OWNED)}
    assert owned | OF_THE_BOOK.keys() | OF_PEOPLE == METADATA.tables.keys()
    assert not owned & (OF_THE_BOOK.keys() | OF_PEOPLE)


_NUMBERS = """
    SELECT a.attrelid::regclass::text, a.attname FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND a.atttypid = 'numeric'::regtype AND a.attnum > 0
      AND NOT EXISTS (SELECT FROM pg_constraint k
                      WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)
                        AND pg_get_constraintdef(k.oid) LIKE '% < ''Infinity''%')
"""


def test_every_number_is_a_number(owner: Connection) -> None:
    # NaN and infinity are numeric to PostgreSQL, and NaN passes every ">= 0".
    assert owner.execute(_NUMBERS).fetchall() == []


# Distribution by licensee --------------------------------------------------------------------

#: What is as large as the use that is reported. Everything else is small enough to be on every
#: machine, which Citus calls a reference table.
DISTRIBUTED = (
    *("licensee_log", "batch", "judgement", "judgement_line", "generation"),
    *("batch_total", "batch_event_total", "batch_tally", "correction"),
)

_KEYS = """
    SELECT conrelid::regclass::text, conname,
           (SELECT array_agg(attname::text) FROM pg_attribute
            WHERE attrelid = conrelid AND attnum = ANY (conkey))
    FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = ANY (%s::regclass[])
"""

_REFERENCES = """
    SELECT conrelid::regclass::text, confrelid::regclass::text,
           (SELECT array_agg(attname::text) FROM pg_attribute
            WHERE attrelid = conrelid AND attnum = ANY (conkey))
    FROM pg_constraint
    WHERE contype = 'f' AND NOT conrelid::regclass::text LIKE 'generation\\_%%'
      AND (conrelid = ANY (%s::regclass[]) OR confrelid = ANY (%s::regclass[]))
"""


def test_every_key_of_reported_use_begins_with_the_licensee(owner: Connection) -> None:
    tables = list(DISTRIBUTED)
    for table, name, columns in owner.execute(_KEYS, (tables,)):
        assert "licensee_id" in columns, f"{name} of {table} needs every machine to be asked"
    for table, target, columns in owner.execute(_REFERENCES, (tables, tables)):
        assert table in DISTRIBUTED, f"{table} is on every machine, {target} on one"
        if target in DISTRIBUTED:
            assert "licensee_id" in columns, f"{table} and {target} may lie apart"
