"""How long a document may be: beyond it nobody reads a page, and no page is made."""

from ledger.core.refusal import Refusal

#: Rows of detail in one document. Beyond 500 a page sums them up, and a table inside the file has
#: each (``invoices/condensing.py``); beyond this many the house agrees with the party on less.
LINES_MAX = 10_000


class DocumentTooLong(Refusal):
    """A document would have more rows than one may. Carries whose, how many and the most."""

    code = "document_too_long"


def check_length(lines: int, *, party: str) -> None:
    """
    Refuse a document that nobody could read, before it has its number.

    :raises DocumentTooLong: it has more than :data:`LINES_MAX` rows.
    """
    if lines > LINES_MAX:
        raise DocumentTooLong(party=party, lines=lines, most=LINES_MAX)
