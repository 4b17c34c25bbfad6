-- The rules the database keeps by itself, whoever writes. Each raises with SQLSTATE GB001 and
-- a code as its message, so that the program can answer in the reader's language.
--
-- Every rule runs with its owner's rights and looks for tables in this schema first: a
-- temporary table of the same name, or a policy that hides rows from the writer, must not
-- blind it. SET search_path FROM CURRENT takes the path that is set here.

SET LOCAL search_path = public, pg_temp;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

CREATE FUNCTION refuse(code text, detail text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'GB001', MESSAGE = code, DETAIL = detail;
END $$;

-- The role the program works under ----------------------------------------------------------

-- It may add and read, never change or remove. Counters are moved only by the functions below.
-- Who migrates must be able to take it, because the program logs in as the same.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'genbo_app') THEN
        CREATE ROLE genbo_app NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;  -- Made by a neighbour just now.
    WHEN insufficient_privilege THEN PERFORM refuse('role_missing', 'genbo_app');
END $$;

DO $$
BEGIN
    SET LOCAL ROLE genbo_app;
    RESET ROLE;
EXCEPTION WHEN insufficient_privilege THEN
    BEGIN
        EXECUTE format('GRANT genbo_app TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN
        PERFORM refuse('role_missing', 'genbo_app');
    END;
END $$;
GRANT USAGE ON SCHEMA public TO genbo_app;

CREATE FUNCTION grant_to_application(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON %s TO genbo_app', target);
END $$;

-- Append-only -------------------------------------------------------------------------------

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM refuse('append_only', format('%s on %s', TG_OP, TG_TABLE_NAME));
    RETURN NULL;
END $$;

-- ALWAYS: also in a session that has turned its triggers off to replay a replica.
CREATE FUNCTION make_append_only(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', target);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', target);
END $$;

-- Everything except the few counters, which the program may only read.
DO $$
DECLARE target regclass;
BEGIN
    FOR target IN
        SELECT oid FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    LOOP
        IF target::text IN ('terms_clock', 'licensee_log', 'document_counter',
                            'account_balance', 'alembic_version') THEN
            EXECUTE format('GRANT SELECT ON %s TO genbo_app', target);
        ELSE
            PERFORM make_append_only(target);
            PERFORM grant_to_application(target);
        END IF;
    END LOOP;
END $$;

-- Wholes and their parts --------------------------------------------------------------------

-- Who wrote a row that we see and has not ended is ourselves, in a savepoint or not. xmin has
-- only the lower half of a transaction's number; the nearest number to ours is meant.
CREATE FUNCTION is_of_this_transaction(writer xid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT writer = current.id::xid OR coalesce(pg_xact_status((
               current.id::text::bigint - 2147483648
               + (writer::text::bigint - current.id::text::bigint % 4294967296 + 6442450944)
                 % 4294967296
           )::text::xid8) = 'in progress', false)
    FROM pg_current_xact_id() AS current (id)
$$;

-- A part is written in the transaction of its whole. One that came later would change terms
-- that are agreed, an invoice that is issued, a settlement that is paid.
CREATE FUNCTION refuse_late_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE is_late boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM added JOIN %I whole ON %s '
                   'WHERE NOT is_of_this_transaction(whole.xmin))', TG_ARGV[0], TG_ARGV[1])
        INTO is_late;
    IF is_late THEN
        PERFORM refuse('late_part', format('%s of %s', TG_TABLE_NAME, TG_ARGV[0]));
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE part text; whole text; key text; is_same text;
BEGIN
    FOR part, whole, key IN VALUES
        ('waterfall_step', 'waterfall_version', 'waterfall_version_id'),
        ('waterfall_pass', 'waterfall_version', 'waterfall_version_id'),
        ('waterfall_member', 'waterfall_version', 'waterfall_version_id'),
        ('grant_subject', 'license_grant', 'license_grant_id'),
        ('rate_line', 'terms_version', 'terms_version_id'),
        ('rate_tier', 'rate_line', 'rate_line_id'),
        ('judgement_line', 'judgement', 'licensee_id judgement_id'),
        ('batch_total', 'batch', 'licensee_id batch_number'),
        ('royalty_line', 'month_closing', 'book_id closing_month=month'),
        ('invoice', 'document', 'document_id'),
        ('invoice_line', 'invoice', 'document_id'),
        ('statement', 'document', 'document_id'),
        ('settled_receipt', 'settlement', 'settlement_id'),
        ('holder_settlement', 'settlement', 'settlement_id'),
        ('earning', 'settlement', 'settlement_id'),
        ('payout', 'payout_run', 'payout_run_id')
    LOOP
        SELECT string_agg(format('added.%I = whole.%I', split_part(name, '=', 1),
                                 split_part(name, '=', CASE WHEN name LIKE '%=%' THEN 2 ELSE 1
                                                       END)), ' AND ')
            INTO is_same FROM unnest(string_to_array(key, ' ')) AS name;
        EXECUTE format('CREATE TRIGGER with_its_whole AFTER INSERT ON %I '
                       'REFERENCING NEW TABLE AS added FOR EACH STATEMENT '
                       'EXECUTE FUNCTION refuse_late_part(%L, %L)', part, whole, is_same);
    END LOOP;
END $$;

-- Months ------------------------------------------------------------------------------------

-- A transaction with one snapshot for its whole length would wait for a closing and then not
-- see it.
CREATE FUNCTION require_read_committed() RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM refuse('isolation_not_supported', current_setting('transaction_isolation'));
    END IF;
END $$;

-- The share lock makes a month's closing wait for writers, and writers for the closing.
CREATE FUNCTION require_open_month(in_book bigint, in_month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM require_read_committed();
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

-- Opening and closing take turns, or an earlier month could open while a later one closes.
CREATE FUNCTION lock_months(in_book bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM require_read_committed();
    PERFORM pg_advisory_xact_lock(hashtextextended('genbo.months', in_book));
END $$;

CREATE FUNCTION lock_month(in_book bigint, in_month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM lock_months(in_book);
    PERFORM 1 FROM accounting_month
        WHERE book_id = in_book AND month = in_month FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM refuse('month_not_open', to_char(in_month, 'YYYY-MM'));
    END IF;
END $$;

-- Months close in order, so that carried figures never depend on a later closing.
CREATE FUNCTION check_month_closing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
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

CREATE FUNCTION check_month_opening() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM lock_months(NEW.book_id);
    PERFORM 1 FROM month_closing WHERE book_id = NEW.book_id AND month >= NEW.month;
    IF FOUND THEN
        PERFORM refuse('month_closed', to_char(NEW.month, 'YYYY-MM'));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_order BEFORE INSERT ON accounting_month
    FOR EACH ROW EXECUTE FUNCTION check_month_opening();

CREATE FUNCTION open_month(in_book bigint, in_month date, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM accounting_month WHERE book_id = in_book AND month = in_month)
    THEN
        INSERT INTO accounting_month VALUES (in_book, in_month, at) ON CONFLICT DO NOTHING;
    END IF;
END $$;

CREATE FUNCTION check_entry_month() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM require_open_month(NEW.book_id, NEW.month);
    RETURN NEW;
END $$;
CREATE TRIGGER month_is_open BEFORE INSERT ON entry
    FOR EACH ROW EXECUTE FUNCTION check_entry_month();

-- Generations -------------------------------------------------------------------------------

-- A batch's generations come in one statement, and are checked once for all of them: the batch
-- awaits them, they fill each of its positions, its months are open, and their judgements are
-- this licensee's. Nothing here looks at generations that are in the book already.
CREATE FUNCTION check_generations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE told record; stray record;
BEGIN
    FOR told IN
        SELECT licensee_id, batch_number, count(*) AS taken, max(position) AS last_position,
               min(accrual_month) AS first_month, max(accrual_month) AS last_month
        FROM added GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
        UPDATE licensee_log l SET awaited = 0
            FROM batch b
            WHERE l.licensee_id = told.licensee_id AND l.batch_number = told.batch_number
              AND b.licensee_id = told.licensee_id AND b.batch_number = told.batch_number
              AND l.awaited = told.taken AND told.last_position < told.taken
              AND told.first_month >= b.first_month AND told.last_month <= b.last_month;
        IF NOT FOUND THEN
            PERFORM refuse('generation_outside_batch', told.batch_number::text);
        END IF;
        -- Within one month the primary key says it.
        IF told.first_month < told.last_month THEN
            PERFORM 1 FROM added
                WHERE licensee_id = told.licensee_id AND batch_number = told.batch_number
                GROUP BY position HAVING count(*) > 1;
            IF FOUND THEN
                PERFORM refuse('position_taken', told.batch_number::text);
            END IF;
        END IF;
    END LOOP;
    FOR stray IN
        SELECT DISTINCT p.book_id, n.month
        FROM (SELECT DISTINCT licensee_id, accrual_month AS month FROM added) n
        JOIN party p ON p.party_id = n.licensee_id
        ORDER BY 1, 2
    LOOP
        PERFORM require_open_month(stray.book_id, stray.month);
    END LOOP;
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

-- An opened month brings the partition its generations go to, with the guards that a statement
-- addressed to the partition itself would otherwise walk around. It is attached, not created
-- in place, because that waits for nobody who is writing.
CREATE FUNCTION make_partition() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE partition text := 'generation_' || to_char(NEW.month, 'YYYY_MM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE generation INCLUDING ALL)', partition);
    EXECUTE format('ALTER TABLE generation ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, NEW.month, (NEW.month + interval '1 month')::date);
    PERFORM make_append_only(partition::regclass);
    EXECUTE format('CREATE TRIGGER generations_belong AFTER INSERT ON %I '
                   'REFERENCING NEW TABLE AS added '
                   'FOR EACH STATEMENT EXECUTE FUNCTION check_generations()', partition);
    PERFORM grant_to_application(partition::regclass);
    RETURN NULL;
END $$;
CREATE TRIGGER partition AFTER INSERT ON accounting_month
    FOR EACH ROW EXECUTE FUNCTION make_partition();

-- Batches -----------------------------------------------------------------------------------

-- Takes the licensee's place in line and tells where its chain stands.
CREATE FUNCTION lock_log(in_licensee bigint) RETURNS TABLE (batch_number bigint, head bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO licensee_log (licensee_id, batch_number, head)
        VALUES (in_licensee, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT l.batch_number, l.head FROM licensee_log l
        WHERE l.licensee_id = in_licensee FOR UPDATE;
END $$;

-- After, not before: a row that ON CONFLICT leaves out must not move the chain.
CREATE FUNCTION extend_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE licensee_log
        SET batch_number = NEW.batch_number, head = NEW.head, awaited = NEW.generation_count
        WHERE licensee_id = NEW.licensee_id AND awaited = 0
          AND batch_number = NEW.batch_number - 1 AND head = NEW.previous_head;
    IF NOT FOUND THEN
        PERFORM refuse('batch_out_of_sequence', NEW.batch_number::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER gapless AFTER INSERT ON batch FOR EACH ROW EXECUTE FUNCTION extend_log();

CREATE FUNCTION check_batch_complete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM licensee_log WHERE licensee_id = NEW.licensee_id AND awaited > 0;
    IF FOUND THEN
        PERFORM refuse('batch_incomplete', NEW.batch_number::text);
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

-- After, not before: a row that ON CONFLICT leaves out must not use up a number.
CREATE FUNCTION take_document_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.number <> next_document_number(NEW.book_id, NEW.series) THEN
        PERFORM refuse('document_number_gap', NEW.reference);
    END IF;
    UPDATE document_counter SET last_number = NEW.number
        WHERE book_id = NEW.book_id AND series = NEW.series;
    RETURN NULL;
END $$;
CREATE TRIGGER gapless AFTER INSERT ON document
    FOR EACH ROW EXECUTE FUNCTION take_document_number();

-- An invoice is the sum of its lines, and each line is its royalty line's amount.
CREATE FUNCTION check_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE told record;
BEGIN
    SELECT coalesce(sum(l.amount_minor), 0) AS subtotal, coalesce(sum(l.tax_minor), 0) AS tax,
           coalesce(bool_and(l.amount_minor = r.amount_minor AND r.currency = NEW.currency),
                    true) AS is_true
        INTO told
        FROM invoice_line l JOIN royalty_line r USING (royalty_line_id)
        WHERE l.document_id = NEW.document_id;
    IF told.subtotal <> NEW.subtotal_minor OR told.tax <> NEW.tax_minor OR NOT told.is_true THEN
        PERFORM refuse('invoice_differs_from_lines', NEW.document_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON invoice DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_invoice();

-- Journal -----------------------------------------------------------------------------------

-- Balances are moved once for each statement, in account order, so that two writers cannot
-- block each other in a circle.
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

-- A reversal mirrors its original, posting by posting; the foreign key has seen to it that
-- there are as many of them, in the same book and asset.
CREATE FUNCTION check_reversal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE mirrored integer;
BEGIN
    SELECT count(*) INTO mirrored
        FROM posting o JOIN posting r USING (number, amount_minor)
        WHERE o.entry_id = NEW.reverses AND r.entry_id = NEW.entry_id
          AND r.debit_account_id = o.credit_account_id
          AND r.credit_account_id = o.debit_account_id;
    IF mirrored <> NEW.posting_count THEN
        PERFORM refuse('reversal_differs', NEW.reverses::text);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER mirrors AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.reverses IS NOT NULL) EXECUTE FUNCTION check_reversal();

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

-- What the program may call -----------------------------------------------------------------

REVOKE EXECUTE ON FUNCTION open_month, lock_month, lock_log, next_document_number FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION lock_months, require_open_month FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_month, lock_month, lock_log, next_document_number,
    require_open_month TO genbo_app;
-- A catalogue names parents within itself, so its keys are taken before its rows are copied.
GRANT USAGE ON SEQUENCE subject_subject_id_seq TO genbo_app;
