-- Corrections: a recorded generation is never edited; what counts of it from now on is a row that
-- names it. Corrections are reported in batches of the licensee's own chain, whose totals are
-- differences. What concerns a closed month names the open month it is counted in.

SET LOCAL search_path = public, pg_temp;

-- Batches -----------------------------------------------------------------------------------

ALTER TABLE batch
    ADD COLUMN kind text NOT NULL DEFAULT 'report' CHECK (kind IN ('report', 'correction')),
    -- Of a batch for closed months: the month whose closing takes it in.
    ADD COLUMN counted_month date CHECK (counted_month = date_trunc('month', counted_month)::date),
    ADD CHECK (counted_month > last_month);
CREATE INDEX batch_counted_later ON batch (counted_month) WHERE counted_month IS NOT NULL;

-- A void has no decision, so a batch of corrections counts more rows than decisions.
DO $$
DECLARE counts name;
BEGIN
    SELECT conname INTO STRICT counts FROM pg_constraint
        WHERE conrelid = 'batch'::regclass AND contype = 'c'
          AND pg_get_constraintdef(oid) LIKE '%accepted_count + held_count%';
    EXECUTE format('ALTER TABLE batch DROP CONSTRAINT %I', counts);
END $$;
ALTER TABLE batch ADD CHECK (
    generation_count = accepted_count + held_count + refused_count
    OR kind = 'correction' AND generation_count > accepted_count + held_count + refused_count
);

-- Totals ------------------------------------------------------------------------------------

-- Those of corrections are differences, and may take away.
ALTER TABLE batch_total
    DROP CONSTRAINT batch_total_generation_count_check,
    DROP CONSTRAINT batch_total_quantity_check,
    ADD CHECK (quantity > '-Infinity' AND quantity < 'Infinity');

CREATE FUNCTION check_total_takes_away() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM batch WHERE licensee_id = NEW.licensee_id
        AND batch_number = NEW.batch_number AND kind = 'correction';
    IF NOT FOUND THEN
        PERFORM refuse('total_not_positive', NEW.batch_number::text);
    END IF;
    RETURN NULL;
END $$;
-- Asked about the few that are not positive; any other total costs nothing more.
CREATE TRIGGER takes_away AFTER INSERT ON batch_total FOR EACH ROW
    WHEN (NEW.generation_count <= 0 OR NEW.quantity < 0)
    EXECUTE FUNCTION check_total_takes_away();

-- Generations -------------------------------------------------------------------------------

-- Whether an output carries C2PA content credentials, where a report says so.
ALTER TABLE generation
    ADD COLUMN c2pa text CHECK (c2pa IN ('embedded', 'detached', 'none'));

-- Corrections -------------------------------------------------------------------------------

CREATE TABLE correction (
    licensee_id bigint NOT NULL,
    batch_number bigint NOT NULL,
    position integer NOT NULL CHECK (position >= 0),
    accrual_month date NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    revision integer NOT NULL CHECK (revision > 0),
    kind text NOT NULL CHECK (kind IN ('void', 'replace')),
    reason text NOT NULL CHECK (reason <> ''),
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 500),
    recorded_by text NOT NULL,
    -- What is reported instead; a void has none of it.
    judgement_id bigint,
    occurred_at timestamptz,
    quantity numeric CHECK (quantity >= 0 AND quantity < 'Infinity'),
    net_revenue numeric CHECK (net_revenue > '-Infinity' AND net_revenue < 'Infinity'),
    currency text,
    model text,
    title text,
    c2pa text CHECK (c2pa IN ('embedded', 'detached', 'none')),
    output_sha256 bytea,
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32),  -- of the correction
    PRIMARY KEY (licensee_id, batch_number, position),
    UNIQUE (licensee_id, source, event_id, accrual_month, revision),
    FOREIGN KEY (licensee_id, batch_number) REFERENCES batch,
    FOREIGN KEY (licensee_id, judgement_id) REFERENCES judgement,
    CHECK ((kind = 'replace') = (judgement_id IS NOT NULL)),
    CHECK ((kind = 'replace') = (occurred_at IS NOT NULL)),
    CHECK (kind = 'replace' OR num_nonnulls(quantity, net_revenue, currency, model, title,
                                            c2pa, output_sha256) = 0),
    CHECK (accrual_month = date_trunc('month', accrual_month)::date),
    CHECK (accrual_month = date_trunc('month', occurred_at AT TIME ZONE 'Asia/Tokyo')::date)
);

-- Corrections that were put together and looked at before they are made: as they were asked for
-- and what was shown, byte for byte.
CREATE TABLE correction_draft (
    licensee_id bigint NOT NULL REFERENCES party,
    reference text NOT NULL CHECK (reference <> ''),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    asked text NOT NULL,
    shown text NOT NULL,
    PRIMARY KEY (licensee_id, reference)
);

CREATE TABLE correction_draft_ending (
    licensee_id bigint NOT NULL,
    reference text NOT NULL,
    ended_at timestamptz NOT NULL,
    ended_by text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('committed', 'discarded')),
    PRIMARY KEY (licensee_id, reference),
    FOREIGN KEY (licensee_id, reference) REFERENCES correction_draft
);

DO $$
DECLARE target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['correction', 'correction_draft', 'correction_draft_ending']
    LOOP
        PERFORM make_append_only(target);
        PERFORM grant_to_application(target);
    END LOOP;
