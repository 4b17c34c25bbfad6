"""The questions of the audit, one for each kind of fact; :mod:`ledger.store.audits` asks them."""

from ledger.store.audit_own_sales import OWN_SALES_CONTROLS
from ledger.store.audit_stripe import STRIPE_CONTROLS
from ledger.store.audit_translations import TRANSLATION_CONTROLS

ONE_INSTANT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

ENTRIES = """
    SELECT e.entry_id, e.source, coalesce(s.asset, e.asset) AS asset,
           e.posting_count AS declared_postings, count(DISTINCT s.number) AS found_postings,
           CAST(coalesce(sum(s.debit), 0) AS bigint) AS debit_minor,
           CAST(coalesce(sum(s.credit), 0) AS bigint) AS credit_minor
    FROM entry e
    LEFT JOIN (
        SELECT p.entry_id, p.number, a.asset, p.amount_minor AS debit, 0 AS credit
        FROM posting p JOIN account a ON a.account_id = p.debit_account_id
        UNION ALL
        SELECT p.entry_id, p.number, a.asset, 0, p.amount_minor
        FROM posting p JOIN account a ON a.account_id = p.credit_account_id
    ) s USING (entry_id)
    WHERE e.book_id = :book
    GROUP BY 1, 2, 3, 4
    ORDER BY 1, 3
"""

