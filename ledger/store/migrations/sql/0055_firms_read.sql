-- What an AI firm reads of its own: what it reported, its licenses, invoices and payments, and the
-- keys and webhooks by which its programs come in. What came in by COPY is read through views.

SET LOCAL search_path = public, pg_temp;

DO $$
DECLARE target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY[
        'api_key', 'api_key_rotation', 'api_key_revocation', 'api_key_use', 'outbox',
        'webhook_endpoint', 'webhook_ending', 'webhook_delivery', 'webhook_attempt',
        'webhook_queue']
    LOOP
        PERFORM let_owners_read(target, 'owner_id = reading_party()');
    END LOOP;
    FOREACH target IN ARRAY ARRAY[
        'license', 'license_grant', 'grant_subject', 'terms_version', 'rate_line', 'rate_tier',
        'month_declaration', 'declared_total', 'payment', 'receipt', 'invoice_reissue',
        'recoup_group', 'recoup_source', 'recoup_amendment', 'recoup_amendment_source',
        'recoupment', 'minimum_guarantee', 'prepayment', 'prepayment_use', 'invoice_prepayment']
    LOOP
        PERFORM let_owners_read(target, 'licensee_id = reading_party()');
    END LOOP;
END $$;

CREATE POLICY of_the_licensee ON royalty_line FOR SELECT TO genbo_reader
    USING (licensee_id = reading_party());
CREATE INDEX royalty_line_licensee ON royalty_line (licensee_id, closing_month);

-- Totals of batches, with what the firm called the work.
CREATE VIEW own_report WITH (security_barrier) AS
    SELECT t.accrual_month, t.day, t.decision, t.reason, t.subject_id, s.reference AS subject,
           s.title_ja, s.title_en, t.generation_count
    FROM batch_total t
    LEFT JOIN subject s ON s.subject_id = t.subject_id
    WHERE t.licensee_id = reading_party();

-- What came in, batch by batch: reports and corrections in one gapless sequence.
CREATE VIEW own_batch WITH (security_barrier) AS
    SELECT b.batch_number, b.recorded_at, b.kind, b.first_month, b.last_month, b.counted_month,
           b.generation_count, b.accepted_count, b.held_count, b.refused_count
    FROM batch b
    WHERE b.licensee_id = reading_party();

-- One for both: the program, for whom no party reads, sees what everybody reported.
CREATE VIEW reported_tally WITH (security_barrier) AS
    SELECT t.licensee_id, t.accrual_month, t.modality, t.unit, t.decision, t.generation_count,
           t.quantity
    FROM batch_tally t
    WHERE reading_party() IS NULL OR t.licensee_id = reading_party();

-- Works that a firm may use; for the program, all there are.
CREATE VIEW licensed_subject WITH (security_barrier) AS
    SELECT s.subject_id, s.reference, s.title_ja, s.title_en
    FROM subject s
    WHERE reading_party() IS NULL
       OR EXISTS (SELECT FROM grant_subject g
                  WHERE g.subject_id = s.subject_id AND g.licensee_id = reading_party());

-- That a month is open or closed is told to everybody; who closed it and over how much is not.
CREATE VIEW known_month WITH (security_barrier) AS
    SELECT m.book_id, m.month, c.month IS NOT NULL AS is_closed
    FROM accounting_month m
    LEFT JOIN month_closing c USING (book_id, month);

GRANT SELECT ON own_report, own_batch, licensed_subject, reported_tally, known_month TO genbo_reader;
GRANT SELECT ON licensed_subject, reported_tally, known_month TO genbo_app;
