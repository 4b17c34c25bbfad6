"""Shares of revenue that leave a gap or contradict themselves, and how they are refused."""

from typing import Any

SHARE_AT = "licenses.0.grants.1.terms.revenue_share"
SHARE = "grants.1.terms.revenue_share"


def share(**changes: Any) -> dict[str, Any]:
    terms = {"percent": "18", "base": "net_revenue", "currency": "JPY", **changes}
    return {name: value for name, value in terms.items() if value is not None}


#: What is put in the place of a share, and how it is refused: by which code, naming what.
SHARES: list[tuple[str, Any, str, str | None]] = [
    (SHARE_AT, share(percent="100.01"), "percent_too_high", f"{SHARE}.percent"),
    (SHARE_AT, share(percent=0), "percent_of_nothing", f"{SHARE}.percent"),
    (SHARE_AT, {"percent": "18"}, "revenue_base_missing", f"{SHARE}.base"),
    (SHARE_AT, share(base="profit"), "word_not_known", f"{SHARE}.base"),
    (SHARE_AT, share(currency=None), "revenue_currency_missing", f"{SHARE}.currency"),
    (SHARE_AT, share(currency="QQQ"), "currency_unknown", f"{SHARE}.currency"),
    (SHARE_AT, share(currency="USD"), "exchange_not_agreed", f"{SHARE}.fx_source"),
    (SHARE_AT, share(currency="USD", fx_source="ecb"), "exchange_not_agreed", f"{SHARE}.fx_rule"),
    (SHARE_AT, share(fx_source="ecb"), "exchange_not_needed", f"{SHARE}.fx_source"),
    (
        SHARE_AT,
        share(currency="USD", fx_source="ecb", fx_rule="noon"),
        "word_not_known",
        f"{SHARE}.fx_rule",
    ),
    (
        SHARE_AT,
        share(currency="USD", fx_source="typo", fx_rule="average"),
        "fx_source_unknown",  # Nobody has entered rates of that name.
        f"{SHARE}.fx_source",
    ),
]