# Debits less credits, on one side as posted, on the other as documents and payments say.
CONTROLS = """
    WITH line AS (
        SELECT r.owner_id, r.currency, l.amount_minor - l.recouped_minor AS amount_minor,
               l.tax_minor, i.capacity = 'principal' AS is_own
        FROM invoice_line l
        JOIN royalty_line r USING (royalty_line_id)
        JOIN invoice i ON i.document_id = l.document_id
        WHERE r.book_id = :book
    ), prepaid AS (
        SELECT p.licensee_id, p.currency, l.amount_minor + l.tax_minor AS amount_minor
        FROM invoice_prepayment l
        JOIN prepayment p USING (prepayment_id)
        JOIN invoice i ON i.document_id = l.document_id AND i.book_id = :book
    ), used AS (
        SELECT u.licensee_id, u.owner_id, p.currency, u.amount_minor, done.tax_minor,
               i.capacity = 'principal' AS is_own
        FROM settled_prepayment_use done
        JOIN prepayment_use u USING (prepayment_use_id)
        JOIN prepayment p USING (prepayment_id)
        JOIN invoice_prepayment l USING (prepayment_id)
        JOIN invoice i ON i.document_id = l.document_id
        JOIN settlement s ON s.settlement_id = done.settlement_id AND s.book_id = :book
    ), earned AS (
        SELECT settlement_id, holder_id, sum(amount_minor + tax_minor) AS amount_minor
        FROM earning GROUP BY 1, 2
    ), divided AS (
        SELECT h.*, coalesce(earned.amount_minor, 0) AS earned_minor
        FROM holder_settlement h
        JOIN settlement s ON s.settlement_id = h.settlement_id AND s.book_id = :book
        LEFT JOIN earned ON earned.settlement_id = h.settlement_id
                        AND earned.holder_id = h.owner_id
    ), paid AS (
        SELECT o.*, b.currency,
               CASE WHEN t.account_type = 'stripe' THEN 'transfers' ELSE 'bank' END AS left_from
        FROM payout o
        JOIN bank_account t USING (bank_account_id)
        JOIN payout_run r USING (payout_run_id)
        JOIN payout_release USING (payout_run_id)
        JOIN book b ON b.book_id = r.book_id
        WHERE r.book_id = :book
          AND NOT EXISTS (SELECT FROM payout_return t
                          WHERE t.payout_run_id = o.payout_run_id AND t.owner_id = o.owner_id)
    ), suspended AS (
        SELECT s.owner_id, d.currency, s.suspended_minor + s.suspended_tax_minor AS amount_minor
        FROM suspense s
        JOIN divided d ON d.settlement_id = s.settlement_id AND d.owner_id = s.owner_id
        UNION ALL
        SELECT r.owner_id, d.currency, -r.released_minor - r.released_tax_minor
        FROM suspense_release r
        JOIN divided d ON d.settlement_id = r.settlement_id AND d.owner_id = r.owner_id
    ), reserved AS (
        SELECT r.owner_id, d.currency, r.amount_minor, r.tax_minor
        FROM reserve r
        JOIN divided d ON d.settlement_id = r.settlement_id AND d.owner_id = r.owner_id
        UNION ALL
        SELECT u.owner_id, d.currency, -u.amount_minor, -u.tax_minor
        FROM reserve_use u
        JOIN divided d ON d.settlement_id = u.settlement_id AND d.owner_id = u.owner_id
    ), advanced AS (
        SELECT p.owner_id, b.currency, a.amount_minor AS change
        FROM payee_advance_payment p
        JOIN payee_advance a USING (payee_advance_id)
        JOIN book b ON b.book_id = a.book_id AND b.book_id = :book
        UNION ALL
        SELECT u.owner_id, b.currency, -u.amount_minor
        FROM payee_advance_use u
        JOIN payee_advance a USING (payee_advance_id)
        JOIN book b ON b.book_id = a.book_id AND b.book_id = :book
    ), received AS (
        SELECT r.* FROM receipt r JOIN invoice i USING (document_id) WHERE i.book_id = :book
    ), came_in AS (
        SELECT * FROM payment WHERE book_id = :book
    ), told (code, party_id, currency, expected, posted) AS (
        SELECT 'receivable', licensee_id, currency, total_minor, 0 FROM invoice
            WHERE book_id = :book
        UNION ALL SELECT 'receivable', licensee_id, currency, -amount_minor, 0 FROM received
        UNION ALL SELECT channel, NULL, currency, amount_minor, 0 FROM came_in
        UNION ALL SELECT 'bank_fees', NULL, currency, bank_fee_minor, 0 FROM received
        UNION ALL SELECT 'credits', licensee_id, currency, -amount_minor, 0 FROM came_in
        UNION ALL SELECT 'credits', licensee_id, currency, amount_minor - bank_fee_minor, 0
            FROM received
        UNION ALL SELECT 'credits', licensee_id, currency, amount_minor, 0
            FROM credit_return WHERE book_id = :book
        UNION ALL SELECT 'refunds', licensee_id, currency, -amount_minor, 0
            FROM credit_return WHERE book_id = :book
        UNION ALL SELECT 'holders', owner_id, currency, -amount_minor, 0 FROM line
            WHERE NOT is_own
        UNION ALL SELECT 'holders_tax', owner_id, currency, -tax_minor, 0 FROM line
            WHERE NOT is_own
        /* what the house sold and bought */
        UNION ALL SELECT 'advances', licensee_id, currency, -amount_minor, 0 FROM prepaid
        UNION ALL SELECT 'advances', licensee_id, currency, amount_minor + tax_minor, 0 FROM used
        UNION ALL SELECT 'refunds', licensee_id, currency, -amount_minor - tax_minor, 0
            FROM used WHERE owner_id IS NULL
        UNION ALL SELECT 'holders', owner_id, currency, -amount_minor, 0
            FROM used WHERE owner_id IS NOT NULL AND NOT is_own
        UNION ALL SELECT 'holders_tax', owner_id, currency, -tax_minor, 0
            FROM used WHERE owner_id IS NOT NULL AND NOT is_own
        UNION ALL SELECT 'holders', owner_id, currency,
                         admin_fee_minor + admin_fee_tax_minor + earned_minor
                         + set_aside_minor + set_aside_tax_minor
                         - receipts_tax_minor - sold_minor - purchase_tax_minor, 0 FROM divided
        UNION ALL SELECT 'reserves', owner_id, currency, -amount_minor - tax_minor, 0 FROM reserved
        UNION ALL SELECT 'suspense', owner_id, currency, -amount_minor, 0 FROM suspended
        UNION ALL SELECT 'refunds', c.licensee_id, d.currency, -c.amount_minor - c.tax_minor, 0
            FROM settled_reserve_claim s
            JOIN reserve_claim c USING (reserve_claim_id)
            JOIN divided d ON d.settlement_id = s.settlement_id AND d.owner_id = s.owner_id
        UNION ALL SELECT 'refunds', licensee_id, currency, amount_minor, 0
            FROM refund_transfer WHERE book_id = :book
        UNION ALL SELECT 'bank', NULL, currency, -amount_minor, 0
            FROM refund_transfer WHERE book_id = :book AND channel = 'bank'
        UNION ALL SELECT 'taken_back', licensee_id, currency, -amount_minor, 0
            FROM refund_transfer WHERE book_id = :book AND channel = 'stripe'
        UNION ALL SELECT 'holders_tax', owner_id, currency, receipts_tax_minor, 0 FROM divided
        UNION ALL SELECT 'admin_fee', NULL, currency, margin_minor - admin_fee_minor, 0 FROM divided
        UNION ALL SELECT 'output_tax', NULL, currency, -admin_fee_tax_minor, 0 FROM divided
        UNION ALL SELECT 'payable', e.owner_id, d.currency, -e.amount_minor - e.tax_minor, 0
            FROM earning e
            JOIN divided d ON d.settlement_id = e.settlement_id AND d.owner_id = e.holder_id
        UNION ALL SELECT 'payable', c.owner_id, d.currency, -c.amount_minor - c.tax_minor, 0
            FROM earning_correction c
            JOIN divided d ON d.settlement_id = c.settlement_id AND d.owner_id = c.holder_id
        UNION ALL SELECT 'payable', owner_id, currency, payout_minor + withholding_minor, 0
            FROM paid
        UNION ALL SELECT 'payable', owner_id, currency, -change, 0 FROM advanced
        UNION ALL SELECT 'payee_advances', owner_id, currency, change, 0 FROM advanced
        UNION ALL SELECT left_from, NULL, currency, -payout_minor, 0 FROM paid
        UNION ALL SELECT 'withholding', NULL, currency, -withholding_minor, 0 FROM paid
        UNION ALL SELECT 'withholding', NULL, currency, amount_minor, 0
            FROM withholding_remittance WHERE book_id = :book
        UNION ALL SELECT 'bank', NULL, currency, -amount_minor, 0
            FROM withholding_remittance WHERE book_id = :book
        UNION ALL SELECT code, NULL, currency,
                         CASE WHEN (kind = 'put') = (code = 'bank') THEN amount_minor
                              ELSE -amount_minor END, 0
            FROM own_funds_move CROSS JOIN (VALUES ('bank'), ('own_funds')) AS side (code)
            WHERE book_id = :book
        /* what Stripe moved */
        UNION ALL SELECT a.code, a.party_id, split_part(a.asset, '/', 1), 0,
                         b.debit_minor - b.credit_minor
            FROM account a JOIN account_balance b USING (account_id)
            WHERE a.book_id = :book
    )
    SELECT concat_ws(' ', t.code, p.reference, t.currency) AS account,
           CAST(sum(t.posted) AS bigint) AS posted_minor,
           CAST(sum(t.expected) AS bigint) AS expected_minor
    FROM told t LEFT JOIN party p USING (party_id)
    GROUP BY t.code, p.reference, t.currency
    ORDER BY 1
""".replace("/* what Stripe moved */", STRIPE_CONTROLS.strip() + TRANSLATION_CONTROLS).replace(
    "/* what the house sold and bought */", OWN_SALES_CONTROLS.strip()
)


