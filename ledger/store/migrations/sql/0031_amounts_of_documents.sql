-- What a document comes to stands with its invoice or statement; whoever reads a document may
-- look for it by that, too.

SET LOCAL search_path = public, pg_temp;

SELECT let_owners_read('invoice', 'licensee_id = reading_party()');
SELECT let_owners_read('statement', 'owner_id = reading_party()');
