"""Files that are kept, of every kind, hashed again by the database where they lie."""

from sqlalchemy import text
from sqlmodel import Session

from ledger.core.file_facts import KeptFileFact

# What was filed has its hash for a key and belongs to no book; a book's are those it speaks of.
_DIFFERING = """
    SELECT place, kept_sha256, found_sha256
    FROM (
        SELECT d.reference || ' as ' || f.format AS place, f.content_sha256 AS kept_sha256,
               sha256(f.content) AS found_sha256
        FROM document_file f JOIN document d USING (document_id)
        WHERE d.book_id = :book
        UNION ALL
        SELECT DISTINCT p.reference || ' in the archive', c.content_sha256, sha256(c.content)
        FROM filed_content c
        JOIN filed_version v USING (content_sha256)
        JOIN filed_paper p USING (filed_paper_id)
        WHERE p.book_id = :book
        UNION ALL
        SELECT b.name || ' of a bank', b.content_sha256, sha256(b.content)
        FROM bank_file b
        WHERE b.book_id = :book
        UNION ALL
        SELECT r.reference || ' for the bank', f.kept, sha256(f.content)
        FROM payout_run r
        JOIN payout_release p USING (payout_run_id)
        CROSS JOIN LATERAL (VALUES (p.file_sha256, p.file_content),
                                   (p.abroad_sha256, p.abroad_content)) AS f (kept, content)
        WHERE r.book_id = :book AND f.content IS NOT NULL
    ) kept
    WHERE kept_sha256 <> found_sha256
    ORDER BY place
"""


def differing_files(session: Session, *, book_id: int) -> tuple[KeptFileFact, ...]:
    """Return each file of a book whose bytes do not have its hash; none in a sound book."""
    rows = session.execute(text(_DIFFERING), {"book": book_id})
    return tuple(
        KeptFileFact(
            place=row.place,
            kept_sha256=bytes(row.kept_sha256),
            found_sha256=bytes(row.found_sha256),
        )
        for row in rows
    )