BATCHES = """
    SELECT b.licensee_id, p.reference AS licensee, b.batch_number AS number, b.previous_head,
           b.head, b.root, b.generation_count, b.accepted_count, b.held_count, b.refused_count
    FROM batch b JOIN party p ON p.party_id = b.licensee_id AND p.book_id = :book
    ORDER BY p.reference COLLATE "C", b.batch_number
"""

# Asked by itself, because the rows of generations come fastest without a join.
DECISIONS = """
    SELECT j.judgement_id, j.decision FROM judgement j
    JOIN party p ON p.party_id = j.licensee_id AND p.book_id = :book
"""

LEAVES = """
    SELECT licensee_id, batch_number, content_hash, judgement_id FROM generation
    WHERE licensee_id IN (SELECT party_id FROM party WHERE book_id = %(book)s)
    ORDER BY licensee_id, batch_number, position
"""

CORRECTION_LEAVES = """
    SELECT licensee_id, batch_number, content_hash, judgement_id FROM correction
    WHERE licensee_id IN (SELECT party_id FROM party WHERE book_id = %(book)s)
    ORDER BY licensee_id, batch_number, position
"""

# All rows are wanted, so the plan that has the first ones soonest is the wrong one.
ALL_ROWS = "SET LOCAL cursor_tuple_fraction = 1"

