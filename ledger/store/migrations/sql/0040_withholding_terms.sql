-- Of what a person's income tax is withheld: of the amount alone, or with its consumption tax.

SET LOCAL search_path = public, pg_temp;

CREATE TABLE withholding_terms (
    owner_id bigint NOT NULL REFERENCES party (party_id),
    effective_from date NOT NULL,
    base text NOT NULL CHECK (base IN ('excluding_tax', 'including_tax')),
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL DEFAULT '',  -- empty where it came with the party
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (owner_id, effective_from)
);

-- What was paid, or is planned to be, was taxed by the terms of its day.
CREATE FUNCTION check_withholding_terms() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM payout o JOIN payout_run r USING (payout_run_id)
        WHERE o.owner_id = NEW.owner_id AND r.pay_on >= NEW.effective_from;
    IF FOUND THEN
        PERFORM refuse('withholding_terms_in_the_past', NEW.owner_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER before_payments AFTER INSERT ON withholding_terms FOR EACH ROW
    EXECUTE FUNCTION check_withholding_terms();

DO $$
BEGIN
    PERFORM make_append_only('withholding_terms');
    PERFORM grant_to_application('withholding_terms');
END $$;
