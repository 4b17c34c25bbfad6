"""
How money is divided and paid, explained: the fee, the waterfall, the statement, the payout.

Amounts are those the book holds. The brackets of withholding are the one thing that is worked
out again, by the rule that did it, and are shown only where they come to what was withheld.
"""

from collections.abc import Iterable, Iterator, Sequence

from ledger.core.explanation_facts import (
    DivisionFact,
    EarningFact,
    EntryFact,
    PayoutFact,
    Reader,
    Record,
    StatementFact,
)
from ledger.core.explanation_fee import fee_step, purchase_step
from ledger.core.explanation_journal import concerning, entry_steps
from ledger.core.explanation_revision import revision_steps
from ledger.core.explanation_translation import translation_step
from ledger.core.explanation_tree import Kind, Step, of_record, step
from ledger.core.period import Month
from ledger.core.registration import PartyKind
from ledger.core.tax import PayeeTaxProfile, TaxStep, payout_tax
from ledger.core.tax_tables import RateNotKnown
from ledger.core.waterfall_view import LineSeen, is_member, lines_shown

#: Figures of a settled statement in the order in which they follow; others come after them.
_SHOWN = frozenset(
    {
        *("carried_in_minor", "earned_minor", "minimum_payment_minor"),
        *("payable_minor", "carried_out_minor", "hold_reason"),
        *("advance_paid_minor", "advance_recouped_minor"),
    }
)
#: Figures of a settled statement that the payout's own step shows.
_OF_PAYOUT = frozenset(
    {"consumption_tax_minor", "withholding_base_minor", "withholding_minor", "payout_minor"}
)


def division_step(
    fact: DivisionFact,
    *,
    reader: Reader,
    only: int | None,
    statements: Sequence[StatementFact] = (),
    entries: Sequence[EntryFact] = (),
    lines: Iterable[Step] = (),
    is_claimant: bool = False,
) -> Step:
    """
    Return how one rights holder's money was divided, and what became of each payee's part.

    Somebody who earned by a claim alone, and reads it, sees its own part and nothing else.

    ``only`` is the payee whose part is meant, None for everybody's. What a reader that is not
    the house is shown of a committee is the rule of :mod:`ledger.core.waterfall_view`.
    """
    shown = [each for each in fact.earnings if only in (None, each.payee_id)]
    if is_claimant:
        return step(
            "settlement",
            ("holder", Kind.REFERENCE, fact.holder),
            ("closing_month", Kind.MONTH, Month.of_day(fact.closing_month)),
            reference=fact.source,
            currency=fact.currency,
            steps=_payees(shown, statements, entries),
        )
    return step(
        "settlement",
        ("holder", Kind.REFERENCE, fact.holder),
        ("closing_month", Kind.MONTH, Month.of_day(fact.closing_month)),
        ("received", Kind.AMOUNT, fact.receipts_minor),
        ("tax_received", Kind.AMOUNT, fact.receipts_tax_minor),
        reference=fact.source,
        currency=fact.currency,
        steps=(
            *lines,
            *(translation_step(each, currency=fact.currency) for each in fact.translations),
            None if fact.bought_from and fact.sold_minor == fact.receipts_minor else fee_step(fact),
            purchase_step(fact) if fact.bought_from else None,
            *map(_set_aside, fact.set_aside),
            _waterfall(fact, reader) if fact.steps else None,
            *_payees(shown, statements, entries),
            *entry_steps(
                concerning(entries, reader.reference or fact.holder, held_for=fact.holder),
                "settlement",
            ),
        ),
    )


def statement_step(
    fact: StatementFact,
    *,
    entries: Sequence[EntryFact] | None = None,
    before: Iterable[Step] = (),
    answers: Iterable[Record] = (),
) -> Step:
    """
    Return a statement: what was carried in and earned, what is payable, and its payout.

    The payout is left out where ``entries`` are None, because it is what is explained.
    """
    settled: Record = fact.snapshot.get("settlement", {})
    is_paid = fact.payout is not None and entries is not None
    return step(
        "statement",
        ("payee", Kind.REFERENCE, fact.payee),
        ("closing_month", Kind.MONTH, Month.of_day(fact.closing_month)),
        ("revision", Kind.COUNT, fact.revision),
        ("issued_on", Kind.DAY, fact.issued_on),
        ("carried_in", Kind.AMOUNT, settled.get("carried_in_minor")),
        ("earned", Kind.AMOUNT, settled.get("earned_minor")),
        ("advance_paid", Kind.AMOUNT, settled.get("advance_paid_minor") or None),
        ("advance_recouped", Kind.AMOUNT, settled.get("advance_recouped_minor") or None),
        ("minimum_payment", Kind.AMOUNT, settled.get("minimum_payment_minor")),
        ("payable", Kind.AMOUNT, settled.get("payable_minor")),
        ("carried_out", Kind.AMOUNT, settled.get("carried_out_minor")),
        ("hold_reason", Kind.WORD, settled.get("hold_reason")),
        *of_record(settled, leaving_out=_SHOWN if not is_paid else _SHOWN | _OF_PAYOUT),
        ("snapshot_sha256", Kind.HASH, fact.snapshot_sha256),
        ("input_sha256", Kind.HASH, fact.snapshot.get("input_hash")),
        reference=fact.reference,
        currency=fact.currency,
        steps=(
            *before,
            *revision_steps(fact.snapshot),
            *map(_advance, fact.snapshot.get("advances", ())),
            payout_step(fact, entries=entries or ()) if is_paid else None,
            *map(_said, answers),
        ),
    )