END $$;

-- Months ------------------------------------------------------------------------------------

-- What is reported lies in open months, or all of it in closed ones and is counted in an open one.
CREATE FUNCTION require_month_of_batch(in_book bigint, in_month date, in_counted date)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF in_counted IS NULL THEN
        PERFORM require_open_month(in_book, in_month);
        RETURN;
    END IF;
    PERFORM require_open_month(in_book, in_counted);
    PERFORM 1 FROM month_closing WHERE book_id = in_book AND month = in_month;
    IF NOT FOUND THEN
        PERFORM refuse('month_not_closed', to_char(in_month, 'YYYY-MM'));
    END IF;
END $$;

-- As before, and only in a batch of reports, whose months may be closed ones.
CREATE OR REPLACE FUNCTION check_generations() RETURNS trigger
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
              AND b.kind = 'report'
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
        SELECT DISTINCT p.book_id, n.month, b.counted_month
        FROM (SELECT DISTINCT licensee_id, batch_number, accrual_month AS month FROM added) n
        JOIN party p ON p.party_id = n.licensee_id
        JOIN batch b USING (licensee_id, batch_number)
        ORDER BY 1, 2
    LOOP
        PERFORM require_month_of_batch(stray.book_id, stray.month, stray.counted_month);
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

-- Corrections come in one statement, like generations: they fill their batch, and each is the
-- next revision of what is recorded. Recorded rows are asked for one by one, never scanned.
CREATE FUNCTION check_corrections() RETURNS trigger
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
              AND b.kind = 'correction'
              AND l.awaited = told.taken AND told.last_position < told.taken
              AND told.first_month >= b.first_month AND told.last_month <= b.last_month;
        IF NOT FOUND THEN
            PERFORM refuse('correction_outside_batch', told.batch_number::text);
        END IF;
    END LOOP;
    FOR stray IN
        SELECT DISTINCT p.book_id, n.month, b.counted_month
        FROM (SELECT DISTINCT licensee_id, batch_number, accrual_month AS month FROM added) n
        JOIN party p ON p.party_id = n.licensee_id
        JOIN batch b USING (licensee_id, batch_number)
        ORDER BY 1, 2
    LOOP
        PERFORM require_month_of_batch(stray.book_id, stray.month, stray.counted_month);
    END LOOP;
    FOR stray IN
        SELECT a.source, a.event_id, a.revision, a.kind,
               (SELECT g.batch_number FROM generation g
                WHERE g.licensee_id = a.licensee_id AND g.source = a.source
                  AND g.event_id = a.event_id AND g.accrual_month = a.accrual_month) AS reported_in,
               (SELECT c.kind FROM correction c
                WHERE c.licensee_id = a.licensee_id AND c.source = a.source
                  AND c.event_id = a.event_id AND c.accrual_month = a.accrual_month
                  AND c.revision = a.revision - 1) AS kind_before
        FROM added a
    LOOP
        IF stray.reported_in IS NULL THEN
            PERFORM refuse('correction_of_nothing', stray.event_id);
        ELSIF stray.revision > 1 AND stray.kind_before IS NULL THEN
            PERFORM refuse('revision_missing', format('%s of %s', stray.revision - 1,
                                                      stray.event_id));
        ELSIF stray.kind = 'void' AND stray.kind_before = 'void' THEN
            PERFORM refuse('void_of_a_void', stray.event_id);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER corrections_belong AFTER INSERT ON correction REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_corrections();

REVOKE EXECUTE ON FUNCTION require_month_of_batch FROM PUBLIC;

-- Tallies -----------------------------------------------------------------------------------

-- What a correction counts, less what counted before it.
CREATE FUNCTION tally_corrections() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO batch_tally
        SELECT s.licensee_id, s.accrual_month, s.batch_number, j.modality, j.unit, j.decision,
               sum(s.sign), sum(s.sign * coalesce(s.quantity, 0))
        FROM (SELECT licensee_id, accrual_month, batch_number, judgement_id, quantity, 1 AS sign
              FROM added WHERE kind = 'replace'
              UNION ALL
              SELECT a.licensee_id, a.accrual_month, a.batch_number, before.judgement_id,
                     before.quantity, -1
              FROM added a CROSS JOIN LATERAL (
                  SELECT c.judgement_id, c.quantity FROM correction c
                  WHERE c.licensee_id = a.licensee_id AND c.source = a.source
                    AND c.event_id = a.event_id AND c.accrual_month = a.accrual_month
                    AND c.revision = a.revision - 1 AND c.kind = 'replace'
                  UNION ALL
                  SELECT g.judgement_id, g.quantity FROM generation g
                  WHERE g.licensee_id = a.licensee_id AND g.source = a.source
                    AND g.event_id = a.event_id AND g.accrual_month = a.accrual_month
                    AND a.revision = 1
                  OFFSET 0  -- looked for one by one
              ) before) s
        JOIN judgement j ON j.licensee_id = s.licensee_id AND j.judgement_id = s.judgement_id
        GROUP BY 1, 2, 3, 4, 5, 6
        HAVING sum(s.sign) <> 0 OR sum(s.sign * coalesce(s.quantity, 0)) <> 0;
    RETURN NULL;
END $$;
CREATE TRIGGER tallied AFTER INSERT ON correction REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION tally_corrections();
