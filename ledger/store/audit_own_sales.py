"""The audit's question about what the house sold for itself, and what it bought for that."""

#: Rows of the controls: debits less credits as invoices and settlements say.
OWN_SALES_CONTROLS = """
        UNION ALL SELECT code, NULL, currency,
                         CASE code WHEN 'sales' THEN -amount_minor ELSE -tax_minor END, 0
            FROM (SELECT currency, amount_minor, tax_minor FROM line WHERE is_own
                  UNION ALL
                  SELECT currency, amount_minor, tax_minor FROM used
                  WHERE is_own AND owner_id IS NOT NULL) sold
            CROSS JOIN (VALUES ('sales'), ('output_tax')) AS side (code)
        UNION ALL SELECT CASE bought_from WHEN 'registered' THEN 'royalty_cost'
                                          ELSE 'royalty_cost_' || bought_from END,
                         NULL, currency, sold_minor - margin_minor, 0
            FROM divided WHERE bought_from IS NOT NULL
        UNION ALL SELECT 'input_tax', NULL, currency, purchase_tax_minor, 0
            FROM divided WHERE bought_from IS NOT NULL
"""
