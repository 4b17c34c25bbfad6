-- Single generations of what a rights holder has, for its own eyes: which subject, when, how much
-- and what was decided. What a firm took in for one stays the firm's.

SET LOCAL search_path = public, pg_temp;

CREATE VIEW own_generation WITH (security_barrier) AS
    SELECT g.licensee_id, g.accrual_month, g.batch_number, g.position, g.occurred_at, g.quantity,
           g.model, l.subject_id, l.decision, l.reasons, j.use_class, j.modality, j.unit,
           j.territory,
           EXISTS (SELECT FROM correction c
                   WHERE c.licensee_id = g.licensee_id AND c.source = g.source
                     AND c.event_id = g.event_id AND c.accrual_month = g.accrual_month)
               AS is_corrected
    FROM generation g
    JOIN judgement j USING (licensee_id, judgement_id)
    JOIN judgement_line l USING (licensee_id, judgement_id)
    JOIN subject s USING (subject_id)
    WHERE s.owner_id = reading_party();

GRANT SELECT ON own_generation TO genbo_reader;
