-- A transfer that came back stands in a statement as money that came in: which payout it was.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE bank_line_ending
    ADD returned_run_id bigint,
    ADD returned_owner_id bigint,
    ADD CONSTRAINT bank_line_ending_returned FOREIGN KEY (returned_run_id, returned_owner_id)
        REFERENCES payout_return (payout_run_id, owner_id),
    ADD CONSTRAINT bank_line_ending_returned_once UNIQUE (returned_run_id, returned_owner_id),
    DROP CONSTRAINT bank_line_ending_state_check,
    ADD CONSTRAINT bank_line_ending_state_check
        CHECK (state IN ('matched', 'not_ours', 'known', 'returned')),
    ADD CONSTRAINT bank_line_ending_returned_whole
        CHECK ((state = 'returned') = (returned_run_id IS NOT NULL)
               AND (returned_run_id IS NULL) = (returned_owner_id IS NULL));
