-- Yearly records of what payees were paid (支払調書), and the total sheet of each year.

SET LOCAL search_path = public, pg_temp;

CREATE TABLE payment_record (
    document_id bigint PRIMARY KEY,
    owner_id bigint NOT NULL,  -- the payee
    year integer NOT NULL,
    scope text NOT NULL CHECK (scope IN ('resident_individual', 'non_resident')),
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    consumption_tax_minor bigint NOT NULL,
    withheld_minor bigint NOT NULL CHECK (withheld_minor >= 0),
    UNIQUE (owner_id, year, scope),
    FOREIGN KEY (document_id, owner_id) REFERENCES document (document_id, owner_id)
);

CREATE TABLE payment_record_total (
    document_id bigint PRIMARY KEY,
    owner_id bigint NOT NULL,  -- the house
    year integer NOT NULL,
    currency text NOT NULL,
    amount_minor bigint NOT NULL,
    consumption_tax_minor bigint NOT NULL,
    withheld_minor bigint NOT NULL CHECK (withheld_minor >= 0),
    UNIQUE (owner_id, year),
    FOREIGN KEY (document_id, owner_id) REFERENCES document (document_id, owner_id)
);

CREATE TRIGGER with_its_whole AFTER INSERT ON payment_record
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('document', 'added.document_id = whole.document_id');
CREATE TRIGGER with_its_whole AFTER INSERT ON payment_record_total
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('document', 'added.document_id = whole.document_id');

SELECT make_append_only(each::regclass), grant_to_application(each::regclass)
    FROM unnest(ARRAY['payment_record', 'payment_record_total']) AS each;
