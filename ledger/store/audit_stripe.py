"""What movements of the balance at Stripe make of the accounts, beside the payments themselves."""

STRIPE_CONTROLS = """
        UNION ALL SELECT 'stripe', NULL, currency,
                         amount_minor - fee_minor
                         - CASE WHEN category = 'charge' AND paid_currency IS NULL
                                THEN amount_minor ELSE 0 END, 0
            FROM stripe_movement WHERE book_id = :book
        UNION ALL SELECT 'stripe', NULL, paid_currency, -paid_minor, 0
            FROM stripe_movement WHERE book_id = :book AND category = 'charge'
                                   AND paid_currency IS NOT NULL
        UNION ALL SELECT 'processor_fees', NULL, currency,
                         fee_minor - CASE WHEN category = 'fee' THEN amount_minor ELSE 0 END, 0
            FROM stripe_movement WHERE book_id = :book
        UNION ALL SELECT 'exchange', NULL, paid_currency, paid_minor, 0
            FROM stripe_movement WHERE book_id = :book AND paid_currency IS NOT NULL
        UNION ALL SELECT 'exchange', NULL, currency, -amount_minor, 0
            FROM stripe_movement WHERE book_id = :book AND paid_currency IS NOT NULL
        UNION ALL SELECT 'taken_back', licensee_id, coalesce(paid_currency, currency),
                         -coalesce(paid_minor, amount_minor), 0
            FROM stripe_movement WHERE book_id = :book AND licensee_id IS NOT NULL
                                   AND category <> 'charge'
        UNION ALL SELECT 'bank', NULL, currency, -amount_minor, 0
            FROM stripe_movement WHERE book_id = :book
                                   AND category IN ('payout', 'payout_reversal', 'topup',
                                                    'topup_reversal')
        UNION ALL SELECT 'transfers', NULL, currency, -amount_minor, 0
            FROM stripe_movement WHERE book_id = :book
                                   AND category IN ('transfer', 'transfer_reversal')
"""