WRITTEN = """
    SELECT c.month,
           (SELECT count(*) FROM generation g
            JOIN party p ON p.party_id = g.licensee_id AND p.book_id = :book
            WHERE g.accrual_month = c.month)
           - (SELECT count(*) FROM batch b
              JOIN party p ON p.party_id = b.licensee_id AND p.book_id = :book
              JOIN generation g ON g.licensee_id = b.licensee_id
                               AND g.batch_number = b.batch_number AND g.accrual_month = c.month
              WHERE b.counted_month IS NOT NULL AND b.kind = 'report') AS generation_count,
           greatest((SELECT max(b.recorded_at) FROM batch b
                     JOIN party p ON p.party_id = b.licensee_id AND p.book_id = :book
                     WHERE b.counted_month = c.month OR b.counted_month IS NULL
                           AND c.month BETWEEN b.first_month AND b.last_month),
                    (SELECT max(e.recorded_at) FROM entry e
                     WHERE e.book_id = :book AND e.month = c.month)) AS last_recorded_at
    FROM month_closing c WHERE c.book_id = :book
"""

INVOICES = """
    SELECT d.reference, i.subtotal_minor, i.tax_minor, i.total_minor,
           CAST(coalesce((SELECT sum(r.amount_minor) FROM receipt r
                          WHERE r.document_id = i.document_id), 0) AS bigint) AS received_minor
    FROM invoice i JOIN document d USING (document_id)
    WHERE i.book_id = :book ORDER BY d.document_id
"""

INVOICE_LINES = """
    SELECT d.reference, l.amount_minor, l.tax_minor, r.amount_minor AS royalty_minor,
           l.recouped_minor, coalesce(s.recouped_minor, 0) AS set_off_minor,
           holder.country AS licensor_country
    FROM invoice_line l
    JOIN document d USING (document_id)
    JOIN royalty_line r USING (royalty_line_id)
    JOIN party holder ON holder.party_id = r.owner_id
    LEFT JOIN royalty_set_off s USING (royalty_line_id)
    WHERE d.book_id = :book ORDER BY l.document_id, l.number
"""

INVOICE_PREPAYMENTS = """
    SELECT d.reference, l.amount_minor, l.tax_minor, p.amount_minor AS agreed_minor
    FROM invoice_prepayment l
    JOIN document d USING (document_id)
    JOIN prepayment p USING (prepayment_id)
    WHERE d.book_id = :book ORDER BY l.document_id, l.number
"""

DOCUMENTS = """
    SELECT d.reference, d.kind, d.snapshot, d.snapshot_sha256,
           CASE d.kind
               WHEN 'invoice' THEN ARRAY[i.subtotal_minor, i.tax_minor, i.total_minor]
               WHEN 'receipt' THEN ARRAY[r.subtotal_minor, r.tax_minor, r.total_minor]
               WHEN 'credit_note' THEN ARRAY[c.subtotal_minor, c.tax_minor, c.total_minor]
               WHEN 'notice' THEN ARRAY[n.payable_minor, n.consumption_tax_minor,
                                        n.withholding_minor, n.payout_minor]
               WHEN 'fee_invoice' THEN ARRAY[f.subtotal_minor, f.tax_minor, f.total_minor]
               WHEN 'payment_record' THEN ARRAY[y.amount_minor, y.consumption_tax_minor,
                                                y.withheld_minor]
               WHEN 'payment_record_total' THEN ARRAY[t.amount_minor, t.consumption_tax_minor,
                                                      t.withheld_minor]
               ELSE ARRAY[s.carried_in_minor, s.earned_minor, s.payable_minor,
                          s.carried_out_minor, s.consumption_tax_minor, s.withholding_minor,
                          s.payout_minor]
           END AS figures
    FROM document d
    LEFT JOIN invoice_reissue again ON again.document_id = d.document_id
    LEFT JOIN invoice i ON i.document_id = coalesce(again.invoice_id, d.document_id)
    LEFT JOIN statement s ON s.document_id = d.document_id
    LEFT JOIN payment_notice n ON n.document_id = d.document_id
    LEFT JOIN fee_invoice f ON f.document_id = d.document_id
    LEFT JOIN payment_record y ON y.document_id = d.document_id
    LEFT JOIN payment_record_total t ON t.document_id = d.document_id
    LEFT JOIN payment_receipt r ON r.document_id = d.document_id
    LEFT JOIN credit_note c ON c.document_id = d.document_id
    WHERE d.book_id = :book ORDER BY d.document_id
"""

