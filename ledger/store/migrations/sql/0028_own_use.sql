-- What a rights holder reads of the use of its works: lines of closings by a policy, and what came
-- in by COPY, which a policy would forbid, through views that show the reading party's alone.

SET LOCAL search_path = public, pg_temp;

SELECT let_owners_read('royalty_line', 'owner_id = reading_party()');
CREATE INDEX royalty_line_owner ON royalty_line (owner_id, closing_month);

CREATE VIEW own_subject WITH (security_barrier) AS
    SELECT s.subject_id, s.reference, s.kind, s.title_ja, s.title_en
    FROM subject s
    WHERE s.owner_id = reading_party();

-- A total is of the month that counts it: its own, or the first open one when it came too late.
CREATE VIEW own_use WITH (security_barrier) AS
    SELECT t.subject_id, s.reference, s.title_ja, s.title_en, t.decision, t.reason, t.day,
           t.accrual_month, coalesce(late.counted_month, t.accrual_month) AS counted_month,
           p.reference AS licensee, p.name_ja AS licensee_ja, p.name_en AS licensee_en,
           t.generation_count
    FROM subject s
    JOIN batch_total t ON t.subject_id = s.subject_id
    JOIN party p ON p.party_id = t.licensee_id
    LEFT JOIN batch late ON late.licensee_id = t.licensee_id
                        AND late.batch_number = t.batch_number
                        AND late.counted_month IS NOT NULL
    WHERE s.owner_id = reading_party();

GRANT SELECT ON own_subject, own_use TO genbo_reader;
