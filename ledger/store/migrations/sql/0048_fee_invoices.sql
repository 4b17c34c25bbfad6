-- The house's invoices for its fee, one for each rights holder and settlement.

SET LOCAL search_path = public, pg_temp;

CREATE TABLE fee_invoice (
    document_id bigint PRIMARY KEY,
    settlement_id bigint NOT NULL,
    owner_id bigint NOT NULL,  -- the rights holder
    currency text NOT NULL,
    subtotal_minor bigint NOT NULL CHECK (subtotal_minor > 0),
    tax_minor bigint NOT NULL CHECK (tax_minor >= 0),
    total_minor bigint NOT NULL CHECK (total_minor = subtotal_minor + tax_minor),
    UNIQUE (settlement_id, owner_id),
    FOREIGN KEY (document_id, owner_id) REFERENCES document (document_id, owner_id),
    FOREIGN KEY (settlement_id, owner_id) REFERENCES holder_settlement
);

-- What is invoiced is what the settlement took.
CREATE FUNCTION check_fee_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM holder_settlement h
        WHERE h.settlement_id = NEW.settlement_id AND h.owner_id = NEW.owner_id
          AND h.admin_fee_minor = NEW.subtotal_minor AND h.admin_fee_tax_minor = NEW.tax_minor;
    IF NOT FOUND THEN
        PERFORM refuse('fee_invoice_differs', NEW.document_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER is_settled AFTER INSERT ON fee_invoice
    FOR EACH ROW EXECUTE FUNCTION check_fee_invoice();

CREATE TRIGGER with_its_whole AFTER INSERT ON fee_invoice
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('document', 'added.document_id = whole.document_id');

SELECT make_append_only('fee_invoice'), grant_to_application('fee_invoice');
