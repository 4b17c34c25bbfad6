-- Invoices that are issued again, whole, because somebody or something was named wrongly on them.

SET LOCAL search_path = public, pg_temp;

CREATE TABLE invoice_reissue (
    document_id bigint PRIMARY KEY,
    licensee_id bigint NOT NULL,
    invoice_id bigint NOT NULL,  -- the first one, whose figures are its own
    corrects bigint NOT NULL UNIQUE,  -- an invoice is corrected once; then the corrected one is
    reason text NOT NULL CHECK (reason <> ''),
    corrected_by text NOT NULL CHECK (corrected_by <> ''),
    corrected_at timestamptz NOT NULL,
    FOREIGN KEY (document_id, licensee_id) REFERENCES document (document_id, owner_id),
    FOREIGN KEY (invoice_id, licensee_id) REFERENCES invoice (document_id, licensee_id),
    FOREIGN KEY (corrects, licensee_id) REFERENCES document (document_id, owner_id),
    CHECK (document_id > corrects AND corrects >= invoice_id)
);
CREATE INDEX invoice_reissue_invoice ON invoice_reissue (invoice_id);

SELECT make_append_only('invoice_reissue'), grant_to_application('invoice_reissue');

CREATE TRIGGER with_its_whole AFTER INSERT ON invoice_reissue
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('document', 'added.document_id = whole.document_id');
