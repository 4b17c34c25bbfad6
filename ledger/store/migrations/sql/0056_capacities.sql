-- In which capacity the house bills for a rights holder, and what an invoice was billed in.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE entrustment ADD capacity text NOT NULL DEFAULT 'intermediary'
    CHECK (capacity IN ('intermediary', 'agent', 'principal'));

ALTER TABLE invoice ADD capacity text NOT NULL DEFAULT 'intermediary'
    CHECK (capacity IN ('intermediary', 'agent', 'principal'));

-- A firm has an invoice of a month for each capacity in which the house bills it.
DROP INDEX invoice_of_month;
CREATE UNIQUE INDEX invoice_of_month
    ON invoice (book_id, licensee_id, accrual_month, currency, capacity) WHERE kind = 'royalty';
