-- Terms that are agreed for months already closed, and the lines that they make.

SET LOCAL search_path = public, pg_temp;

-- Of terms that take effect in a closed month: the first month whose closing goes by them.
ALTER TABLE terms_version
    ADD COLUMN counted_month date CHECK (counted_month = date_trunc('month', counted_month)::date),
    ADD CHECK (counted_month
               > date_trunc('month', effective_from AT TIME ZONE 'Asia/Tokyo')::date);

CREATE FUNCTION check_counted_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE in_book bigint;
BEGIN
    SELECT book_id INTO in_book FROM party WHERE party_id = NEW.licensee_id;
    PERFORM 1 FROM month_closing WHERE book_id = in_book AND month >= NEW.counted_month;
    IF FOUND THEN
        PERFORM refuse('month_closed', to_char(NEW.counted_month, 'YYYY-MM'));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counted_in_open_month AFTER INSERT ON terms_version FOR EACH ROW
    WHEN (NEW.counted_month IS NOT NULL) EXECUTE FUNCTION check_counted_terms();

-- One line may be adjusted for more than one cause by the same closing.
ALTER TABLE royalty_line
    ADD COLUMN cause text NOT NULL DEFAULT 'use'
        CHECK (cause IN ('use', 'late', 'retro', 'late_retro'));
-- What was adjusted before there was a column to say why: there was one cause only.
ALTER TABLE royalty_line DISABLE TRIGGER append_only;
UPDATE royalty_line SET cause = 'late' WHERE closing_month > accrual_month;
ALTER TABLE royalty_line ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE royalty_line ADD CHECK ((cause = 'use') = (closing_month = accrual_month));
DO $$
DECLARE key name;
BEGIN
    SELECT conname INTO STRICT key FROM pg_constraint
        WHERE conrelid = 'royalty_line'::regclass AND contype = 'u'
          AND pg_get_constraintdef(oid) LIKE '%(closing_month, accrual_month, %';
    EXECUTE format('ALTER TABLE royalty_line DROP CONSTRAINT %I', key);
END $$;
ALTER TABLE royalty_line ADD UNIQUE (closing_month, accrual_month, terms_version_id, rate_line_id,
                                     subject_id, cause);
