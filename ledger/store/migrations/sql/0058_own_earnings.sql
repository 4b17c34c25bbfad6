-- What a rights holder reads of its earnings beside totals of months: by firm, territory and day,
-- its lines, and single generations. Everything through views that show the reading party's alone.

SET LOCAL search_path = public, pg_temp;

-- Columns are added at the end; the version of the program before it reads on.
CREATE OR REPLACE VIEW own_subject WITH (security_barrier) AS
    SELECT s.subject_id, s.reference, s.kind, s.title_ja, s.title_en, s.parent_id
    FROM subject s
    WHERE s.owner_id = reading_party();

CREATE OR REPLACE VIEW own_use WITH (security_barrier) AS
    SELECT t.subject_id, s.reference, s.title_ja, s.title_en, t.decision, t.reason, t.day,
           t.accrual_month, coalesce(late.counted_month, t.accrual_month) AS counted_month,
           p.reference AS licensee, p.name_ja AS licensee_ja, p.name_en AS licensee_en,
           t.generation_count, t.rate_line_id, t.territory, t.quantity, t.net_revenue,
           t.licensee_id, t.batch_number
    FROM subject s
    JOIN batch_total t ON t.subject_id = s.subject_id
    JOIN party p ON p.party_id = t.licensee_id
    LEFT JOIN batch late ON late.licensee_id = t.licensee_id
                        AND late.batch_number = t.batch_number
                        AND late.counted_month IS NOT NULL
    WHERE s.owner_id = reading_party();

-- The firms whose licenses name something of the party's.
CREATE VIEW own_firm WITH (security_barrier) AS
    SELECT p.party_id AS licensee_id, p.reference, p.name_ja, p.name_en
    FROM party p
    WHERE EXISTS (SELECT FROM subject s JOIN grant_subject g USING (subject_id)
                  WHERE s.owner_id = reading_party() AND g.licensee_id = p.party_id);

-- A line is named by its place among all lines of its closing.
CREATE VIEW own_line WITH (security_barrier) AS
    SELECT r.royalty_line_id, r.closing_month, r.accrual_month, r.cause, r.subject_id,
           r.rate_line_id, r.licensee_id, r.currency, r.generation_count, r.quantity,
           r.amount_minor, priced.basis, priced.rate, priced.tier_mode, v.clause_reference,
           coalesce(priced.modality, CASE cardinality(g.modalities) WHEN 1 THEN g.modalities[1] END)
               AS modality,
           (SELECT count(*) FROM royalty_line o
            WHERE o.book_id = r.book_id AND o.closing_month = r.closing_month
              AND o.royalty_line_id <= r.royalty_line_id) AS place
    FROM royalty_line r
    JOIN rate_line priced USING (rate_line_id)
    JOIN terms_version v ON v.terms_version_id = r.terms_version_id
    JOIN license_grant g USING (license_grant_id)
    WHERE r.owner_id = reading_party();

GRANT SELECT ON own_firm, own_line TO genbo_reader;
