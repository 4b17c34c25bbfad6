"""The audit's question about numbers of documents: each series without a gap."""

SERIES = """
    SELECT coalesce(c.series, d.series) AS series, coalesce(c.last_number, 0) AS last_number,
           coalesce(d.document_count, 0) AS document_count, coalesce(d.lowest, 1) AS lowest,
           coalesce(d.highest, 0) AS highest
    FROM (SELECT * FROM document_counter WHERE book_id = :book) c
    FULL JOIN (SELECT series, count(*) AS document_count, min(number) AS lowest,
                      max(number) AS highest
               FROM document WHERE book_id = :book GROUP BY series) d ON d.series = c.series
    ORDER BY 1
"""