STATEMENTS = """
    WITH newest AS (
        SELECT DISTINCT ON (owner_id, closing_month) * FROM statement
        ORDER BY owner_id, closing_month, revision DESC
    ), followed AS (
        SELECT *, lag(carried_out_minor, 1, 0::bigint)
                      OVER (PARTITION BY owner_id, currency ORDER BY closing_month)
                      AS previous_carried_out_minor,
               lag(settlement_id, 1, 0::bigint)
                      OVER (PARTITION BY owner_id, currency ORDER BY closing_month)
                      AS previous_settlement_id
        FROM newest
    ), earned AS (
        SELECT settlement_id, owner_id, sum(amount_minor) AS amount_minor
        FROM earning GROUP BY 1, 2
    )
    SELECT d.reference, p.reference AS payee, f.closing_month AS month,
           f.previous_carried_out_minor
           + CAST(coalesce((SELECT sum(c.amount_minor) FROM earning_correction c
                            WHERE c.owner_id = f.owner_id
                              AND c.after_settlement_id >= f.previous_settlement_id
                              AND c.after_settlement_id < f.settlement_id), 0) AS bigint)
               AS previous_carried_out_minor, f.carried_in_minor, f.earned_minor,
           CAST(coalesce(earned.amount_minor, 0) AS bigint) AS found_earned_minor,
           f.payable_minor, f.carried_out_minor, f.consumption_tax_minor, f.withholding_minor,
           f.payout_minor, f.advance_paid_minor, f.advance_recouped_minor,
           CAST(coalesce((SELECT sum(a.amount_minor) FROM payee_advance_payment n
                          JOIN payee_advance a USING (payee_advance_id)
                          WHERE n.settlement_id = f.settlement_id AND n.owner_id = f.owner_id), 0)
                AS bigint) AS found_advance_paid_minor,
           CAST(coalesce((SELECT sum(u.amount_minor) FROM payee_advance_use u
                          WHERE u.settlement_id = f.settlement_id AND u.owner_id = f.owner_id), 0)
                AS bigint) AS found_advance_recouped_minor,
           p.kind, p.country, treaty.rate_bp AS treaty_rate_bp,
           treaty.form_filed_on AS treaty_form_filed_on,
           coalesce((SELECT t.base FROM withholding_terms t
                     WHERE t.owner_id = p.party_id AND t.effective_from <= run.pay_on
                     ORDER BY t.effective_from DESC LIMIT 1), 'excluding_tax') AS withholding_base,
           run.pay_on, o.supplies_minor AS planned_supplies_minor,
           o.passthrough_minor AS planned_passthrough_minor,
           o.consumption_tax_minor AS planned_consumption_tax_minor,
           o.withholding_base_minor AS planned_withholding_base_minor,
           o.withholding_minor AS planned_withholding_minor,
           o.payout_minor AS planned_payout_minor
    FROM followed f
    JOIN document d USING (document_id)
    JOIN party p ON p.party_id = f.owner_id
    LEFT JOIN earned ON earned.settlement_id = f.settlement_id AND earned.owner_id = f.owner_id
    LEFT JOIN (payout_run run JOIN payout o USING (payout_run_id))
           ON run.settlement_id = f.settlement_id AND o.owner_id = f.owner_id
    LEFT JOIN LATERAL treaty_in_force(p.party_id, run.pay_on, run.planned_at) treaty ON true
    WHERE d.book_id = :book
    ORDER BY d.document_id
"""
