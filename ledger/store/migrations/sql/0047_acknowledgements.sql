-- Receipts on paper (領収書), and return invoices (適格返還請求書).

SET LOCAL search_path = public, pg_temp;

ALTER TABLE document DROP CONSTRAINT document_kind_check;
ALTER TABLE document ADD CONSTRAINT document_kind_check CHECK (
    kind IN ('invoice', 'statement', 'notice', 'fee_invoice', 'payment_record',
             'payment_record_total', 'receipt', 'credit_note'));

CREATE TABLE payment_receipt (
    document_id bigint PRIMARY KEY,
    licensee_id bigint NOT NULL,
    receipt_id bigint NOT NULL UNIQUE,
    subtotal_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL CHECK (total_minor > 0),
    FOREIGN KEY (document_id, licensee_id) REFERENCES document (document_id, owner_id),
    FOREIGN KEY (receipt_id, licensee_id) REFERENCES receipt (receipt_id, licensee_id),
    CHECK (total_minor = subtotal_minor + tax_minor)
);

CREATE TABLE credit_note (
    document_id bigint PRIMARY KEY,
    licensee_id bigint NOT NULL,
    refund_transfer_id bigint NOT NULL UNIQUE REFERENCES refund_transfer,
    subtotal_minor bigint NOT NULL CHECK (subtotal_minor >= 0),
    tax_minor bigint NOT NULL CHECK (tax_minor >= 0),
    total_minor bigint NOT NULL CHECK (total_minor > 0),
    FOREIGN KEY (document_id, licensee_id) REFERENCES document (document_id, owner_id),
    CHECK (total_minor = subtotal_minor + tax_minor)
);

-- A receipt says what was paid. A note says no more than was transferred: what a firm had paid too
-- much goes back without one.
CREATE FUNCTION check_payment_receipt() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM receipt
        WHERE receipt_id = NEW.receipt_id AND amount_minor = NEW.total_minor;
    IF NOT FOUND THEN
        PERFORM refuse('receipt_differs_from_payment', NEW.document_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER is_paid AFTER INSERT ON payment_receipt
    FOR EACH ROW EXECUTE FUNCTION check_payment_receipt();

CREATE FUNCTION check_credit_note() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM refund_transfer
        WHERE refund_transfer_id = NEW.refund_transfer_id AND licensee_id = NEW.licensee_id
          AND amount_minor >= NEW.total_minor;
    IF NOT FOUND THEN
        PERFORM refuse('credit_note_differs_from_transfer', NEW.document_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER is_transferred AFTER INSERT ON credit_note
    FOR EACH ROW EXECUTE FUNCTION check_credit_note();

CREATE TRIGGER with_its_whole AFTER INSERT ON payment_receipt
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('document', 'added.document_id = whole.document_id');
CREATE TRIGGER with_its_whole AFTER INSERT ON credit_note
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('document', 'added.document_id = whole.document_id');

SELECT make_append_only(each::regclass), grant_to_application(each::regclass)
    FROM unnest(ARRAY['payment_receipt', 'credit_note']) AS each;
