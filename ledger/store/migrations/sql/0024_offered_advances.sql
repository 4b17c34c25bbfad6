-- What an offer says of quotas, advances and guarantees, in the words of the agreement like its rates.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE offer_version
    ADD COLUMN quota jsonb CHECK (jsonb_typeof(quota) = 'object'),
    ADD COLUMN advances jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(advances) = 'array'),
    ADD COLUMN guarantees jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(guarantees) = 'array');
