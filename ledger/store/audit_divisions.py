"""The questions of the audit about money received or invoiced, and how it was divided."""

from ledger.store.divided_lines import over_divided_lines

HOLDERS = over_divided_lines("""
    WITH paid AS (
        SELECT part.settlement_id, r.owner_id, part.amount_minor AS royalty_minor, part.tax_minor,
               i.capacity = 'principal' AS is_own
        FROM (/* divided lines */) part
        JOIN royalty_line r USING (royalty_line_id)
        JOIN invoice_line l USING (royalty_line_id)
        JOIN invoice i ON i.document_id = l.document_id
        UNION ALL
        SELECT used.settlement_id, used.owner_id, used.amount_minor, used.tax_minor,
               used.is_own
        FROM (/* divided uses */) used
    ), invoiced AS (
        SELECT settlement_id, owner_id, sum(royalty_minor) AS royalty_minor,
               sum(tax_minor) FILTER (WHERE NOT is_own) AS tax_minor,
               sum(royalty_minor) FILTER (WHERE is_own) AS sold_minor
        FROM paid GROUP BY 1, 2
    ), earned AS (
        SELECT settlement_id, holder_id AS owner_id, sum(amount_minor) AS amount_minor,
               sum(tax_minor) AS tax_minor
        FROM earning GROUP BY 1, 2
    ), aside AS (
        SELECT settlement_id, owner_id, sum(amount_minor) AS amount_minor,
               sum(tax_minor) AS tax_minor
        FROM (
            SELECT settlement_id, owner_id, amount_minor, tax_minor FROM reserve
            UNION ALL
            SELECT settlement_id, owner_id, -amount_minor, -tax_minor FROM reserve_use
            UNION ALL
            SELECT s.settlement_id, s.owner_id, c.amount_minor, c.tax_minor
            FROM settled_reserve_claim s JOIN reserve_claim c USING (reserve_claim_id)
            UNION ALL
            SELECT settlement_id, owner_id, suspended_minor, suspended_tax_minor FROM suspense
            UNION ALL
            SELECT settlement_id, owner_id, -released_minor, -released_tax_minor
            FROM suspense_release
        ) moved
        GROUP BY 1, 2
    )
    SELECT s.closing_month AS month, p.reference AS holder,
           h.receipts_minor AS royalty_minor, h.receipts_tax_minor AS tax_minor,
           CAST(coalesce(invoiced.royalty_minor, 0) AS bigint) AS invoiced_royalty_minor,
           CAST(coalesce(invoiced.tax_minor, 0) AS bigint) AS invoiced_tax_minor,
           h.sold_minor, CAST(coalesce(invoiced.sold_minor, 0) AS bigint) AS invoiced_sold_minor,
           h.admin_fee_bp AS fee_bp, h.margin_minor, h.purchase_tax_minor, h.bought_from,
           (SELECT max(e.posted_on) FROM entry e WHERE e.book_id = s.book_id
              AND e.kind = 'settlement' AND e.source = 'SET-' || to_char(s.closing_month, 'YYYY-MM')
           ) AS settled_on,
           h.admin_fee_minor AS fee_minor, h.admin_fee_tax_minor AS fee_tax_minor,
           CAST(coalesce(earned.amount_minor, 0) AS bigint) AS earned_minor,
           CAST(coalesce(earned.tax_minor, 0) AS bigint) AS earned_tax_minor,
           h.deficit_in_minor, h.deficit_out_minor, h.set_aside_minor, h.set_aside_tax_minor,
           CAST(coalesce(aside.amount_minor, 0) AS bigint) AS found_set_aside_minor,
           CAST(coalesce(aside.tax_minor, 0) AS bigint) AS found_set_aside_tax_minor
    FROM holder_settlement h
    JOIN settlement s USING (settlement_id)
    JOIN party p ON p.party_id = h.owner_id
    LEFT JOIN invoiced ON invoiced.settlement_id = h.settlement_id
                      AND invoiced.owner_id = h.owner_id
    LEFT JOIN earned ON earned.settlement_id = h.settlement_id AND earned.owner_id = h.owner_id
    LEFT JOIN aside ON aside.settlement_id = h.settlement_id AND aside.owner_id = h.owner_id
    WHERE s.book_id = :book ORDER BY s.closing_month, p.reference COLLATE "C"
""")

# Of other currencies, what they were translated into; each sum is the book's own currency.
SETTLEMENTS = over_divided_lines("""
    SELECT s.closing_month AS month,
           CAST(coalesce((SELECT sum(r.amount_minor) FROM settled_receipt t
                          JOIN receipt r USING (receipt_id)
                          WHERE t.settlement_id = s.settlement_id AND r.currency = b.currency), 0)
                - coalesce((SELECT sum(part.amount_minor + part.tax_minor)
                            FROM settled_receipt t JOIN receipt_part part USING (receipt_id)
                            JOIN receipt paid USING (receipt_id)
                            LEFT JOIN royalty_line r USING (royalty_line_id)
                            WHERE t.settlement_id = s.settlement_id AND paid.currency = b.currency
                              AND (part.prepayment_id IS NOT NULL
                                   OR r.recognition = 'accrual')), 0)
                + coalesce((SELECT sum(a.amount_minor + a.tax_minor) FROM accrued_line a
                            JOIN royalty_line r USING (royalty_line_id)
                            WHERE a.settlement_id = s.settlement_id
                              AND r.currency = b.currency), 0)
                + coalesce((SELECT sum(u.amount_minor + t.tax_minor)
                            FROM settled_prepayment_use t
                            JOIN prepayment_use u USING (prepayment_use_id)
                            JOIN prepayment p USING (prepayment_id)
                            WHERE t.settlement_id = s.settlement_id AND p.currency = b.currency
                              AND u.owner_id IS NOT NULL), 0)
                + coalesce((SELECT sum(x.amount_yen + x.tax_yen) FROM translation x
                            WHERE x.settlement_id = s.settlement_id), 0)
                - coalesce((SELECT sum(own.tax_minor) FROM (/* divided lines */) own
                            JOIN invoice_line l USING (royalty_line_id)
                            JOIN invoice i USING (document_id)
                            WHERE own.settlement_id = s.settlement_id
                              AND i.capacity = 'principal'), 0)
                - coalesce((SELECT sum(used.tax_minor) FROM (/* divided uses */) used
                            WHERE used.settlement_id = s.settlement_id AND used.is_own), 0)
               AS bigint) AS received_minor,
           CAST(coalesce((SELECT sum(h.receipts_minor + h.receipts_tax_minor)
                          FROM holder_settlement h
                          WHERE h.settlement_id = s.settlement_id), 0) AS bigint) AS taken_minor
    FROM settlement s JOIN book b USING (book_id)
    WHERE s.book_id = :book ORDER BY s.closing_month
""")
