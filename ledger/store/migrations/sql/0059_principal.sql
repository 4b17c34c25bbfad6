-- What the house sells for itself, and buys of the rights holder.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE holder_settlement ADD sold_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE holder_settlement ADD margin_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE holder_settlement ADD purchase_tax_minor bigint NOT NULL DEFAULT 0;
ALTER TABLE holder_settlement ADD bought_from text
    CHECK (bought_from IN ('registered', 'unregistered', 'abroad'));
ALTER TABLE holder_settlement ADD CONSTRAINT holder_settlement_bought CHECK (
    bought_from IS NOT NULL OR (sold_minor = 0 AND margin_minor = 0 AND purchase_tax_minor = 0)
);
ALTER TABLE holder_settlement ADD CONSTRAINT holder_settlement_bought_with_tax CHECK (
    purchase_tax_minor = 0 OR bought_from = 'registered'
);

-- Where the house is a principal it holds nothing of the holder's back.
ALTER TABLE entrustment ADD CONSTRAINT entrustment_principal
    CHECK (capacity <> 'principal' OR reserve_bp IS NULL);

-- What is invoiced as a fee is what the settlement took as one, and not the house's margin.
CREATE OR REPLACE FUNCTION check_fee_invoice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM holder_settlement h
        WHERE h.settlement_id = NEW.settlement_id AND h.owner_id = NEW.owner_id
          AND h.admin_fee_minor - h.margin_minor = NEW.subtotal_minor
          AND h.admin_fee_tax_minor = NEW.tax_minor;
    IF NOT FOUND THEN
        PERFORM refuse('fee_invoice_differs', NEW.document_id::text);
    END IF;
    RETURN NULL;
END $$;
