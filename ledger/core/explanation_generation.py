"""
The explanation of one generation: what was decided, what it earned, and the proof that it counts.

What one generation earned is exact where the price of a unit does not depend on the others. Under
tiers a line knows where its counter stood before the month, not before each generation: when a
single rate applied to all of the month it is exact all the same, and otherwise it is the average
of its line, and says so. What floors, caps and minimums change is of the line as a whole.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from ledger.core.correction import Revision, State
from ledger.core.explanation_facts import GenerationFact, LineFact, ProofFact, TermsFact
from ledger.core.explanation_line import charge_step, terms_step
from ledger.core.explanation_tree import Given, Kind, Step, step
from ledger.core.money import exponent_of
from ledger.core.period import Month
from ledger.core.proof import chain_head, inclusion_proof, root_from_proof
from ledger.core.terms import UNIT_OF_BASIS, Basis, TierMode
from ledger.core.usage import ReportedGeneration

#: Decisions that are charged.
_CHARGED = frozenset({"accepted", "wind_down"})
#: The one rate of a month, when all of it fell into one tier.
_TIER = "tier"
#: Columns of a rate line whose terms look at an event as a whole, after its rate.
_EVENT_TERMS = frozenset({"event_floor_minor", "stacking_group", "stacking_group_id"})


def reference_of(licensee: str, *, batch_number: int, position: int) -> str:
    """
    Name a generation by its receipt, as an explanation does.

    >>> reference_of("studio-a", batch_number=12, position=3)
    'GEN-studio-a-12-3'
    """
    return f"GEN-{licensee}-{batch_number}-{position}"


def generation_step(fact: GenerationFact, *, only: Collection[str] | None = None) -> Step:
    """
    Return a generation as it counts now, what each subject earned, corrections and proofs.

    A rights holder sees ``only`` its own subjects, and not what the firm took in for the event.
    """
    first, standing = fact.history[0], fact.history[-1]
    state = standing.state
    return step(
        "generation",
        ("licensee", Kind.REFERENCE, fact.licensee),
        ("source", Kind.TEXT, fact.identity.source),
        ("id", Kind.TEXT, fact.identity.event_id),
        ("month", Kind.MONTH, Month.of_day(fact.identity.month)),
        *(() if state is None else _event(state.reported, is_whole=only is None)),
        ("decision", Kind.WORD, "void" if state is None else state.judgement.decision),
        ("reasons", Kind.TEXT, _reasons(state.judgement.reasons) if state else None),
        reference=reference_of(
            fact.licensee,
            batch_number=first.receipt.batch_number,
            position=first.receipt.position,
        ),
        steps=(
            *map(_correction, fact.history[1:]),
            *(() if state is None else _parts(fact, state, only)),
            *map(_proof, fact.proofs),
        ),
    )


def _event(reported: ReportedGeneration, *, is_whole: bool) -> Iterator[tuple[str, Kind, Given]]:
    yield ("occurred_at", Kind.INSTANT, reported.occurred_at)
    yield ("license", Kind.REFERENCE, reported.license_reference)
    yield ("use_class", Kind.WORD, reported.use_class)
    yield ("modality", Kind.WORD, reported.modality)
    yield ("quantity", Kind.QUANTITY, reported.quantity)
    yield ("unit", Kind.WORD, reported.unit)
    if is_whole:
        yield ("net_revenue", Kind.QUANTITY, reported.net_revenue)
    yield ("territory", Kind.TEXT, reported.territory)
    yield ("language", Kind.TEXT, reported.language)
    yield ("model", Kind.TEXT, reported.model)


def _correction(revision: Revision) -> Step:
    counted = revision.counted_month
    return step(
        "correction",
        ("revision", Kind.COUNT, revision.number),
        ("kind", Kind.WORD, revision.kind),
        ("reason", Kind.TEXT, revision.reason),
        ("recorded_at", Kind.INSTANT, revision.recorded_at),
        ("quantity", Kind.QUANTITY, revision.state.reported.quantity if revision.state else None),
        ("counted_in", Kind.MONTH, None if counted is None else Month.of_day(counted)),
    )


def _parts(fact: GenerationFact, state: State, only: Collection[str] | None) -> Iterator[Step]:
    for use, judged in zip(state.reported.subjects, state.judgement.lines, strict=True):
        if only is not None and use.reference not in only:
            continue
        rate_line_id = judged.rate_line_id or 0
        priced_by = fact.repriced.get(rate_line_id, rate_line_id)
        terms, replaced = fact.terms.get(priced_by), fact.terms.get(rate_line_id)
        lines = fact.lines.get((rate_line_id, judged.subject_id or 0), ())
        is_charged = terms is not None and judged.decision in _CHARGED
        yield step(
            "part",
            ("decision", Kind.WORD, judged.decision),
            ("reasons", Kind.TEXT, _reasons(judged.reasons)),
            ("weight", Kind.SHARE, use.weight_bp),
            reference=use.reference,
            steps=(
                None if terms is None else terms_step(terms),
                _replaced(replaced) if replaced and priced_by != rate_line_id else None,
                *(_worth(state.reported, terms, lines) if terms and is_charged else ()),
                *(_in_line(line) for line in lines if is_charged),
            ),
        )


def _replaced(terms: TermsFact) -> Step:
    """Name the terms that it was judged under, where later ones were agreed for its month."""
    return step(
        "terms_replaced",
        ("clause", Kind.TEXT, terms.clause),
        ("version", Kind.COUNT, terms.version),
        ("rate", Kind.RATE, Decimal(terms.rate_line["rate"])),
        reference=terms.license,
        currency=terms.currency,
    )


def _worth(
    reported: ReportedGeneration, terms: TermsFact, lines: Sequence[LineFact]
) -> Iterator[Step]:
    """
    Yield what the generation earned for a subject: exact, or the average of its line.

    An average is told where one line alone counts it, under the terms that price it now.
    """
    line = lines[0] if len(lines) == 1 and lines[0].terms == terms else None
    basis = Basis(terms.rate_line["basis"])
    quantity = reported.net_revenue if basis is Basis.PCT_REVENUE else reported.quantity
    if basis is Basis.FIXED_MONTH or quantity is None:
        return
    rate = _one_rate(terms, line)
    if rate is not None:
        per = UNIT_OF_BASIS[basis][1] if basis in UNIT_OF_BASIS else 1
        yield step(
            "worth_by_rate" if _has_event_terms(terms) else "worth_exact",
            ("quantity", Kind.QUANTITY, quantity),
            ("rate", Kind.RATE, rate),
            ("per", Kind.COUNT, None if per == 1 else per),
            ("exact", Kind.AMOUNT, Fraction(quantity) * Fraction(rate) * _minor(terms, per)),
            currency=terms.currency,
        )
    elif line is not None and line.quantity:
        yield step(
            "worth_average",
            ("quantity", Kind.QUANTITY, quantity),
            ("of_quantity", Kind.QUANTITY, line.quantity),
            ("of_exact", Kind.AMOUNT, line.exact),
            ("exact", Kind.AMOUNT, line.exact * Fraction(quantity) / Fraction(line.quantity)),
            currency=line.currency,
        )


def _has_event_terms(terms: TermsFact) -> bool:
    return any(terms.rate_line.get(name, "0") != "0" for name in _EVENT_TERMS)


def _reasons(reasons: Iterable[str]) -> str | None:
    return ", ".join(reasons) or None


def _minor(terms: TermsFact, per: int) -> Fraction:
    """Return what a unit at rate 1 is in minor units; revenue is told in major ones."""
    if terms.rate_line["basis"] == Basis.PCT_REVENUE:
        return Fraction(10 ** exponent_of(terms.currency), 100)
    return Fraction(1, per)


def _one_rate(terms: TermsFact, line: LineFact | None) -> Decimal | None:
    """Return the rate that a unit had, when it is the same for all units of the month."""
    mode = TierMode(terms.rate_line["tier_mode"])
    if mode is TierMode.NONE:
        return Decimal(terms.rate_line["rate"])
    if mode is not TierMode.MARGINAL or line is None:
        return None
    rates = {each["rate"] for each in line.steps if each["code"] == _TIER}
    return Decimal(rates.pop()) if len(rates) == 1 else None


def _in_line(line: LineFact) -> Step:
    return step(
        "in_line",
        ("generations", Kind.COUNT, line.generation_count),
        ("quantity", Kind.QUANTITY, line.quantity),
        ("counter_before", Kind.QUANTITY, line.counter_before),
        ("invoice", Kind.REFERENCE, line.billed.invoice if line.billed else None),
        reference=line.reference,
        currency=line.currency,
        steps=(charge_step(line),),
    )


def _proof(fact: ProofFact) -> Step:
    """Return where something stands in its log, the path to the root, and if it leads there."""
    leaf, size = fact.leaves[fact.position], len(fact.leaves)
    path = inclusion_proof(fact.leaves, fact.position)
    root = root_from_proof(leaf=leaf, index=fact.position, size=size, proof=path)
    head = chain_head(
        previous=fact.previous_head, number=fact.batch_number, count=size, root=fact.root
    )
    return step(
        "proof",
        ("batch", Kind.COUNT, fact.batch_number),
        ("position", Kind.COUNT, fact.position),
        ("size", Kind.COUNT, size),
        ("recorded_at", Kind.INSTANT, fact.recorded_at),
        ("leaf", Kind.HASH, leaf),
        *(("sibling", Kind.HASH, sibling) for sibling in path),
        ("root", Kind.HASH, fact.root),
        ("previous_head", Kind.HASH, fact.previous_head),
        ("head", Kind.HASH, fact.head),
        ("holds", Kind.WORD, "yes" if (root, head) == (fact.root, fact.head) else "no"),
    )
