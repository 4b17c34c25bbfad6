-- The rules the database keeps by itself, whoever writes. Each raises with SQLSTATE GB001 and
-- a code as its message, so that the program can answer in the reader's language.

CREATE FUNCTION refuse(code text, detail text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'GB001', MESSAGE = code, DETAIL = detail;
END $$;

-- Append-only -------------------------------------------------------------------------------

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse('append_only', format('%s on %s', TG_OP, TG_TABLE_NAME));
    RETURN NULL;
END $$;

CREATE FUNCTION make_append_only(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', target);
END $$;

-- Everything except the few counters that triggers move.
SELECT make_append_only(c.oid::regclass)
FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace
  AND c.relkind IN ('r', 'p')
  AND c.relname NOT IN ('terms_clock', 'licensee_log', 'document_counter', 'account_balance',
                        'alembic_version');

-- Statement triggers do not reach a partition that is addressed directly; row triggers do.
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON generation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Months ------------------------------------------------------------------------------------

-- The share lock makes a month's closing wait for writers, and writers for the closing.
CREATE FUNCTION require_open_month(in_book bigint, in_month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM accounting_month
        WHERE book_id = in_book AND month = in_month FOR SHARE;
    IF NOT FOUND THEN
        PERFORM refuse('month_not_open', to_char(in_month, 'YYYY-MM'));
    END IF;
    PERFORM 1 FROM month_closing WHERE book_id = in_book AND month = in_month;
    IF FOUND THEN
        PERFORM refuse('month_closed', to_char(in_month, 'YYYY-MM'));
    END IF;
END $$;

CREATE FUNCTION lock_month(in_book bigint, in_month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM accounting_month
        WHERE book_id = in_book AND month = in_month FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM refuse('month_not_open', to_char(in_month, 'YYYY-MM'));
    END IF;
END $$;

-- Months close in order, so that carried figures never depend on a later closing.
CREATE FUNCTION check_month_closing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE earlier date;
BEGIN
    PERFORM lock_month(NEW.book_id, NEW.month);
    SELECT m.month INTO earlier
        FROM accounting_month m
        LEFT JOIN month_closing c USING (book_id, month)
        WHERE m.book_id = NEW.book_id AND m.month < NEW.month AND c.month IS NULL
        ORDER BY m.month LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('earlier_month_open', to_char(earlier, 'YYYY-MM'));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_order BEFORE INSERT ON month_closing
    FOR EACH ROW EXECUTE FUNCTION check_month_closing();

CREATE FUNCTION check_entry_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM require_open_month(NEW.book_id, NEW.month);
    RETURN NEW;
END $$;
CREATE TRIGGER month_is_open BEFORE INSERT ON entry
    FOR EACH ROW EXECUTE FUNCTION check_entry_month();

-- Generations -------------------------------------------------------------------------------

-- Once for each statement, not for each row: the batch is there and covers the positions, the
-- judgements are this licensee's, and the months are open.
CREATE FUNCTION check_generations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stray record;
BEGIN
    FOR stray IN
        SELECT DISTINCT p.book_id, n.accrual_month AS month
        FROM added n JOIN party p ON p.party_id = n.licensee_id
        ORDER BY 1, 2
    LOOP
        PERFORM require_open_month(stray.book_id, stray.month);
    END LOOP;
    SELECT g.* INTO stray
        FROM (SELECT licensee_id, batch_number, max(position) AS last_position,
                     min(accrual_month) AS first_month, max(accrual_month) AS last_month
              FROM added GROUP BY 1, 2) g
        LEFT JOIN batch b USING (licensee_id, batch_number)
        WHERE b.batch_number IS NULL OR g.last_position >= b.generation_count
           OR g.first_month < b.first_month OR g.last_month > b.last_month LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('generation_outside_batch', stray.batch_number::text);
    END IF;
    SELECT g.* INTO stray
        FROM (SELECT DISTINCT licensee_id, judgement_id FROM added) g
        LEFT JOIN judgement j USING (licensee_id, judgement_id)
        WHERE j.judgement_id IS NULL LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('judgement_unknown', stray.judgement_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER generations_belong AFTER INSERT ON generation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_generations();

-- Opens a month: its row, and the partition its generations go to, with the guards that a
-- statement addressed to the partition itself would otherwise walk around.
CREATE FUNCTION open_month(in_book bigint, in_month date, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE partition text := 'generation_' || to_char(in_month, 'YYYY_MM');
BEGIN
    IF EXISTS (SELECT 1 FROM accounting_month WHERE book_id = in_book AND month = in_month) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('genbo.open_month'));
    IF EXISTS (SELECT 1 FROM month_closing WHERE book_id = in_book AND month > in_month) THEN
        PERFORM refuse('month_closed', to_char(in_month, 'YYYY-MM'));
    END IF;
    INSERT INTO accounting_month VALUES (in_book, in_month, at) ON CONFLICT DO NOTHING;
    IF to_regclass(partition) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF generation FOR VALUES FROM (%L) TO (%L)',
                       partition, in_month, (in_month + interval '1 month')::date);
        PERFORM make_append_only(partition::regclass);
        EXECUTE format('CREATE TRIGGER generations_belong AFTER INSERT ON %I '
                       'REFERENCING NEW TABLE AS added '
                       'FOR EACH STATEMENT EXECUTE FUNCTION check_generations()', partition);
        PERFORM grant_to_application(partition);
    END IF;
END $$;

-- Batches -----------------------------------------------------------------------------------

-- Takes the licensee's place in line and tells where its chain stands.
CREATE FUNCTION lock_log(in_licensee bigint) RETURNS TABLE (batch_number bigint, head bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO licensee_log VALUES (in_licensee, 0, decode(repeat('00', 32), 'hex'))
        ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT l.batch_number, l.head FROM licensee_log l
        WHERE l.licensee_id = in_licensee FOR UPDATE;
END $$;

CREATE FUNCTION extend_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE licensee_log SET batch_number = NEW.batch_number, head = NEW.head
        WHERE licensee_id = NEW.licensee_id
          AND batch_number = NEW.batch_number - 1 AND head = NEW.previous_head;
    IF NOT FOUND THEN
        PERFORM refuse('batch_out_of_sequence', NEW.batch_number::text);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gapless BEFORE INSERT ON batch FOR EACH ROW EXECUTE FUNCTION extend_log();

CREATE FUNCTION check_batch_complete() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found_count bigint;
BEGIN
    SELECT count(*) INTO found_count FROM generation
        WHERE licensee_id = NEW.licensee_id AND batch_number = NEW.batch_number
          AND accrual_month BETWEEN NEW.first_month AND NEW.last_month;
    IF found_count <> NEW.generation_count THEN
        PERFORM refuse('batch_incomplete',
                       format('%s of %s generations', found_count, NEW.generation_count));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER complete AFTER INSERT ON batch DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_batch_complete();

-- Documents ---------------------------------------------------------------------------------

CREATE FUNCTION next_document_number(in_book bigint, in_series text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE taken bigint;
BEGIN
    INSERT INTO document_counter VALUES (in_book, in_series, 0) ON CONFLICT DO NOTHING;
    SELECT last_number INTO taken FROM document_counter
        WHERE book_id = in_book AND series = in_series FOR UPDATE;
    RETURN taken + 1;
END $$;

CREATE FUNCTION take_document_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.number <> next_document_number(NEW.book_id, NEW.series) THEN
        PERFORM refuse('document_number_gap', NEW.reference);
    END IF;
    UPDATE document_counter SET last_number = NEW.number
        WHERE book_id = NEW.book_id AND series = NEW.series;
    RETURN NEW;
END $$;
CREATE TRIGGER gapless BEFORE INSERT ON document
    FOR EACH ROW EXECUTE FUNCTION take_document_number();

-- Balances ----------------------------------------------------------------------------------

-- Moved once for each statement, in account order, so that two writers cannot block each other
-- in a circle.
CREATE FUNCTION move_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO account_balance AS b (account_id, debit_minor, credit_minor)
        SELECT account_id, sum(debit), sum(credit)
        FROM (SELECT debit_account_id AS account_id, amount_minor AS debit, 0 AS credit
              FROM added
              UNION ALL
              SELECT credit_account_id, 0, amount_minor FROM added) sides
        GROUP BY account_id ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE
        SET debit_minor = b.debit_minor + EXCLUDED.debit_minor,
            credit_minor = b.credit_minor + EXCLUDED.credit_minor;
    RETURN NULL;
END $$;
CREATE TRIGGER balances AFTER INSERT ON posting REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION move_balances();

-- Terms -------------------------------------------------------------------------------------

CREATE FUNCTION advance_terms_clock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO terms_clock SELECT book_id, 1 FROM book
    ON CONFLICT (book_id) DO UPDATE SET version = terms_clock.version + 1;
    RETURN NULL;
END $$;

DO $$
DECLARE watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['subject', 'opt_in', 'license', 'license_grant',
                                   'grant_subject', 'terms_version', 'rate_line', 'rate_tier']
    LOOP
        EXECUTE format('CREATE TRIGGER terms_changed AFTER INSERT ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION advance_terms_clock()', watched);
    END LOOP;
END $$;

-- Grants ------------------------------------------------------------------------------------

-- The program works as this role: it may add and read, never change or remove. Counters are
-- moved only by the functions above, which run with their owner's rights.
DO $$
BEGIN
    CREATE ROLE genbo_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

CREATE FUNCTION grant_to_application(target text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON %I TO genbo_app', target);
END $$;

SELECT grant_to_application(c.relname)
FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace
  AND c.relkind IN ('r', 'p')
  AND c.relname NOT IN ('terms_clock', 'licensee_log', 'document_counter', 'account_balance',
                        'alembic_version');
GRANT SELECT ON terms_clock, licensee_log, document_counter, account_balance, alembic_version
    TO genbo_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO genbo_app;
