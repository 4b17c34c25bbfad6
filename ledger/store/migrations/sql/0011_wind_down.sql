-- After an end - of a license, a grant, an offer - use earns on for the days that were agreed. It is
-- decided upon as 'wind_down', and wherever decisions are counted it counts as accepted.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE license
    ADD COLUMN wind_down_days integer NOT NULL DEFAULT 0 CHECK (wind_down_days >= 0);
ALTER TABLE license_grant
    ADD COLUMN wind_down_days integer CHECK (wind_down_days >= 0),
    -- What an output has to say, and what it may not show.
    ADD COLUMN ai_label text NOT NULL DEFAULT '',
    ADD COLUMN prohibited_content text[] NOT NULL DEFAULT '{}';

-- One subject's part is charged in both cases, so it has what it is charged under.
DO $$
DECLARE target regclass; rule name;
BEGIN
    FOREACH target IN ARRAY ARRAY['judgement', 'judgement_line', 'batch_total']::regclass[] LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', target, target || '_decision_check');
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (decision IN '
                       '(''accepted'', ''wind_down'', ''held'', ''refused''))',
                       target, target || '_decision_check');
    END LOOP;
    SELECT conname INTO STRICT rule FROM pg_constraint
        WHERE conrelid = 'judgement_line'::regclass AND contype = 'c'
          AND pg_get_constraintdef(oid) LIKE '%<> ''accepted''%';
    EXECUTE format('ALTER TABLE judgement_line DROP CONSTRAINT %I', rule);
END $$;
ALTER TABLE judgement_line ADD CHECK (
    decision NOT IN ('accepted', 'wind_down')
    OR (subject_id IS NOT NULL AND rate_line_id IS NOT NULL)
);

-- Tallies -----------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION tally_generations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO batch_tally
        SELECT a.licensee_id, a.accrual_month, a.batch_number, j.modality, j.unit,
               CASE j.decision WHEN 'wind_down' THEN 'accepted' ELSE j.decision END,
               sum(a.generation_count), sum(a.quantity)
        FROM (SELECT licensee_id, accrual_month, batch_number, judgement_id,
                     count(*) AS generation_count, coalesce(sum(quantity), 0) AS quantity
              FROM added GROUP BY 1, 2, 3, 4) a
        JOIN judgement j ON j.licensee_id = a.licensee_id AND j.judgement_id = a.judgement_id
        GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tally_corrections() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO batch_tally
        SELECT s.licensee_id, s.accrual_month, s.batch_number, j.modality, j.unit,
               CASE j.decision WHEN 'wind_down' THEN 'accepted' ELSE j.decision END,
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
