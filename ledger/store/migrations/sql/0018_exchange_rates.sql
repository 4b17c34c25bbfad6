-- Exchange rates as they were published. One that is there is never another.

SET LOCAL search_path = public, pg_temp;

CREATE TABLE fx_rate (
    book_id bigint NOT NULL REFERENCES book,
    source text NOT NULL CHECK (source <> ''),
    on_day date NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    into_currency text NOT NULL CHECK (into_currency ~ '^[A-Z]{3}$' AND into_currency <> currency),
    rate numeric NOT NULL CHECK (rate > 0 AND rate < 'Infinity'),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (book_id, source, on_day, currency, into_currency)
);

SELECT make_append_only('fx_rate');
SELECT grant_to_application('fx_rate');
