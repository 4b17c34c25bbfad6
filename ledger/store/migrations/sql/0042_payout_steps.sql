-- What becomes of a payout run after it is planned: approved or cancelled, confirmed by the bank
-- payment by payment, or returned by it and paid again in a run of its own.

SET LOCAL search_path = public, pg_temp;

-- A run that pays again has no settlement: what it pays was settled before.
ALTER TABLE payout_run ALTER COLUMN settlement_id DROP NOT NULL;

CREATE TABLE payout_approval (
    payout_run_id bigint PRIMARY KEY REFERENCES payout_run,
    approved_at timestamptz NOT NULL,
    approved_by text NOT NULL CHECK (approved_by <> ''),
    note text NOT NULL
);

CREATE TABLE payout_cancellation (
    payout_run_id bigint PRIMARY KEY REFERENCES payout_run,
    cancelled_at timestamptz NOT NULL,
    cancelled_by text NOT NULL CHECK (cancelled_by <> ''),
    reason text NOT NULL CHECK (reason <> '')
);

CREATE TABLE payout_confirmation (
    payout_run_id bigint NOT NULL,
    owner_id bigint NOT NULL,  -- the payee
    confirmed_on date NOT NULL,
    bank_reference text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL CHECK (recorded_by <> ''),
    PRIMARY KEY (payout_run_id, owner_id),
    FOREIGN KEY (payout_run_id, owner_id) REFERENCES payout
);
CREATE INDEX payout_confirmation_payee ON payout_confirmation (owner_id);

CREATE TABLE payout_return (
    payout_run_id bigint NOT NULL,
    owner_id bigint NOT NULL,  -- the payee
    returned_on date NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    bank_reference text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL CHECK (recorded_by <> ''),
    PRIMARY KEY (payout_run_id, owner_id),
    FOREIGN KEY (payout_run_id, owner_id) REFERENCES payout
);
CREATE INDEX payout_return_payee ON payout_return (owner_id);

-- A payout that pays what another one did not, with payee and account as they are printed.
CREATE TABLE payout_retry (
    payout_run_id bigint NOT NULL,
    owner_id bigint NOT NULL,  -- the payee
    replaced_run_id bigint NOT NULL,
    settlement_id bigint NOT NULL REFERENCES settlement,  -- that the money is from
    payee jsonb NOT NULL,
    pay_to jsonb NOT NULL,
    PRIMARY KEY (payout_run_id, owner_id),
    UNIQUE (replaced_run_id, owner_id),
    FOREIGN KEY (payout_run_id, owner_id) REFERENCES payout,
    FOREIGN KEY (replaced_run_id, owner_id) REFERENCES payout
);
CREATE INDEX payout_retry_payee ON payout_retry (owner_id);

-- Runs that were released before approval had a row of its own were approved by their releaser.
INSERT INTO payout_approval (payout_run_id, approved_at, approved_by, note)
    SELECT r.payout_run_id, x.released_at, x.released_by, ''
    FROM payout_release x JOIN payout_run r USING (payout_run_id)
    WHERE lower(btrim(x.released_by)) <> lower(btrim(r.planned_by));

-- Whoever moves a run on waits for whoever does it at the same time, and sees what came of it.
CREATE FUNCTION check_payout_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    run payout_run;
    is_approved boolean;
    is_cancelled boolean;
    is_released boolean;
BEGIN
    PERFORM require_read_committed();
    SELECT * INTO run FROM payout_run WHERE payout_run_id = NEW.payout_run_id FOR UPDATE;
    SELECT EXISTS (SELECT FROM payout_approval WHERE payout_run_id = run.payout_run_id),
           EXISTS (SELECT FROM payout_cancellation WHERE payout_run_id = run.payout_run_id),
           EXISTS (SELECT FROM payout_release WHERE payout_run_id = run.payout_run_id)
        INTO is_approved, is_cancelled, is_released;
    CASE TG_TABLE_NAME
        WHEN 'payout_approval' THEN
            IF lower(btrim(NEW.approved_by)) = lower(btrim(run.planned_by)) THEN
                PERFORM refuse('payout_run_approved_by_its_planner', run.reference);
            ELSIF is_cancelled OR is_released THEN
                PERFORM refuse('payout_run_out_of_turn', run.reference);
            END IF;
        WHEN 'payout_release' THEN
            IF is_cancelled OR NOT is_approved THEN
                PERFORM refuse('payout_run_out_of_turn', run.reference);
            END IF;
        WHEN 'payout_cancellation' THEN
            IF is_released THEN
                PERFORM refuse('payout_run_out_of_turn', run.reference);
            END IF;
        ELSE  -- What the bank answered.
            IF NOT is_released THEN
                PERFORM refuse('payout_run_out_of_turn', run.reference);
            END IF;
    END CASE;
    RETURN NEW;
END $$;

DO $$
DECLARE step text;
BEGIN
    FOREACH step IN ARRAY ARRAY['payout_approval', 'payout_cancellation', 'payout_release',
                                'payout_confirmation', 'payout_return']
    LOOP
        EXECUTE format('CREATE TRIGGER in_turn BEFORE INSERT ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION check_payout_step()', step);
    END LOOP;
END $$;

