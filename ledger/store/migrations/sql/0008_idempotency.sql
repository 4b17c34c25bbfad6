-- Requests that carry a key of their own, so that sending one again does not do it again. A row
-- is claimed before the request is carried out, marked by the very transaction that does so, and
-- keeps the answer afterwards. It is no record of the book: it is moved by the functions below
-- only, and removed after thirty days.

SET LOCAL search_path = public, pg_temp;

CREATE TABLE idempotency_key (
    owner_id bigint NOT NULL REFERENCES party,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    claim integer NOT NULL CHECK (claim > 0),  -- how many times it was claimed
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),  -- of method, address and body
    claimed_at timestamptz NOT NULL,
    carried_out_at timestamptz,
    answered_at timestamptz,
    status integer,
    media_type text,
    answer bytea,  -- without what is shown once
    PRIMARY KEY (owner_id, key),
    CHECK ((answered_at IS NULL) = (status IS NULL)),
    CHECK ((status IS NULL) = (answer IS NULL))
);
CREATE INDEX idempotency_key_age ON idempotency_key (claimed_at);
GRANT SELECT ON idempotency_key TO genbo_app;

-- Says what became of a key: 'claimed' (now, by the caller), 'differs' (it is another request's),
-- 'answered', 'in_flight', or 'lost' (carried out, and nobody was left to write the answer down).
-- A claim that carried nothing out by expired_by is taken over.
CREATE FUNCTION claim_idempotency_key(
    of_owner bigint, named text, of_request bytea, at timestamptz, expired_by timestamptz
) RETURNS TABLE (outcome text, claim_number integer, known idempotency_key)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    found_key idempotency_key;
BEGIN
    INSERT INTO idempotency_key (owner_id, key, claim, fingerprint, claimed_at)
        VALUES (of_owner, named, 1, of_request, at) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN QUERY SELECT 'claimed', 1, NULL::idempotency_key;
        RETURN;
    END IF;
    SELECT * INTO found_key FROM idempotency_key k WHERE k.owner_id = of_owner AND k.key = named;
    IF found_key.answered_at IS NULL AND found_key.claimed_at <= expired_by THEN
        -- Whoever is still at work on it is waited for, and then seen to have carried it out.
        UPDATE idempotency_key k SET claim = k.claim + 1, claimed_at = at
            WHERE k.owner_id = of_owner AND k.key = named AND k.claim = found_key.claim
              AND k.carried_out_at IS NULL AND k.fingerprint = of_request
            RETURNING * INTO found_key;
        IF FOUND THEN
            RETURN QUERY SELECT 'claimed', found_key.claim, NULL::idempotency_key;
            RETURN;
        END IF;
        SELECT * INTO found_key FROM idempotency_key k
            WHERE k.owner_id = of_owner AND k.key = named;
    END IF;
    RETURN QUERY SELECT
        CASE WHEN found_key.key IS NULL THEN 'in_flight'  -- Let go of this very moment.
             WHEN found_key.fingerprint <> of_request THEN 'differs'
             WHEN found_key.answered_at IS NOT NULL THEN 'answered'
             WHEN found_key.carried_out_at IS NOT NULL
                  AND found_key.claimed_at <= expired_by THEN 'lost'
             ELSE 'in_flight' END,
        found_key.claim, found_key;
END $$;

-- The last word of a transaction that carries a request out; one that wrote nothing says nothing.
CREATE FUNCTION mark_idempotency_key(
    of_owner bigint, named text, claim_number integer, at timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF pg_current_xact_id_if_assigned() IS NULL THEN
        RETURN;
    END IF;
    UPDATE idempotency_key SET carried_out_at = at
        WHERE owner_id = of_owner AND key = named AND claim = claim_number;
    IF NOT FOUND THEN
        PERFORM refuse('idempotency_claim_lost', named);
    END IF;
END $$;

CREATE FUNCTION answer_idempotency_key(
    of_owner bigint, named text, claim_number integer, at timestamptz,
    with_status integer, of_media_type text, with_answer bytea
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE idempotency_key
        SET answered_at = at, status = with_status, media_type = of_media_type,
            answer = with_answer
        WHERE owner_id = of_owner AND key = named AND claim = claim_number;
$$;

-- Frees a key whose request was refused; one that was carried out all the same is kept.
CREATE FUNCTION release_idempotency_key(of_owner bigint, named text, claim_number integer)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DELETE FROM idempotency_key
        WHERE owner_id = of_owner AND key = named AND claim = claim_number
          AND carried_out_at IS NULL;
$$;

CREATE FUNCTION forget_idempotency_keys(claimed_before timestamptz, count_max integer)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH gone AS (
        DELETE FROM idempotency_key WHERE (owner_id, key) IN (
            SELECT owner_id, key FROM idempotency_key WHERE claimed_at < claimed_before
            ORDER BY claimed_at LIMIT count_max FOR UPDATE SKIP LOCKED)
        RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;

DO $$
DECLARE target regprocedure;
BEGIN
    FOREACH target IN ARRAY ARRAY[
        'claim_idempotency_key(bigint,text,bytea,timestamptz,timestamptz)'::regprocedure,
        'mark_idempotency_key(bigint,text,integer,timestamptz)',
        'answer_idempotency_key(bigint,text,integer,timestamptz,integer,text,bytea)',
        'release_idempotency_key(bigint,text,integer)',
        'forget_idempotency_keys(timestamptz,integer)']
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', target);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO genbo_app', target);
    END LOOP;
END $$;
