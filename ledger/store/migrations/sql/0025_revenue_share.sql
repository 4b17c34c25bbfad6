-- A share of a month's revenue, which the units of a grant at least come to: as terms say it, as
-- firms report the revenue, and as closings compared the two.

SET LOCAL search_path = public, pg_temp;

ALTER TABLE terms_version
    ADD COLUMN revenue_percent numeric
        CHECK (revenue_percent > 0 AND revenue_percent <= 100 AND revenue_percent < 'Infinity'),
    ADD COLUMN revenue_base text CHECK (revenue_base IN ('net_revenue', 'gross_revenue')),
    ADD COLUMN revenue_currency text CHECK (revenue_currency ~ '^[A-Z]{3}$'),
    ADD COLUMN fx_source text CHECK (fx_source <> ''),
    ADD COLUMN fx_rule text CHECK (fx_rule IN ('first_day', 'last_day', 'average')),
    ADD CHECK (num_nonnulls(revenue_percent, revenue_base, revenue_currency) IN (0, 3)),
    -- Rates are agreed exactly where the revenue is in another currency.
    ADD CHECK (num_nonnulls(fx_source, fx_rule)
               = CASE WHEN revenue_currency <> currency THEN 2 ELSE 0 END);

-- What a firm says that it took in under a grant in a month. The latest version counts.
CREATE TABLE revenue_report (
    licensee_id bigint NOT NULL,
    license_grant_id bigint NOT NULL,
    month date NOT NULL CHECK (month = date_trunc('month', month)::date),
    version integer NOT NULL CHECK (version > 0),
    book_id bigint NOT NULL,
    counted_month date NOT NULL CHECK (counted_month = date_trunc('month', counted_month)::date),
    amount numeric NOT NULL CHECK (amount >= 0 AND amount < 'Infinity'),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reported_at timestamptz NOT NULL,
    reported_by text NOT NULL CHECK (reported_by <> ''),
    PRIMARY KEY (licensee_id, license_grant_id, month, version),
    FOREIGN KEY (license_grant_id, licensee_id)
        REFERENCES license_grant (license_grant_id, licensee_id),
    FOREIGN KEY (licensee_id, book_id) REFERENCES party (party_id, book_id),
    CHECK (counted_month >= month)
);
CREATE INDEX revenue_report_counted ON revenue_report (book_id, counted_month);

-- Versions follow one another, and each is counted by a closing that is still to come: that of
-- its month, or when this is closed, the next one.
CREATE FUNCTION check_revenue_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE closed date;
BEGIN
    PERFORM lock_declaring(NEW.book_id, NEW.licensee_id, NEW.counted_month);
    SELECT max(month) INTO closed FROM month_closing WHERE book_id = NEW.book_id;
    IF NEW.counted_month <= closed THEN
        PERFORM refuse('month_closed', to_char(NEW.counted_month, 'YYYY-MM'));
    END IF;
    IF NEW.counted_month > NEW.month
       AND NEW.counted_month IS DISTINCT FROM (closed + interval '1 month')::date THEN
        PERFORM refuse('month_not_closed', to_char(NEW.month, 'YYYY-MM'));
    END IF;
    IF NEW.version <> 1 + (SELECT count(*) FROM revenue_report r
                           WHERE r.licensee_id = NEW.licensee_id AND r.month = NEW.month
                             AND r.license_grant_id = NEW.license_grant_id) THEN
        PERFORM refuse('revenue_version_missing', NEW.version::text);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_order BEFORE INSERT ON revenue_report
    FOR EACH ROW EXECUTE FUNCTION check_revenue_report();

-- How a closing compared the units of a grant's month with its share of revenue, and with what.
CREATE TABLE revenue_comparison (
    book_id bigint NOT NULL,
    closing_month date NOT NULL,
    license_grant_id bigint NOT NULL,
    accrual_month date NOT NULL,
    licensee_id bigint NOT NULL,
    terms_version_id bigint NOT NULL,
    percent numeric NOT NULL CHECK (percent > 0 AND percent < 'Infinity'),
    base text NOT NULL,
    currency text NOT NULL,
    rounding text NOT NULL,
    per_unit_minor bigint NOT NULL,
    revenue_version integer,
    revenue numeric CHECK (revenue >= 0 AND revenue < 'Infinity'),
    revenue_currency text NOT NULL,
    fx_source text,
    fx_rule text,
    fx_asked_on date,
    fx_rate text,  -- a whole number or a fraction a/b
    fx_used jsonb NOT NULL,  -- the published rates it follows from
    share_exact text,  -- a whole number or a fraction a/b of minor units
    top_up_minor bigint CHECK (top_up_minor >= 0),
    hold text CHECK (hold IN ('revenue_unknown', 'exchange_rate_unknown')),
    PRIMARY KEY (book_id, closing_month, license_grant_id, accrual_month),
    FOREIGN KEY (book_id, closing_month) REFERENCES month_closing,
    FOREIGN KEY (license_grant_id, licensee_id)
        REFERENCES license_grant (license_grant_id, licensee_id),
    FOREIGN KEY (terms_version_id, licensee_id)
        REFERENCES terms_version (terms_version_id, licensee_id),
    FOREIGN KEY (licensee_id, license_grant_id, accrual_month, revenue_version)
        REFERENCES revenue_report,
    CHECK (closing_month >= accrual_month),
    CHECK ((revenue IS NULL) = (revenue_version IS NULL)),
    CHECK (num_nonnulls(fx_asked_on, fx_rate) IN (0, 2)),
    -- Unknown is held, and never nothing.
    CHECK ((hold IS NULL) = (top_up_minor IS NOT NULL)),
    CHECK ((hold IS NULL) = (share_exact IS NOT NULL)),
    CHECK (hold IS NOT NULL OR revenue IS NOT NULL)
);
CREATE INDEX revenue_comparison_of ON revenue_comparison (license_grant_id, accrual_month);

DO $$
DECLARE target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['revenue_report', 'revenue_comparison'] LOOP
        PERFORM make_append_only(target);
        PERFORM grant_to_application(target);
    END LOOP;
END $$;
CREATE TRIGGER with_its_whole AFTER INSERT ON revenue_comparison
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_late_part('month_closing',
        'added.book_id = whole.book_id AND added.closing_month = whole.month');

-- A top-up is for a month's own closing, or a later one's.
DO $$
DECLARE guard name;
BEGIN
    FOR guard IN
        SELECT conname FROM pg_constraint
        WHERE conrelid = 'royalty_line'::regclass AND contype = 'c'
          AND pg_get_constraintdef(oid) LIKE '%cause%'
    LOOP
        EXECUTE format('ALTER TABLE royalty_line DROP CONSTRAINT %I', guard);
    END LOOP;
END $$;
ALTER TABLE royalty_line
    ADD CHECK (cause IN ('use', 'late', 'retro', 'late_retro', 'revenue_share')),
    ADD CHECK (cause = 'revenue_share' OR (cause = 'use') = (closing_month = accrual_month));
