-- What an AI firm declares a month to have been, what the book counts beside it, and which
-- differences a month was closed over.

SET LOCAL search_path = public, pg_temp;

-- What a batch adds to a month: each generation once, whatever its subjects, so that a month is
-- compared without looking at its generations. Batch totals cannot tell it: they are by subject.
-- Written by the trigger below, and by nobody else.
CREATE TABLE batch_tally (
    licensee_id bigint NOT NULL,
    accrual_month date NOT NULL,
    batch_number bigint NOT NULL,
    modality text NOT NULL,
    unit text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('accepted', 'held', 'refused')),
    generation_count bigint NOT NULL,
    quantity numeric NOT NULL CHECK (quantity > '-Infinity' AND quantity < 'Infinity'),
    PRIMARY KEY (licensee_id, accrual_month, batch_number, modality, unit, decision),
    FOREIGN KEY (licensee_id, batch_number) REFERENCES batch
);

CREATE TABLE month_declaration (
    licensee_id bigint NOT NULL,
    month date NOT NULL CHECK (month = date_trunc('month', month)::date),
    version integer NOT NULL CHECK (version > 0),
    book_id bigint NOT NULL,
    is_nil boolean NOT NULL,  -- said in so many words: nothing was generated
    generation_count bigint NOT NULL CHECK (generation_count >= 0),
    declared_at timestamptz NOT NULL,
    PRIMARY KEY (licensee_id, month, version),
    FOREIGN KEY (licensee_id, book_id) REFERENCES party (party_id, book_id),
    CHECK (is_nil = (generation_count = 0))
);

CREATE TABLE declared_total (
    licensee_id bigint NOT NULL,
    month date NOT NULL,
    version integer NOT NULL,
    modality text NOT NULL,
    unit text NOT NULL,
    quantity numeric NOT NULL CHECK (quantity >= 0 AND quantity < 'Infinity'),
    PRIMARY KEY (licensee_id, month, version, modality, unit),
    FOREIGN KEY (licensee_id, month, version) REFERENCES month_declaration
);

-- A month that was closed although a firm's declaration says something else: who decided so, and
-- why.
CREATE TABLE accepted_difference (
    licensee_id bigint NOT NULL,
    month date NOT NULL,
    version integer NOT NULL,
    book_id bigint NOT NULL,
    accepted_at timestamptz NOT NULL,
    accepted_by text NOT NULL CHECK (accepted_by <> ''),
    reason text NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (licensee_id, month),
    FOREIGN KEY (licensee_id, month, version) REFERENCES month_declaration,
    FOREIGN KEY (book_id, month) REFERENCES month_closing
);

DO $$
DECLARE target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['month_declaration', 'declared_total', 'accepted_difference']
    LOOP
        PERFORM make_append_only(target);
        PERFORM grant_to_application(target);
    END LOOP;
END $$;
SELECT make_append_only('batch_tally');
GRANT SELECT ON batch_tally TO genbo_app;

CREATE TRIGGER with_its_whole AFTER INSERT ON declared_total
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('month_declaration',
        'added.licensee_id = whole.licensee_id AND added.month = whole.month '
        'AND added.version = whole.version');
CREATE TRIGGER with_its_whole AFTER INSERT ON accepted_difference
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('month_closing',
        'added.book_id = whole.book_id AND added.month = whole.month');

-- Declaring ---------------------------------------------------------------------------------

-- One firm's declarations take turns, and a month's closing waits for them and they for it. A
-- month that nothing was written into is not open yet, and is not opened for this.
CREATE FUNCTION lock_declaring(in_book bigint, in_licensee bigint, in_month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM require_read_committed();
    PERFORM pg_advisory_xact_lock(hashtextextended('genbo.declarations', in_licensee));
    PERFORM 1 FROM accounting_month
        WHERE book_id = in_book AND month = in_month FOR SHARE;
    IF NOT FOUND THEN
        PERFORM lock_months(in_book);
    END IF;
END $$;

CREATE FUNCTION check_declaration() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM lock_declaring(NEW.book_id, NEW.licensee_id, NEW.month);
    PERFORM 1 FROM month_closing WHERE book_id = NEW.book_id AND month >= NEW.month;
    IF FOUND THEN
        PERFORM refuse('month_closed', to_char(NEW.month, 'YYYY-MM'));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER month_is_open BEFORE INSERT ON month_declaration
    FOR EACH ROW EXECUTE FUNCTION check_declaration();

-- Tallies -----------------------------------------------------------------------------------

CREATE FUNCTION tally_generations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO batch_tally
        SELECT a.licensee_id, a.accrual_month, a.batch_number, j.modality, j.unit, j.decision,
               sum(a.generation_count), sum(a.quantity)
        FROM (SELECT licensee_id, accrual_month, batch_number, judgement_id,
                     count(*) AS generation_count, coalesce(sum(quantity), 0) AS quantity
              FROM added GROUP BY 1, 2, 3, 4) a
        JOIN judgement j ON j.licensee_id = a.licensee_id AND j.judgement_id = a.judgement_id
        GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END $$;
CREATE TRIGGER tallied AFTER INSERT ON generation REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION tally_generations();

-- A statement that is addressed to a partition does not fire the triggers of the whole.
CREATE FUNCTION make_partition_tallied() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE partition text := 'generation_' || to_char(NEW.month, 'YYYY_MM');
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER tallied AFTER INSERT ON %I '
                   'REFERENCING NEW TABLE AS added '
                   'FOR EACH STATEMENT EXECUTE FUNCTION tally_generations()', partition);
    RETURN NULL;
END $$;
CREATE TRIGGER partition_tallied AFTER INSERT ON accounting_month  -- by name, after "partition"
    FOR EACH ROW EXECUTE FUNCTION make_partition_tallied();

-- What is in the book already.
DO $$
DECLARE partition text;
BEGIN
    FOR partition IN
        SELECT relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relispartition AND relkind = 'r'
    LOOP
        EXECUTE format('CREATE TRIGGER tallied AFTER INSERT ON %I REFERENCING NEW TABLE AS added '
                       'FOR EACH STATEMENT EXECUTE FUNCTION tally_generations()', partition);
    END LOOP;
END $$;
INSERT INTO batch_tally
    SELECT g.licensee_id, g.accrual_month, g.batch_number, j.modality, j.unit, j.decision,
           count(*), coalesce(sum(g.quantity), 0)
    FROM generation g
    JOIN judgement j ON j.licensee_id = g.licensee_id AND j.judgement_id = g.judgement_id
    GROUP BY 1, 2, 3, 4, 5, 6;
