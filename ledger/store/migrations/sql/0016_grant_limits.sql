-- How much of a grant may be used in a period, what becomes of what is beyond, and by what multiple
-- of its price use without a performer's consent is claimed.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE license_grant
    ADD COLUMN claim_multiple numeric CHECK (claim_multiple >= 1 AND claim_multiple < 'Infinity'),
    ADD COLUMN quota_units numeric CHECK (quota_units > 0 AND quota_units < 'Infinity'),
    ADD COLUMN quota_period text
        CHECK (quota_period IN ('day', 'month', 'contract_year', 'life')),
    ADD COLUMN quota_on_exceed text CHECK (quota_on_exceed IN ('hold', 'reject', 'overage')),
    ADD COLUMN quota_unit text,  -- none counts each part of a generation once
    ADD COLUMN quota_overage_rate numeric
        CHECK (quota_overage_rate >= 0 AND quota_overage_rate < 'Infinity'),
    ADD CHECK (num_nonnulls(quota_units, quota_period, quota_on_exceed) IN (0, 3)),
    ADD CHECK (quota_units IS NOT NULL OR quota_unit IS NULL),
    ADD CHECK ((quota_overage_rate IS NOT NULL)
               = (quota_on_exceed IS NOT DISTINCT FROM 'overage'));
