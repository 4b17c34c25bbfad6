-- Keys with a public name and a mode, that are replaced with an overlap, and show when they
-- were last used.

SET LOCAL search_path = public, pg_temp;

-- The version of the program before this one goes on writing keys: every column has a default.
ALTER TABLE api_key
    ADD COLUMN reference text NOT NULL DEFAULT 'key_' || replace(gen_random_uuid()::text, '-', ''),
    ADD COLUMN mode text NOT NULL DEFAULT 'live' CHECK (mode IN ('live', 'test')),
    ADD COLUMN shown text NOT NULL DEFAULT '' CHECK (length(shown) <= 16),
    ADD COLUMN recorded_by text NOT NULL DEFAULT '',
    ADD UNIQUE (reference);
ALTER TABLE api_key_revocation ADD COLUMN revoked_by text NOT NULL DEFAULT '';

CREATE TABLE api_key_rotation (
    api_key_id bigint PRIMARY KEY,
    owner_id bigint NOT NULL,
    successor_id bigint NOT NULL UNIQUE CHECK (successor_id > api_key_id),
    rotated_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL CHECK (valid_until >= rotated_at),
    rotated_by text NOT NULL,
    reason text NOT NULL,
    FOREIGN KEY (api_key_id, owner_id) REFERENCES api_key (api_key_id, owner_id),
    FOREIGN KEY (successor_id, owner_id) REFERENCES api_key (api_key_id, owner_id)
);

-- No fact of the book but a convenience, so it is moved on and not added to.
CREATE TABLE api_key_use (
    api_key_id bigint PRIMARY KEY,
    owner_id bigint NOT NULL,
    used_at timestamptz NOT NULL,
    FOREIGN KEY (api_key_id, owner_id) REFERENCES api_key (api_key_id, owner_id)
);

SELECT make_append_only('api_key_rotation');
SELECT grant_to_application('api_key_rotation');
GRANT SELECT ON api_key_use TO genbo_app;

CREATE FUNCTION note_key_uses(key_ids bigint[], instants timestamptz[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO api_key_use AS u (api_key_id, owner_id, used_at)
        SELECT k.api_key_id, k.owner_id, told.used_at
        FROM unnest(key_ids, instants) AS told (api_key_id, used_at)
        JOIN api_key k USING (api_key_id)
        ORDER BY k.api_key_id
    ON CONFLICT (api_key_id) DO UPDATE SET used_at = EXCLUDED.used_at
        WHERE u.used_at < EXCLUDED.used_at;
END $$;

REVOKE EXECUTE ON FUNCTION note_key_uses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_key_uses TO genbo_app;
