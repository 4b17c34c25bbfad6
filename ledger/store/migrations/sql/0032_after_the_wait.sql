-- A query sees the book as it stood when it began, also after it has waited for a lock. A volatile
-- function looks anew for each query in it: called after lock_log, it sees what was written by
-- whoever was waited for.
CREATE FUNCTION clocks(in_book bigint)
RETURNS TABLE (terms_version bigint, last_closed_month date)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN QUERY SELECT
        (SELECT c.version FROM terms_clock c WHERE c.book_id = in_book),
        (SELECT max(m.month) FROM month_closing m WHERE m.book_id = in_book);
END $$;
REVOKE EXECUTE ON FUNCTION clocks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clocks TO genbo_app;
