"""What the audit asks of revised statements."""

REVISIONS = """
    SELECT d.reference, s.revision, b.reference AS revises, before.revision AS revision_before
    FROM statement s
    JOIN document d USING (document_id)
    LEFT JOIN statement_revision r USING (document_id)
    LEFT JOIN document b ON b.document_id = r.revises
    LEFT JOIN statement before ON before.document_id = r.revises
                              AND before.settlement_id = s.settlement_id
    WHERE d.book_id = :book AND s.revision > 1 ORDER BY d.document_id
"""

MOVED = """
    SELECT concat(p.reference, ' in ', to_char(s.closing_month, 'YYYY-MM')) AS place,
           CAST(sum(c.amount_minor) AS bigint) AS amount_minor,
           CAST(sum(c.tax_minor) AS bigint) AS tax_minor
    FROM earning_correction c
    JOIN settlement s USING (settlement_id)
    JOIN party p ON p.party_id = c.holder_id
    WHERE s.book_id = :book GROUP BY p.reference, s.closing_month ORDER BY 1
"""
