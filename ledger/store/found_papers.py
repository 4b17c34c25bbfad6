"""
Papers looked for by day, amount and counterparty, in any combination, what is blank included.

Everything that was sent or came in is one list: issued documents, files that were filed away,
files for banks and of banks, what AI firms declared, and what they reported of a month. Names are
those that were printed.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.catalogue import name_key
from ledger.core.money import CURRENCY_EXPONENTS

#: What may be asked for as blank.
BLANKS = ("date", "amount", "counterparty")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for; None and "" leave a side open. Amounts are in whole major units."""

    kind: str | None = None
    direction: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    least: int | None = None
    most: int | None = None
    counterparty: str = ""  # part of a name as it was printed, or the party's reference
    number: str = ""  # of the document
    blank: tuple[str, ...] = ()  # of BLANKS: what must not be there
    with_removed: bool = False  # also what was filed by mistake
    references: tuple[str, ...] = ()  # those that are meant, and no others


@dataclass(frozen=True, kw_only=True)
class FoundPaper:
    """A paper as a list shows it; what an invoice asks for, what a statement pays."""

    source: str  # "document", "filed", "bank_file", "bank_statement", "declaration" or "usage"
    reference: str
    direction: str
    kind: str
    dealt_on: date | None
    counterparty: str  # the party's reference; "" of a paper that was filed away
    counterparty_ja: str
    counterparty_en: str
    currency: str | None
    amount_minor: int | None
    number: str
    is_removed: bool
    party_id: int | None
    sort_day: date


#: Where a list goes on: the day and the reference of the last paper on the page.
Place = tuple[date, str]

_DOCUMENTS = """
    SELECT 'document' AS source, d.reference, 'sent' AS direction, d.kind, d.issued_on AS dealt_on,
           p.reference AS counterparty, coalesce(f.counterparty_ja, '') AS counterparty_ja,
           coalesce(f.counterparty_en, '') AS counterparty_en,
           coalesce(f.counterparty_key, '') AS counterparty_key, f.currency, f.amount_minor,
           d.reference AS number, false AS is_removed, d.owner_id AS party_id
    FROM document d
    JOIN party p ON p.party_id = d.owner_id
    LEFT JOIN document_facts f ON f.document_id = d.document_id
    WHERE d.book_id = :book AND (CAST(:owner AS bigint) IS NULL OR d.owner_id = :owner)
"""

_OTHERS = """
    UNION ALL
    SELECT 'filed', p.reference, p.direction, v.kind, v.dealt_on, '', v.counterparty, '',
           v.counterparty_key, v.currency, v.amount_minor, v.document_number,
           v.state = 'removed', CAST(NULL AS bigint)
    FROM filed_paper p
    JOIN filed_version v ON v.filed_paper_id = p.filed_paper_id
    WHERE p.book_id = :book
      AND NOT EXISTS (SELECT FROM filed_version later
                      WHERE later.filed_paper_id = v.filed_paper_id AND later.version > v.version)
    UNION ALL
    SELECT 'bank_file', r.reference, 'sent', 'bank_file', r.pay_on, '', '', '', '', book.currency,
           (SELECT CAST(sum(o.payout_minor) AS bigint) FROM payout o
            WHERE o.payout_run_id = r.payout_run_id),
           r.reference, false, CAST(NULL AS bigint)
    FROM payout_run r JOIN payout_release USING (payout_run_id) JOIN book USING (book_id)
    WHERE r.book_id = :book
    UNION ALL
    SELECT 'bank_statement', 'BANK-' || f.bank_file_id, 'received', 'bank_statement',
           (SELECT max(s.last_day) FROM bank_statement s WHERE s.bank_file_id = f.bank_file_id),
           '', '', '', '', NULL, NULL, f.name, false, CAST(NULL AS bigint)
    FROM bank_file f
    WHERE f.book_id = :book
    UNION ALL
    SELECT 'declaration', 'DECLARED-' || to_char(d.month, 'YYYY-MM') || '-' || p.reference
                          || '-' || d.version,
           'received', 'declaration',
           CAST(d.declared_at AT TIME ZONE INTERVAL '9 hours' AS date), p.reference, p.name_ja,
           p.name_en, '', NULL, NULL, '', false, p.party_id
    FROM month_declaration d JOIN party p ON p.party_id = d.licensee_id
    WHERE d.book_id = :book
    UNION ALL
    SELECT 'usage', 'USAGE-' || to_char(m.month, 'YYYY-MM') || '-' || p.reference, 'received',
           'usage', CAST(m.month + INTERVAL '1 month' AS date) - 1, p.reference, p.name_ja,
           p.name_en, '', NULL, NULL, '', false, p.party_id
    FROM party p JOIN accounting_month m ON m.book_id = p.book_id
    WHERE p.book_id = :book AND p.role = 'licensee'
      AND EXISTS (SELECT FROM batch_tally t
                  WHERE t.licensee_id = p.party_id AND t.accrual_month = m.month)
"""