-- What was paid, or may still be, is not paid again; and what is paid again is the same money.
CREATE FUNCTION check_payout_retry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE before payout; again payout; is_free boolean; is_same boolean;
BEGIN
    PERFORM require_read_committed();
    PERFORM FROM payout_run WHERE payout_run_id = NEW.replaced_run_id FOR UPDATE;
    SELECT * INTO before FROM payout
        WHERE payout_run_id = NEW.replaced_run_id AND owner_id = NEW.owner_id;
    SELECT * INTO again FROM payout
        WHERE payout_run_id = NEW.payout_run_id AND owner_id = NEW.owner_id;
    SELECT EXISTS (SELECT FROM payout_return WHERE payout_run_id = NEW.replaced_run_id
                                              AND owner_id = NEW.owner_id)
        OR EXISTS (SELECT FROM payout_cancellation WHERE payout_run_id = NEW.replaced_run_id)
        INTO is_free;
    SELECT NEW.settlement_id = coalesce(r.settlement_id, t.settlement_id) INTO is_same
        FROM payout_run r
        LEFT JOIN payout_retry t ON t.payout_run_id = r.payout_run_id AND t.owner_id = NEW.owner_id
        WHERE r.payout_run_id = NEW.replaced_run_id;
    IF NOT is_free THEN
        PERFORM refuse('payout_paid_twice', NEW.owner_id::text);
    ELSIF is_same IS NOT TRUE OR (before.supplies_minor, before.passthrough_minor, before.consumption_tax_minor)
          IS DISTINCT FROM
          (again.supplies_minor, again.passthrough_minor, again.consumption_tax_minor) THEN
        PERFORM refuse('payout_retry_differs', NEW.owner_id::text);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER of_what_was_not_paid BEFORE INSERT ON payout_retry
    FOR EACH ROW EXECUTE FUNCTION check_payout_retry();

-- A payout without a settlement pays again; there is nothing else to pay.
CREATE FUNCTION check_payouts_of_retry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF (SELECT settlement_id IS NULL FROM payout_run WHERE payout_run_id = NEW.payout_run_id)
       <> EXISTS (SELECT FROM payout_retry WHERE payout_run_id = NEW.payout_run_id
                                             AND owner_id = NEW.owner_id) THEN
        PERFORM refuse('payout_without_origin', NEW.owner_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER of_an_origin AFTER INSERT ON payout
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payouts_of_retry();

SELECT make_append_only(step) FROM unnest(ARRAY['payout_approval', 'payout_cancellation',
    'payout_confirmation', 'payout_return', 'payout_retry']) AS step;
SELECT grant_to_application(step) FROM unnest(ARRAY['payout_approval', 'payout_cancellation',
    'payout_confirmation', 'payout_return', 'payout_retry']) AS step;

-- Withholding arises when money is paid, and is undone when it comes back: each released payout
-- with its sign, the day and the month it was posted in, and the settlement the money is from.
CREATE VIEW paid_movement AS
    SELECT r.book_id, r.payout_run_id, o.owner_id, r.reference AS run, r.pay_on,
           coalesce(r.settlement_id, t.settlement_id) AS settlement_id,
           1 AS sign, e.posted_on, e.month,
           o.supplies_minor + o.passthrough_minor AS amount_minor, o.consumption_tax_minor,
           o.withholding_base_minor, o.withholding_minor, o.payout_minor
    FROM payout o
    JOIN payout_run r USING (payout_run_id)
    JOIN payout_release USING (payout_run_id)
    LEFT JOIN payout_retry t USING (payout_run_id, owner_id)
    JOIN entry e ON e.book_id = r.book_id AND e.source = r.reference AND e.kind = 'payout'
    UNION ALL
    SELECT r.book_id, r.payout_run_id, o.owner_id, r.reference, r.pay_on,
           coalesce(r.settlement_id, t.settlement_id),
           -1, e.posted_on, e.month,
           -(o.supplies_minor + o.passthrough_minor), -o.consumption_tax_minor,
           -o.withholding_base_minor, -o.withholding_minor, -o.payout_minor
    FROM payout_return b
    JOIN payout o USING (payout_run_id, owner_id)
    JOIN payout_run r USING (payout_run_id)
    LEFT JOIN payout_retry t USING (payout_run_id, owner_id)
    JOIN party p ON p.party_id = o.owner_id
    JOIN entry e ON e.book_id = r.book_id AND e.source = r.reference || ':' || p.reference
                AND e.kind = 'payout_return';
GRANT SELECT ON paid_movement TO genbo_app;

CREATE OR REPLACE FUNCTION check_withholding_remittance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE stray record;
BEGIN
    SELECT m.book_id, m.month, m.scope INTO stray
        FROM (SELECT DISTINCT book_id, month, scope FROM added) named
        JOIN withholding_remittance m USING (book_id, month, scope)
        GROUP BY m.book_id, m.month, m.scope
        HAVING sum(m.amount_minor) > (
                   SELECT coalesce(sum(o.withholding_minor), 0)
                   FROM paid_movement o
                   JOIN party p ON p.party_id = o.owner_id
                   WHERE o.book_id = m.book_id AND o.month = m.month
                     AND m.scope = CASE WHEN p.country = 'JP' THEN 'resident_individual'
                                        ELSE 'non_resident' END)
            OR max(m.remitted_before_minor + m.amount_minor) <> sum(m.amount_minor)
        LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('remittance_exceeds_withheld', format('%s %s', stray.month, stray.scope));
    END IF;
    RETURN NULL;
END $$;
