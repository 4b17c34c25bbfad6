-- Terms of single events: the least that one earns, the most that the subjects of one output earn
-- together, and the most that a line earns in a month; and what a closing works them out from.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE rate_line
    ADD COLUMN cap_minor bigint,
    ADD COLUMN event_floor_minor numeric NOT NULL DEFAULT 0
        CHECK (event_floor_minor >= 0 AND event_floor_minor < 'Infinity'),
    ADD COLUMN stacking_group text CHECK (stacking_group <> ''),
    ADD COLUMN stacking_cap_minor numeric
        CHECK (stacking_cap_minor >= 0 AND stacking_cap_minor < 'Infinity'),
    ADD COLUMN stacking_allocation text
        CHECK (stacking_allocation IN ('equal', 'weight', 'declared')),
    ADD CHECK (cap_minor >= minimum_minor),
    ADD CHECK (cap_minor IS NULL OR basis <> 'fixed_month'),
    ADD CHECK (num_nonnulls(stacking_group, stacking_cap_minor, stacking_allocation) IN (0, 3)),
    -- A single event has a price only where there is a rate for it, and no tiers.
    ADD CHECK ((event_floor_minor = 0 AND stacking_group IS NULL)
               OR (basis <> 'fixed_month' AND tier_mode = 'none'));

-- How often a batch has events alike in judgement, quantity and revenue. Only those whose price
-- is worked out event by event are here; those of corrections are differences.
CREATE TABLE batch_event_total (
    licensee_id bigint NOT NULL,
    batch_number bigint NOT NULL,
    position integer NOT NULL CHECK (position >= 0),
    accrual_month date NOT NULL CHECK (accrual_month = date_trunc('month', accrual_month)::date),
    judgement_id bigint NOT NULL,
    quantity numeric NOT NULL CHECK (quantity >= 0 AND quantity < 'Infinity'),
    net_revenue numeric NOT NULL
        CHECK (net_revenue > '-Infinity' AND net_revenue < 'Infinity'),
    generation_count bigint NOT NULL CHECK (generation_count <> 0),
    PRIMARY KEY (licensee_id, batch_number, position),
    FOREIGN KEY (licensee_id, batch_number) REFERENCES batch,
    FOREIGN KEY (licensee_id, judgement_id) REFERENCES judgement
);
CREATE INDEX batch_event_total_month ON batch_event_total (accrual_month, licensee_id);

CREATE FUNCTION check_event_total_takes_away() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM batch WHERE licensee_id = NEW.licensee_id
        AND batch_number = NEW.batch_number AND kind = 'correction';
    IF NOT FOUND THEN
        PERFORM refuse('total_not_positive', NEW.batch_number::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER takes_away AFTER INSERT ON batch_event_total FOR EACH ROW
    WHEN (NEW.generation_count < 0) EXECUTE FUNCTION check_event_total_takes_away();
CREATE TRIGGER with_its_whole AFTER INSERT ON batch_event_total
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('batch', 'added.licensee_id = whole.licensee_id '
                                      'AND added.batch_number = whole.batch_number');

SELECT make_append_only('batch_event_total');
SELECT grant_to_application('batch_event_total');
