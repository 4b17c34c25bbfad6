-- Recoup groups that change from a month on: their terms, and which grants are in them.

SET LOCAL search_path = public, pg_temp;

CREATE TABLE recoup_amendment (
    recoup_group_id bigint NOT NULL,
    version integer NOT NULL CHECK (version >= 2),  -- the first came with the license
    licensee_id bigint NOT NULL,
    effective_from date NOT NULL CHECK (extract(day FROM effective_from) = 1),
    crossing text NOT NULL CHECK (crossing IN ('single', 'cross', 'special')),
    clause_reference text NOT NULL CHECK (clause_reference <> ''),
    terms jsonb NOT NULL,  -- advances and guarantees, as they stand from then on
    recorded_by text NOT NULL CHECK (recorded_by <> ''),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (recoup_group_id, version),
    UNIQUE (recoup_group_id, effective_from),
    FOREIGN KEY (recoup_group_id, licensee_id)
        REFERENCES recoup_group (recoup_group_id, licensee_id)
);

CREATE TABLE recoup_amendment_source (
    recoup_group_id bigint NOT NULL,
    version integer NOT NULL,
    license_grant_id bigint NOT NULL,
    licensee_id bigint NOT NULL,
    position integer NOT NULL CHECK (position >= 0),
    PRIMARY KEY (recoup_group_id, version, license_grant_id),
    UNIQUE (recoup_group_id, version, position),
    FOREIGN KEY (recoup_group_id, version) REFERENCES recoup_amendment,
    FOREIGN KEY (license_grant_id, licensee_id)
        REFERENCES license_grant (license_grant_id, licensee_id)
);
CREATE INDEX recoup_amendment_source_of ON recoup_amendment_source (license_grant_id);

-- Of an advance or a guarantee: the version of the group that brought it.
ALTER TABLE prepayment ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE minimum_guarantee ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version > 0);

-- Which grants are in which groups: from the month of ``since`` on, and before that of ``until``.
CREATE VIEW recoup_member AS
    SELECT s.recoup_group_id, s.license_grant_id, s.position, 1 AS version,
           DATE '-infinity' AS since,
           coalesce((SELECT min(a.effective_from) FROM recoup_amendment a
                     WHERE a.recoup_group_id = s.recoup_group_id), DATE 'infinity') AS until
    FROM recoup_source s
    UNION ALL
    SELECT s.recoup_group_id, s.license_grant_id, s.position, a.version, a.effective_from,
           coalesce((SELECT min(later.effective_from) FROM recoup_amendment later
                     WHERE later.recoup_group_id = a.recoup_group_id
                       AND later.version > a.version), DATE 'infinity')
    FROM recoup_amendment a JOIN recoup_amendment_source s USING (recoup_group_id, version);
GRANT SELECT ON recoup_member TO genbo_app;

-- Nothing takes effect in a month that is closed, and versions follow each other.
CREATE FUNCTION check_recoup_amendment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE in_book bigint; before record;
BEGIN
    SELECT book_id INTO in_book FROM party WHERE party_id = NEW.licensee_id;
    PERFORM 1 FROM month_closing WHERE book_id = in_book AND month >= NEW.effective_from;
    IF FOUND THEN
        PERFORM refuse('month_closed', to_char(NEW.effective_from, 'YYYY-MM'));
    END IF;
    SELECT coalesce(max(version), 1) AS version, max(effective_from) AS effective_from INTO before
        FROM recoup_amendment
        WHERE recoup_group_id = NEW.recoup_group_id AND version <> NEW.version;
    IF NEW.version <> before.version + 1 OR NEW.effective_from <= before.effective_from THEN
        PERFORM refuse('recoup_terms_not_later', NEW.recoup_group_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER after_what_stands AFTER INSERT ON recoup_amendment FOR EACH ROW
    EXECUTE FUNCTION check_recoup_amendment();

-- A grant is in one group on any day, so that its earnings are set off once.
CREATE FUNCTION check_recoup_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE stray record;
BEGIN
    SELECT one.license_grant_id INTO stray
        FROM (SELECT DISTINCT license_grant_id FROM added) a
        JOIN recoup_member one USING (license_grant_id)
        JOIN recoup_member other ON other.license_grant_id = one.license_grant_id
                          AND other.recoup_group_id > one.recoup_group_id
                          AND other.since < one.until AND one.since < other.until
        LIMIT 1;
    IF FOUND THEN
        PERFORM refuse('grant_in_two_groups', stray.license_grant_id::text);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER in_one_group AFTER INSERT ON recoup_amendment_source
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_recoup_members();

-- An advance or a guarantee is part of its group, or of the version that brings it.
CREATE OR REPLACE FUNCTION refuse_late_prepayment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM added a
        LEFT JOIN recoup_group g ON g.recoup_group_id = a.recoup_group_id
                                AND a.closing_month IS NULL AND a.version = 1
        LEFT JOIN recoup_amendment m ON m.recoup_group_id = a.recoup_group_id
                                    AND a.closing_month IS NULL AND m.version = a.version
        LEFT JOIN recoupment c ON c.recoup_group_id = a.recoup_group_id
                              AND c.closing_month = a.closing_month
        WHERE is_of_this_transaction(coalesce(g.xmin, m.xmin, c.xmin)) IS NOT TRUE;
    IF FOUND THEN
        PERFORM refuse('late_part', 'prepayment of recoup_group');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_late_guarantee() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM 1 FROM added a
        LEFT JOIN recoup_group g ON g.recoup_group_id = a.recoup_group_id AND a.version = 1
        LEFT JOIN recoup_amendment m ON m.recoup_group_id = a.recoup_group_id
                                    AND m.version = a.version
        WHERE is_of_this_transaction(coalesce(g.xmin, m.xmin)) IS NOT TRUE;
    IF FOUND THEN
        PERFORM refuse('late_part', 'minimum_guarantee of recoup_group');
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER with_its_whole ON minimum_guarantee;
CREATE TRIGGER with_its_whole AFTER INSERT ON minimum_guarantee REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_guarantee();

CREATE TRIGGER with_its_whole AFTER INSERT ON recoup_amendment_source
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('recoup_amendment',
        'added.recoup_group_id = whole.recoup_group_id AND added.version = whole.version');

DO $$
DECLARE target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['recoup_amendment', 'recoup_amendment_source']::regclass[]
    LOOP
        PERFORM make_append_only(target);
        PERFORM grant_to_application(target);
    END LOOP;
END $$;
