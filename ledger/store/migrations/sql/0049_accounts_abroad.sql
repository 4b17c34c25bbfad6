-- Accounts abroad: a BIC and the bank's name and country stand in the place of Japanese codes.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE bank_account
    ADD bic text,
    ADD bank_name text,
    ADD bank_country text,
    DROP CONSTRAINT bank_account_bank_code_check,
    DROP CONSTRAINT bank_account_branch_code_check,
    DROP CONSTRAINT bank_account_account_type_check,
    DROP CONSTRAINT bank_account_number_check;
ALTER TABLE bank_account ADD CONSTRAINT bank_account_at_home_or_abroad CHECK (
    CASE WHEN bic IS NULL
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

-- A run may pay at home and abroad; then the bank gets a second file, kept as it left.
ALTER TABLE payout_release
    ADD abroad_content bytea,
    ADD abroad_sha256 bytea,
    ADD CHECK ((abroad_content IS NULL) = (abroad_sha256 IS NULL)),
    ADD CHECK (abroad_sha256 = sha256(abroad_content));
