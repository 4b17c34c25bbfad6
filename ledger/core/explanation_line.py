"""
The explanation of a royalty line: the clause, the rate, the counter, each product, the rounding.

Everything is as it was computed when the month was closed; nothing is worked out again.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

from ledger.core.explanation_facts import LineFact, Record, TermsFact
from ledger.core.explanation_revenue import comparison_step
from ledger.core.explanation_tree import Kind, Step, of_record, step
from ledger.core.period import Month
from ledger.core.terms import UNIT_OF_BASIS, Basis
from ledger.core.top_up import Comparison

#: Columns of a rate line that say where it stands, not what it costs.
_KEYS = frozenset({"rate_line_id", "terms_version_id", "licensee_id", "position", "rate"})
#: Columns that hold one of a set of words.
_WORDS = (
    *("basis", "tier_mode", "counter_scope", "modality", "use_class"),
    "stacking_allocation",
)
#: What has no effect is not shown.
_NO_EFFECT = frozenset({"0", "", "none"})


def line_step(fact: LineFact, *, following: Iterable[Step] = ()) -> Step:
    """Return a line with its terms, usage and charge, and the steps that ``following`` has."""
    return step(
        "line",
        ("subject", Kind.REFERENCE, fact.subject),
        ("title_ja", Kind.TEXT, fact.title_ja),
        ("title_en", Kind.TEXT, fact.title_en),
        ("licensee", Kind.REFERENCE, fact.licensee),
        ("holder", Kind.REFERENCE, fact.holder),
        ("month", Kind.MONTH, Month.of_day(fact.month)),
        ("closing_month", Kind.MONTH, Month.of_day(fact.closing_month)),
        ("amount", Kind.AMOUNT, fact.amount_minor),
        reference=fact.reference,
        currency=fact.currency,
        steps=(
            *_source_steps(fact),
            charge_step(fact),
            *_others_of_same_use(fact),
            *following,
        ),
    )


def terms_step(terms: TermsFact) -> Step:
    """Return the clause, its version, and the line of the rate card with its tiers."""
    basis = Basis(terms.rate_line["basis"])
    has_tiers = bool(terms.tiers)
    words = [name for name in _WORDS if has_tiers or name != "counter_scope"]
    more = {
        name: text
        for name, text in terms.rate_line.items()
        if name not in _KEYS.union(_WORDS) and text not in _NO_EFFECT
    }
    return step(
        "terms",
        ("clause", Kind.TEXT, terms.clause),
        ("version", Kind.COUNT, terms.version),
        ("effective_from", Kind.INSTANT, terms.effective_from),
        ("recognition", Kind.WORD, terms.recognition),
        ("rate", Kind.RATE, Decimal(terms.rate_line["rate"])),
        ("per", Kind.COUNT, _per(basis)),
        *((name, Kind.WORD, terms.rate_line.get(name)) for name in words),
        *of_record(more),
        reference=terms.license,
        currency=terms.currency,
        steps=(
            step("tier_of_card", ("up_to", Kind.QUANTITY, up_to), ("rate", Kind.RATE, rate))
            for up_to, rate in terms.tiers
        ),
    )


def _source_steps(fact: LineFact) -> tuple[Step, ...]:
    """Return what a line is charged for: use at a rate, or what it lacks to a share of revenue."""
    if fact.compared is None:
        return (terms_step(fact.terms), _usage_step(fact))
    return (_share_step(fact.terms, fact.compared), comparison_step(fact.compared))


def _share_step(terms: TermsFact, compared: Comparison) -> Step:
    """Return the clause of a top-up, and the share that it names."""
    return step(
        "terms",
        ("clause", Kind.TEXT, terms.clause),
        ("version", Kind.COUNT, terms.version),
        ("effective_from", Kind.INSTANT, terms.effective_from),
        ("recognition", Kind.WORD, terms.recognition),
        ("percent", Kind.QUANTITY, compared.percent),
        ("base", Kind.WORD, compared.base),
        reference=terms.license,
        currency=terms.currency,
    )


def charge_step(fact: LineFact) -> Step:
    """Return every product and limit of a line, their exact sum, and its one rounding."""
    per = _per(Basis(fact.terms.rate_line["basis"]))
    return step(
        "charge",
        ("exact", Kind.AMOUNT, fact.exact),
        ("rounding", Kind.WORD, fact.rounding),
        ("residual", Kind.AMOUNT, fact.exact - fact.amount_minor),
        ("amount", Kind.AMOUNT, fact.amount_minor),
        steps=(_product(each, per) for each in fact.steps),
    )


def _per(basis: Basis) -> int | None:
    """Return how many of the unit one rate buys, where it is not one."""
    if basis not in UNIT_OF_BASIS:
        return None
    count = UNIT_OF_BASIS[basis][1]
    return None if count == 1 else count


def _product(record: Record, per: int | None) -> Step:
    has_quantity = record.get("quantity") is not None and record.get("rate") is not None
    return step(
        str(record["code"]),
        ("quantity", Kind.QUANTITY, record.get("quantity")),
        ("rate", Kind.RATE, record.get("rate")),
        ("per", Kind.COUNT, per if has_quantity and record["code"] in _BY_UNIT else None),
        ("exact", Kind.AMOUNT, Fraction(record["exact"])),
        *of_record(record, leaving_out=("code", "quantity", "rate", "exact")),
    )


#: The products of a quantity and what a number of its units costs.
_BY_UNIT = frozenset({"unit", "tier", "whole_volume", "billed_before", "charged_before"})


def _usage_step(fact: LineFact) -> Step:
    return step(
        "usage",
        ("generations", Kind.COUNT, fact.generation_count),
        ("quantity", Kind.QUANTITY, fact.quantity),
        ("counter_before", Kind.QUANTITY, fact.counter_before),
        ("batches", Kind.COUNT, fact.batch_count),
        ("first_batch", Kind.COUNT, fact.first_batch),
        ("last_batch", Kind.COUNT, fact.last_batch),
        ("closed_at", Kind.INSTANT, fact.closed_at),
        ("input_sha256", Kind.HASH, fact.input_hash),
    )


def _others_of_same_use(fact: LineFact) -> Iterator[Step]:
    """Name the lines that this one adjusts, and those that adjust it."""
    for reference, closing, amount in fact.of_same_use:
        yield step(
            "adjusts" if closing < fact.closing_month else "adjusted_by",
            ("closing_month", Kind.MONTH, Month.of_day(closing)),
            ("amount", Kind.AMOUNT, amount),
            reference=reference,
        )
