-- Payees may be paid through Stripe, to a connected account, and where one is paid may change.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE bank_account
    ADD recorded_at timestamptz,  -- NULL where it came with the party
    ADD recorded_by text NOT NULL DEFAULT '',
    ADD reason text NOT NULL DEFAULT '',
    DROP CONSTRAINT bank_account_at_home_or_abroad;
ALTER TABLE bank_account ADD CONSTRAINT bank_account_at_home_abroad_or_stripe CHECK (
    CASE WHEN account_type = 'stripe'
    THEN number ~ '^acct_[A-Za-z0-9]{1,64}$' AND bank_code = '' AND branch_code = ''
         AND bic IS NULL AND bank_name IS NULL AND bank_country IS NULL
    WHEN bic IS NULL
    THEN bank_code ~ '^[0-9]{4}$' AND branch_code ~ '^[0-9]{3}$'
         AND account_type IN ('ordinary', 'current', 'savings') AND number ~ '^[0-9]{1,7}$'
         AND bank_name IS NULL AND bank_country IS NULL
    ELSE bic ~ '^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$'
         AND bank_code = '' AND branch_code = ''
         AND bank_name IS NOT NULL AND bank_name <> ''
         AND bank_country IS NOT NULL AND bank_country ~ '^[A-Z]{2}$'
         AND CASE account_type WHEN 'iban' THEN number ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'
                               WHEN 'number' THEN number ~ '^[A-Za-z0-9/-]{1,34}$'
                               ELSE false END
    END
);

ALTER TABLE stripe_call DROP CONSTRAINT stripe_call_kind_check;
ALTER TABLE stripe_call ADD CONSTRAINT stripe_call_kind_check
    CHECK (kind IN ('open', 'withdraw', 'refund', 'transfer'));
