"""Contracts that contradict themselves: what is changed in one that holds, and what is told."""

import copy
from datetime import UTC, date, datetime
from typing import Any

from tests.api.contradicting_shares import SHARES

FIRST = datetime(2026, 4, 1, tzinfo=UTC)
LAST = datetime(2027, 4, 1, tzinfo=UTC)
BEFORE, AFTER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)

LINE = {"basis": "per_image", "rate": "12"}
TIER = {"rate": "10"}
STACKED = [{"group": "cast", "cap_minor": 1_500, "allocation": "equal"}]
ADVANCE = {
    "reference": "signature",
    "kind": "guaranteed",
    "amount_minor": 4_000_000,
    "due_on": date(2026, 4, 1),
}
GUARANTEE: dict[str, Any] = {
    "reference": "year",
    "starts_on": date(2026, 4, 1),
    "checkpoints": [{"due_on": date(2027, 3, 31), "target_minor": 12_000_000}],
}
GROUP = {"reference": "both", "crossing": "cross", "grants": [0, 1]}


def _grant(work: str) -> dict[str, Any]:
    terms = {"effective_from": FIRST, "clause_reference": f"5-{work}", "rate_lines": [{**LINE}]}
    return {
        "subjects": [work],
        "modalities": ["image"],
        "use_classes": ["generation"],
        "terms": terms,
    }


WORLD: dict[str, Any] = {
    "licenses": [
        {
            "reference": "LIC-1",
            "licensee": "studio-a",
            "starts_at": FIRST,
            "ends_at": LAST,
            "signed_on": date(2026, 3, 15),
            "grants": [_grant("novel"), _grant("comic")],
        }
    ]
}
COMMITTEE: dict[str, Any] = {
    "party": {
        "reference": "kaze-committee",
        "role": "rights_holder",
        "kind": "committee",
        "name_ja": "風の町製作委員会",
        "name_en": "Kaze Committee",
        "name_kana": "カゼ",
    },
    "preset": "fees_first",
    "effective_from": {"year": 2026, "month": 4},
    "steps": [
        {"kind": "fee", "category": "window_fee", "payee": "hoshino", "rate_bp": 1_500},
        {"kind": "royalty", "category": "original", "payee": "hoshino", "rate_bp": 500},
    ],
    "members": [["hoshino", 60], ["minami", 40]],
}
CONSENT: dict[str, Any] = {
    "reference": "CON-1",
    "subject": "koe",
    "performer": "Minami Hikari",
    "use_classes": ["voice_synthesis"],
    "given_on": date(2026, 4, 1),
    "notice_period_days": 30,
}

GRANT_AT = "licenses.0.grants.1"
LINE_AT = f"{GRANT_AT}.terms.rate_lines.0"
QUOTA_AT = f"{GRANT_AT}.quota"
GROUPS = "licenses.0.recoup_groups"
_STEPS = "committees.0.steps"


def quota(**changes: Any) -> dict[str, Any]:
    return {"units": 100, "period": "month", "on_exceed": "hold", **changes}


def tiers(*bounds: int | None, **line: Any) -> dict[str, Any]:
    """Return a line with tiers up to some bounds; None is an open end."""
    each = [TIER if bound is None else {**TIER, "up_to": bound} for bound in bounds]
    return {**LINE, "tier_mode": "marginal", "tiers": each, **line}


def group(**changes: Any) -> list[dict[str, Any]]:
    return [{**GROUP, **changes}]