def _advance(record: Record) -> Step:
    return step(
        "payee_advance",
        ("amount", Kind.AMOUNT, record.get("amount_minor")),
        ("before", Kind.AMOUNT, record.get("before_minor")),
        ("paid", Kind.AMOUNT, record.get("paid_minor")),
        ("recouped", Kind.AMOUNT, record.get("recouped_minor")),
        ("after", Kind.AMOUNT, record.get("after_minor")),
        reference=str(record["reference"]),
    )


def _said(answer: Record) -> Step:
    return step(
        "answer",
        ("line", Kind.TEXT, answer["line"]),
        ("state", Kind.WORD, answer["state"]),
        ("reason", Kind.TEXT, answer["reason"] or None),
        ("recorded_by", Kind.TEXT, answer["recorded_by"]),
        ("recorded_at", Kind.INSTANT, answer["recorded_at"]),
    )


def payout_step(
    fact: StatementFact, *, entries: Sequence[EntryFact], before: Iterable[Step] = ()
) -> Step:
    """Return a payout: the tax-exclusive balance, the tax on it, what is withheld, the entry."""
    paid = fact.payout
    assert paid is not None, "what was not paid has no payout"
    return step(
        "payout",
        ("payee", Kind.REFERENCE, fact.payee),
        ("pay_on", Kind.DAY, paid.pay_on),
        ("supplies", Kind.AMOUNT, paid.supplies_minor),
        ("passthrough", Kind.AMOUNT, paid.passthrough_minor),
        ("consumption_tax", Kind.AMOUNT, paid.consumption_tax_minor),
        ("withholding_base", Kind.AMOUNT, paid.withholding_base_minor),
        ("withholding", Kind.AMOUNT, paid.withholding_minor),
        ("amount", Kind.AMOUNT, paid.payout_minor),
        ("approved_by", Kind.TEXT, paid.approved_by),
        ("released_at", Kind.INSTANT, paid.released_at),
        ("cancelled_at", Kind.INSTANT, paid.cancelled_at),
        ("confirmed_on", Kind.DAY, paid.confirmed_on),
        ("returned_on", Kind.DAY, paid.returned_on),
        ("return_reason", Kind.TEXT, paid.return_reason),
        ("replaces", Kind.REFERENCE, paid.replaces),
        ("paid_again_by", Kind.REFERENCE, paid.paid_again_by),
        reference=f"{paid.run}:{fact.payee}",
        currency=fact.currency,
        steps=(
            *before,
            *_withholding(paid, fact),
            *entry_steps(concerning(entries, fact.payee), "payout"),
            *entry_steps(concerning(entries, fact.payee), "payout_return"),
        ),
    )


def run_step(run: str, payouts: Sequence[Step], *, entries: Iterable[EntryFact]) -> Step:
    """Return a payout run with the payouts in it."""
    sums = {
        code: sum(int(each.text(code) or 0) for each in payouts)
        for code in ("amount", "withholding")
    }
    return step(
        "payout_run",
        ("payouts", Kind.COUNT, len(payouts)),
        ("withholding", Kind.AMOUNT, sums["withholding"]),
        ("amount", Kind.AMOUNT, sums["amount"]),
        reference=run,
        currency=payouts[0].currency,
        steps=(*payouts, *entry_steps(entries, "payout")),
    )


