-- Adjustments: what a closing charges or gives back for a month that was closed before it.

SET LOCAL search_path = public, pg_temp;

-- Of usage that is taken out, a line counts less than nothing.
ALTER TABLE royalty_line
    DROP CONSTRAINT royalty_line_generation_count_check,
    ADD CHECK (generation_count >= 0 OR accrual_month < closing_month);
-- What was charged for a month so far is looked for by the month of use.
CREATE INDEX royalty_line_use ON royalty_line (book_id, accrual_month);
