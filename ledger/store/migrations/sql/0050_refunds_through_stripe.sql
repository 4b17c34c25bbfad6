-- A firm may have got its money back through Stripe, by a refund or a chargeback, and not by the bank.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE refund_transfer
    ADD channel text NOT NULL DEFAULT 'bank' CHECK (channel IN ('bank', 'stripe'));
