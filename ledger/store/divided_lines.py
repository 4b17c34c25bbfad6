"""
What settlements divided of royalty lines, as one list: by what was paid, or by the invoice.

All amounts are those that were divided: of a line in another currency, what it was translated into.

A line under accrual terms is divided by its invoice, and what is paid of it later is divided no
more. Everybody who asks which settlement divided a line, or how much of it, asks this.
"""

_DIVIDED_LINES = """
    SELECT done.settlement_id, part.royalty_line_id,
           coalesce(t.amount_yen, part.amount_minor) AS amount_minor,
           coalesce(t.tax_yen, part.tax_minor) AS tax_minor
    FROM settled_receipt done
    JOIN receipt_part part USING (receipt_id)
    JOIN royalty_line basis USING (royalty_line_id)
    LEFT JOIN translation t ON t.receipt_id = part.receipt_id
                           AND t.royalty_line_id = part.royalty_line_id
    WHERE basis.recognition = 'cash'
    UNION ALL
    SELECT a.settlement_id, a.royalty_line_id, coalesce(t.amount_yen, a.amount_minor),
           coalesce(t.tax_yen, a.tax_minor)
    FROM accrued_line a
    LEFT JOIN translation t ON t.royalty_line_id = a.royalty_line_id AND t.receipt_id IS NULL
"""

_DIVIDED_USES = """
    SELECT done.settlement_id, u.owner_id, coalesce(t.amount_yen, u.amount_minor) AS amount_minor,
           coalesce(t.tax_yen, done.tax_minor) AS tax_minor,
           billed.capacity = 'principal' AS is_own
    FROM settled_prepayment_use done
    JOIN prepayment_use u USING (prepayment_use_id)
    JOIN invoice_prepayment asked USING (prepayment_id)
    JOIN invoice billed USING (document_id)
    LEFT JOIN (SELECT prepayment_use_id, CAST(sum(amount_yen) AS bigint) AS amount_yen,
                      CAST(sum(tax_yen) AS bigint) AS tax_yen
               FROM translation GROUP BY 1) t USING (prepayment_use_id)
    WHERE u.owner_id IS NOT NULL
"""


def over_divided_lines(query: str) -> str:
    """
    Return a query that reads, where it says ``(/* divided lines */)``, one row for each part.

    A part has the settlement, the line, its amount and the tax that goes with it. Where it says
    ``(/* divided uses */)``, it reads what advances paid for: settlement, holder, amount and tax.
    """
    return query.replace("/* divided lines */", _DIVIDED_LINES.strip()).replace(
        "/* divided uses */", _DIVIDED_USES.strip()
    )
