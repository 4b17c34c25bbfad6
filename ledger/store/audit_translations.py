"""What the audit reads of money in other currencies: what it became in yen, and the position."""

TRANSLATION_CONTROLS = """
        UNION ALL SELECT code, CASE WHEN code LIKE 'holders%' THEN owner_id END, in_currency,
                         amount, 0
            FROM (SELECT *, CASE WHEN is_own THEN 'sales' ELSE 'holders' END AS held,
                         CASE WHEN is_own THEN 'output_tax' ELSE 'holders_tax' END AS held_tax
                  FROM translation) translation
            JOIN settlement s USING (settlement_id)
            JOIN book b USING (book_id)
            CROSS JOIN LATERAL (VALUES
                (held, translation.currency, amount_minor),
                (held_tax, translation.currency, tax_minor),
                ('exchange', translation.currency, -amount_minor - tax_minor),
                ('exchange', b.currency, amount_yen + tax_yen),
                (held, b.currency, -amount_yen),
                (held_tax, b.currency, -tax_yen)) AS side (code, in_currency, amount)
            WHERE s.book_id = :book
        UNION ALL SELECT code, NULL, b.currency, amount, 0
            FROM position_move
            JOIN book b USING (book_id)
            CROSS JOIN LATERAL (VALUES
                ('exchange', gain_yen),
                ('exchange_gains', -greatest(gain_yen, 0)),
                ('exchange_losses', -least(gain_yen, 0))) AS side (code, amount)
            WHERE book_id = :book
        UNION ALL SELECT code, NULL, in_currency, amount, 0
            FROM bank_exchange
            JOIN book b USING (book_id)
            CROSS JOIN LATERAL (VALUES
                ('exchange', bank_exchange.currency, sold_minor),
                ('bank', bank_exchange.currency, -sold_minor),
                ('exchange', b.currency, -yen),
                ('bank', b.currency, yen)) AS side (code, in_currency, amount)
            WHERE book_id = :book
"""