# An amount with cents lies between whole units, so both bounds are compared in minor units. What
# has no day comes last. What firms report is named by the book, not by a paper: its names are
# compared as they are.
_FIND = """
    SELECT source, reference, direction, kind, dealt_on, counterparty, counterparty_ja,
           counterparty_en, i.currency, amount_minor, number, is_removed, party_id,
           coalesce(dealt_on, DATE '0001-01-01') AS sort_day
    FROM ({items}) i
    LEFT JOIN unnest(CAST(:currencies AS text[]), CAST(:units AS bigint[])) AS c (currency, unit)
        ON c.currency = i.currency
    WHERE (CAST(:before_day AS date) IS NULL
           OR (coalesce(dealt_on, DATE '0001-01-01'), reference COLLATE "C")
              < (CAST(:before_day AS date), CAST(:before_reference AS text) COLLATE "C"))
      AND (CAST(:only AS text) IS NULL OR reference = :only)
      AND (cardinality(CAST(:references AS text[])) = 0
           OR reference = ANY (CAST(:references AS text[])))
      AND (CAST(:kind AS text) IS NULL OR kind = :kind)
      AND (CAST(:direction AS text) IS NULL OR direction = :direction)
      AND (CAST(:first_day AS date) IS NULL OR dealt_on >= :first_day)
      AND (CAST(:last_day AS date) IS NULL OR dealt_on <= :last_day)
      AND (CAST(:least AS bigint) IS NULL
           OR amount_minor >= CAST(:least AS numeric) * c.unit)
      AND (CAST(:most AS bigint) IS NULL
           OR amount_minor <= CAST(:most AS numeric) * c.unit)
      AND (:counterparty = '' OR counterparty = :counterparty
           OR (:key <> '' AND position(:key IN counterparty_key) > 0)
           OR (source IN ('declaration', 'usage')
               AND counterparty = ANY (CAST(:firms AS text[]))))
      AND (:number = '' OR position(lower(:number) IN lower(number)) > 0)
      AND (NOT 'date' = ANY (CAST(:blank AS text[])) OR dealt_on IS NULL)
      AND (NOT 'amount' = ANY (CAST(:blank AS text[])) OR amount_minor IS NULL)
      AND (NOT 'counterparty' = ANY (CAST(:blank AS text[])) OR counterparty_ja = '')
      AND (CAST(:with_removed AS boolean) OR NOT is_removed)
    ORDER BY sort_day DESC, reference COLLATE "C" DESC
    LIMIT :limit
"""

_FIRMS = "SELECT reference, name_ja, name_en FROM party WHERE book_id = :book AND role = 'licensee'"


def find_papers(
    session: Session,
    *,
    book_id: int,
    owner_id: int | None,
    wanted: Wanted,
    before: Place | None,
    limit: int,
    only: str | None = None,
) -> list[FoundPaper]:
    """
    Return papers that are what is wanted, the latest first.

    A party (``owner_id``) sees the documents that were addressed to it, and the house (None)
    everything. ``only`` is the reference of the one that is meant.
    """
    items = _DOCUMENTS if owner_id is not None else _DOCUMENTS + _OTHERS
    key = name_key(wanted.counterparty).replace(" ", "")
    parameters = {
        **vars(wanted),
        "blank": list(wanted.blank),
        "references": list(wanted.references),
        "key": key,
        "firms": _firms(session, book_id, key) if key and owner_id is None else [],
        "book": book_id,
        "owner": owner_id,
        "only": only,
        "before_day": before and before[0],
        "before_reference": before and before[1],
        "limit": limit,
        "currencies": list(CURRENCY_EXPONENTS),
        "units": [10**exponent for exponent in CURRENCY_EXPONENTS.values()],
    }
    found = session.execute(text(_FIND.format(items=items)), parameters)
    return [FoundPaper(**row._mapping) for row in found]


def _firms(session: Session, book_id: int, key: str) -> list[str]:
    """Return the AI firms that a search for a counterparty means."""
    return [
        row.reference
        for row in session.execute(text(_FIRMS), {"book": book_id})
        if key in name_key(row.name_ja, row.name_en)
    ]
