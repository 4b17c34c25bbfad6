-- A fee that went back has a return invoice, in the same series.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE fee_invoice DROP CONSTRAINT fee_invoice_subtotal_minor_check;
ALTER TABLE fee_invoice DROP CONSTRAINT fee_invoice_tax_minor_check;
ALTER TABLE fee_invoice ADD CONSTRAINT fee_invoice_of_one_sign CHECK (
    subtotal_minor <> 0 AND tax_minor * sign(subtotal_minor) >= 0
);