#: What is put where, and how it is refused: by which code, and which clause is named.
CONTRADICTIONS: list[tuple[str, Any, str, str | None]] = [
    # Tiers: they follow one another without overlap or gap, and the last one is open.
    (LINE_AT, tiers(100, 100, None), "tiers_wrong", "grants.1.terms.rate_lines.0.tiers"),
    (LINE_AT, tiers(500, 100, None), "tiers_wrong", "grants.1.terms.rate_lines.0.tiers"),
    (LINE_AT, tiers(100, 500), "tiers_wrong", "grants.1.terms.rate_lines.0.tiers"),
    (LINE_AT, tiers(100, None, None), "tiers_wrong", "grants.1.terms.rate_lines.0.tiers"),
    (LINE_AT, tiers(0, None), "tiers_wrong", "grants.1.terms.rate_lines.0.tiers"),
    (LINE_AT, tiers(), "tiers_wrong", "grants.1.terms.rate_lines.0.tiers"),
    (LINE_AT, tiers(9, None, tier_mode="none"), "tiers_wrong", "grants.1.terms.rate_lines.0.tiers"),
    (LINE_AT, tiers(None, basis="fixed_month"), "tiers_wrong", "grants.1.terms.rate_lines.0.tiers"),
    (
        LINE_AT,
        {**tiers(), "tiers": [{"rate": "20", "up_to": 9}, TIER], "tier_mode": "package"},
        "tiers_wrong",  # A larger package would cost less.
        "grants.1.terms.rate_lines.0.tiers",
    ),
    # Rates, percentages, floors and caps.
    (f"{LINE_AT}.rate", "-1", "rate_negative", "grants.1.terms.rate_lines.0.rate"),
    (
        LINE_AT,
        {"basis": "pct_revenue", "rate": "100.01"},
        "percent_too_high",
        "grants.1.terms.rate_lines.0.rate",
    ),
    (
        LINE_AT,
        {"basis": "fixed_month", "rate": "0.5"},
        "fixed_fee_not_whole",
        "grants.1.terms.rate_lines.0.rate",
    ),
    (f"{LINE_AT}.basis", "percent", "word_not_known", "grants.1.terms.rate_lines.0.basis"),
    (
        LINE_AT,
        {**LINE, "minimum_minor": 1_000, "cap_minor": 999},
        "cap_wrong",
        "grants.1.terms.rate_lines.0.cap_minor",
    ),
    (
        LINE_AT,
        {"basis": "fixed_month", "rate": "1000", "cap_minor": 2_000},
        "cap_wrong",
        "grants.1.terms.rate_lines.0.cap_minor",
    ),
    (
        LINE_AT,
        {**LINE, "event_floor_minor": "1000.5", "cap_minor": 1_000},
        "floor_above_cap",
        "grants.1.terms.rate_lines.0.event_floor_minor",
    ),
    (
        f"{GRANT_AT}.terms",
        {
            **_grant("comic")["terms"],
            "stacking_groups": STACKED,
            "rate_lines": [{**LINE, "stacking_group": "cast", "event_floor_minor": 1_501}],
        },
        "floor_above_cap",
        "grants.1.terms.rate_lines.0.event_floor_minor",
    ),
    (
        LINE_AT,
        tiers(9, None, event_floor_minor="1"),
        "event_terms_wrong",
        "grants.1.terms.rate_lines.0.event_floor_minor",
    ),
    (
        LINE_AT,  # Pictures have no turns.
        {"basis": "per_turn", "rate": "12", "modality": "image"},
        "counting_wrong",
        "grants.1.terms.rate_lines.0.basis",
    ),
    (
        f"{GRANT_AT}.terms.rate_lines",  # One session would be 3 royalty events, or 10.
        [{"basis": "per_citation", "rate": "12"}, {"basis": "per_turn", "rate": "1"}],
        "counting_wrong",
        "grants.1.terms.rate_lines.1.basis",
    ),
    (
        f"{LINE_AT}.stacking_group",
        "cast",
        "stacking_group_unknown",
        "grants.1.terms.rate_lines.0.stacking_group",
    ),
    (
        f"{GRANT_AT}.terms.stacking_groups",
        STACKED,
        "stacking_group_unused",
        "grants.1.terms.stacking_groups.0.group",
    ),
    (f"{GRANT_AT}.terms.rate_lines", [], "list_empty", "grants.1.terms.rate_lines"),
    # A share of revenue: of what, in which currency, exchanged how.
    *SHARES,
    # Dates that cross.
    ("licenses.0.ends_at", FIRST, "ends_before_it_starts", "ends_at"),
    (f"{GRANT_AT}.ends_at", FIRST, "ends_before_it_starts", "grants.1.ends_at"),
    (f"{GRANT_AT}.starts_at", BEFORE, "grant_outside_license", "grants.1.starts_at"),
    (f"{GRANT_AT}.ends_at", AFTER, "grant_outside_license", "grants.1.ends_at"),
    (
        f"{GRANT_AT}.terms.effective_from",
        LAST,
        "terms_outside_grant",
        "grants.1.terms.effective_from",
    ),
    (
        "later_terms",
        [{"license": "LIC-1", "grant": 0, "terms": _grant("novel")["terms"]}],
        "version_not_later",
        "terms.effective_from",
    ),
    (
        "later_terms",
        [
            {
                "license": "LIC-1",
                "grant": 0,
                "terms": {**_grant("novel")["terms"], "effective_from": LAST},
            }
        ],
        "terms_outside_grant",
        "terms.effective_from",
    ),
    ("licenses.0.wind_down_days", -1, "number_out_of_range", "wind_down_days"),
    # Quotas.
    (QUOTA_AT, quota(units=0), "quota_contradicts", "grants.1.quota.units"),
    (QUOTA_AT, quota(on_exceed="overage"), "quota_contradicts", "grants.1.quota.overage_rate"),
    (QUOTA_AT, quota(overage_rate="9"), "quota_contradicts", "grants.1.quota.overage_rate"),
    (QUOTA_AT, quota(period="week"), "word_not_known", "grants.1.quota.period"),
    (QUOTA_AT, {"units": 1, "on_exceed": "hold"}, "world_file_wrong", f"{QUOTA_AT}.period"),
    (QUOTA_AT, quota(unit="frame"), "word_not_known", "grants.1.quota.unit"),
    (f"{GRANT_AT}.claim_multiple", "0.5", "number_out_of_range", "grants.1.claim_multiple"),
    # Advances, guarantees and their groups.
    (
        GROUPS,
        group(guarantees=[{**GUARANTEE, "checkpoints": []}]),
        "guarantee_without_checkpoint",
        "recoup_groups.0.guarantees.0.checkpoints",
    ),
    (
        GROUPS,
        group(guarantees=[{**GUARANTEE, "checkpoints": GUARANTEE["checkpoints"] * 2}]),
        "checkpoints_do_not_rise",
        "recoup_groups.0.guarantees.0.checkpoints",
    ),
    (
        GROUPS,
        group(guarantees=[{**GUARANTEE, "starts_on": date(2027, 4, 1)}]),
        "checkpoints_do_not_rise",
        "recoup_groups.0.guarantees.0.checkpoints",
    ),
    (
        GROUPS,
        group(guarantees=[{**GUARANTEE, "grants": [0]}]),
        "recouping_contradicts",
        "recoup_groups.0.guarantees.0.grants",
    ),
    (
        GROUPS,
        group(advances=[{**ADVANCE, "amount_minor": 0}]),
        "recoup_value_out_of_range",
        "recoup_groups.0.advances.0.amount_minor",
    ),
    (
        GROUPS,
        group(
            crossing="special",
            advances=[{**ADVANCE, "recouped_from": [{"grant": 0, "share_bp": 10_001}]}],
        ),
        "recoup_value_out_of_range",
        "recoup_groups.0.advances.0.share_bp",
    ),
    (
        GROUPS,
        group(advances=[{**ADVANCE, "recouped_from": [{"grant": 0}]}]),
        "recouping_contradicts",
        "recoup_groups.0.advances.0.recouped_from",
    ),
    (
        GROUPS,
        group(crossing="single", advances=[ADVANCE]),
        "recouping_contradicts",
        "recoup_groups.0.advances.0.recouped_from",
    ),
    (
        GROUPS,
        group(advances=[{**ADVANCE, "counts_toward": "year"}]),
        "guarantee_unknown",
        "recoup_groups.0.advances.0.counts_toward",
    ),
    (GROUPS, group(advances=[ADVANCE, ADVANCE]), "recoup_listed_twice", "recoup_groups.0.grants"),
    (GROUPS, group(grants=[]), "recoup_listed_twice", "recoup_groups.0.grants"),
    (GROUPS, group(grants=[0, 2]), "recoup_grant_unknown", "recoup_groups.0.grants"),
    (
        GROUPS,
        [*group(), *group(reference="other", grants=[1])],
        "grant_in_two_groups",
        "recoup_groups.0.grants",
    ),
    (
        GROUPS,
        [*group(grants=[0]), *group(grants=[1])],
        "reference_taken",
        "recoup_groups.1.reference",
    ),
    # A committee's waterfall.
    (f"{_STEPS}.1.rate_bp", 10_001, "waterfall_value_out_of_range", "rate_bp"),
    (
        f"{_STEPS}.1.amount_minor",
        1_000,
        "waterfall_rate_or_amount_is_needed",
        "rate_bp",
    ),
    (f"{_STEPS}.1.rate_bp", None, "waterfall_rate_or_amount_is_needed", "rate_bp"),
    (
        f"{_STEPS}.0",
        {"kind": "royalty", "category": "music", "payee": "minami", "rate_bp": 9_501},
        "waterfall_rates_exceed_the_whole",  # 95.01 % and 5 % of one base.
        "steps",
    ),
    (
        f"{_STEPS}.1.passes",
        [["minami", 6_000], ["studio-a", 4_001]],
        "waterfall_value_out_of_range",
        "passes",
    ),
    ("committees.0.members", [["hoshino", 1], ["hoshino", 1]], "waterfall_listed_twice", None),
    ("committees.0.members", [["hoshino", 0]], "number_out_of_range", "members.0.share"),
    # A consent.
    ("consents.0.use_classes", [], "list_empty", "use_classes"),
    ("consents.0.notice_period_days", -1, "number_out_of_range", "notice_period_days"),
]


def world_with(place: str, value: Any) -> dict[str, Any]:
    """Return the world with one thing put in its place, and with what that is a part of."""
    world = copy.deepcopy(WORLD)
    first, _, rest = place.partition(".")
    if first in ("committees", "consents"):
        world = {first: [copy.deepcopy(COMMITTEE if first == "committees" else CONSENT)]}
    if not rest:
        return {**world, first: value}
    part: Any = world[first]
    *way, last = rest.split(".")
    for name in way:
        part = part[int(name)] if name.isdecimal() else part[name]
    part[int(last) if last.isdecimal() else last] = value
    return world