def _waterfall(fact: DivisionFact, reader: Reader) -> Step:
    """Return a committee's run as far as the reader is shown it, as its statement does."""
    seen = [
        LineSeen(each["kind"], each["category"], each.get("rate_bp"), each.get("payee"))
        for each in fact.steps
    ]
    is_told = reader.id in (None, fact.holder_id) or is_member(seen, reader.reference or "")
    shown = range(len(seen)) if is_told else sorted(lines_shown(seen, to=reader.reference or ""))
    return step(
        "waterfall",
        ("preset", Kind.WORD, fact.preset),
        ("version", Kind.COUNT, fact.waterfall_version),
        *(of_record(fact.carried) if is_told else ()),
        steps=(
            _waterfall_step(
                fact.steps[place],
                tells_payee=is_told or fact.steps[place].get("payee") == reader.reference,
            )
            for place in shown
        ),
    )


def _waterfall_step(record: Record, *, tells_payee: bool) -> Step:
    return step(
        str(record["category"]),
        ("kind", Kind.WORD, record.get("kind")),
        ("payee", Kind.REFERENCE, record.get("payee") if tells_payee else None),
        ("base", Kind.AMOUNT, record.get("base_minor")),
        ("share", Kind.SHARE, record.get("rate_bp")),
        ("amount", Kind.AMOUNT, record.get("amount_minor")),
        *of_record(
            record,
            leaving_out=("category", "kind", "payee", "base_minor", "rate_bp", "amount_minor"),
        ),
    )


def _payees(
    earnings: Sequence[EarningFact],
    statements: Sequence[StatementFact],
    entries: Sequence[EntryFact],
) -> Iterator[Step]:
    """Yield a step for each payee, with its earnings and the statement that carries them on."""
    for payee in dict.fromkeys(each.payee for each in earnings):
        own = [each.record for each in earnings if each.payee == payee]
        yield step(
            "payee",
            ("amount", Kind.AMOUNT, sum(record["amount_minor"] for record in own)),
            ("tax", Kind.AMOUNT, sum(record["tax_minor"] for record in own)),
            reference=payee,
            steps=(
                *map(_earning, own),
                *(
                    statement_step(each, entries=entries)
                    for each in statements
                    if each.payee == payee
                ),
            ),
        )


def _set_aside(record: Record) -> Step:
    return step(
        str(record["kind"]),
        ("amount", Kind.AMOUNT, record.get("amount_minor")),
        ("tax", Kind.AMOUNT, record.get("tax_minor")),
        reference=record.get("reference") or None,
    )


def _earning(record: Record) -> Step:
    return step(
        "earning",
        ("category", Kind.WORD, record.get("category")),
        ("kind", Kind.WORD, record.get("kind")),
        ("base", Kind.AMOUNT, record.get("base_minor")),
        ("share", Kind.SHARE, record.get("rate_bp")),
        ("amount", Kind.AMOUNT, record.get("amount_minor")),
        ("tax", Kind.AMOUNT, record.get("tax_minor")),
    )


def _withholding(fact: PayoutFact, statement: StatementFact) -> Iterator[Step]:
    steps = tax_steps(fact, statement)
    for each in steps:
        yield step(
            str(each.code),
            ("base", Kind.AMOUNT, each.base_minor),
            ("share", Kind.SHARE, each.rate_bp),
            ("amount", Kind.AMOUNT, each.amount_minor),
        )


def tax_steps(fact: PayoutFact, statement: StatementFact) -> tuple[TaxStep, ...]:
    """
    Return the steps that the tax on a payment follows from; none where they come to something else.

    That can only be when the rule was another one when the payment was planned.
    """
    payee: Record = statement.snapshot["payee"]
    profile = PayeeTaxProfile(
        kind=PartyKind(payee["kind"]),
        residence=payee["country"],
        is_registered=payee["registration_number"] is not None,
        treaty_rate_bp=statement.treaty_rate_bp,
        treaty_form_filed_on=statement.treaty_form_filed_on,
        withholding_base=statement.withholding_base,
    )
    try:
        tax = payout_tax(
            profile=profile,
            supplies_minor=0,
            passthrough_minor=fact.supplies_minor + fact.passthrough_minor,
            passthrough_tax_minor=fact.consumption_tax_minor,
            paid_on=fact.pay_on,
        )
    except RateNotKnown:
        return ()
    is_same = tax.withholding_minor == fact.withholding_minor
    return tuple(each for each in tax.steps if each.base_minor or each.amount_minor) * is_same


def sources_of(statements: Iterable[StatementFact]) -> list[str]:
    """Return the sources of the entries that paid some statements, and took it back."""
    paid = [(each.payout.run, each.payee) for each in statements if each.payout]
    sources = [source for run, payee in paid for source in (run, f"{run}:{payee}")]
    return list(dict.fromkeys(sources))
