"""
What settlements divided of royalty lines, as one list: by what was paid, or by the invoice.

A line under accrual terms is divided by its invoice, and what is paid of it later is divided no
more. Everybody who asks which settlement divided a line, or how much of it, asks this.
"""

_DIVIDED_LINES = """
    SELECT done.settlement_id, part.royalty_line_id, part.amount_minor, part.tax_minor
    FROM settled_receipt done
    JOIN receipt_part part USING (receipt_id)
    JOIN royalty_line basis USING (royalty_line_id)
    WHERE basis.recognition = 'cash'
    UNION ALL
    SELECT settlement_id, royalty_line_id, amount_minor, tax_minor FROM accrued_line
"""


def over_divided_lines(query: str) -> str:
    """
    Return a query that reads, where it says ``(/* divided lines */)``, one row for each part.

    A part has the settlement, the line, its amount and the tax that goes with it.
    """
    return query.replace("/* divided lines */", _DIVIDED_LINES.strip())
