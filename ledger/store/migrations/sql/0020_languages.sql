-- The language of what was spoken or written, where a report names it: performers consent to some.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE judgement
    ADD COLUMN language text CHECK (language ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$');
