"""
INVARIANTS: the plain list of facts that hold over any book, each with the function that looks.

A function takes the whole of :class:`~ledger.core.facts.Facts` and returns every place where
its sentence is not true. The page docs/invariants.md is made from this list.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ledger.core import (
    check_advances,
    check_dunning,
    check_exchange,
    check_files,
    check_money,
    check_notices,
    check_receipts,
    check_records,
    check_revenue,
    check_revisions,
    check_set_aside,
    check_usage,
    check_withholding,
)
from ledger.core.facts import Facts, Violation


@dataclass(frozen=True, kw_only=True)
class Invariant:
    """A fact that holds over any book, in a sentence, and how to look for where it does not."""

    name: str
    sentence: str
    find: Callable[[Facts], Iterable[Violation]]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        name="entries_balance",
        sentence="Every journal entry has all its postings, and debits equal credits.",
        find=check_money.entries_balance,
    ),
    Invariant(
        name="balances_are_postings",
        sentence="The balance kept of every account is the sum of its postings.",
        find=check_money.balances_are_postings,
    ),
    Invariant(
        name="journal_says_what_documents_say",
        sentence="Bank, receivables, money held, payables, fees and withholding in the journal are"
        " what invoices, receipts, settlements and released payouts make of them.",
        find=check_money.journal_says_what_documents_say,
    ),
    Invariant(
        name="totals_agree",
        sentence="The totals kept at intake are the totals counted from the generations.",
        find=check_usage.totals_agree,
    ),
    Invariant(
        name="events_agree",
        sentence="Where single events have a floor or a cap, the kinds of event that batches"
        " count, and how many of each, are those of the generations.",
        find=check_usage.events_agree,
    ),
    Invariant(
        name="chains_are_unbroken",
        sentence="Each licensee's batches are numbered without a gap, each names the head before"
        " it, and roots and heads follow from the generations.",
        find=check_usage.chains_are_unbroken,
    ),
    Invariant(
        name="batch_counts_agree",
        sentence="A batch has as many accepted, held and refused generations as it says.",
        find=check_usage.batch_counts_agree,
    ),
    Invariant(
        name="royalty_is_recomputed",
        sentence="The royalty lines of a closed month, their exact amounts and their sum follow"
        " again from the terms and the usage, and so does the hash of the inputs.",
        find=check_usage.royalty_is_recomputed,
    ),
    Invariant(
        name="usage_is_in_lines",
        sentence="Every accepted generation of a closed month is counted on the royalty line of"
        " each of its subjects, once.",
        find=check_usage.usage_is_in_lines,
    ),
    Invariant(
        name="revenue_shares_are_recomputed",
        sentence="How the units of a month compared with a share of revenue follows again from the"
        " terms, the revenue stated, the rate gone by and the royalty lines, and the top-ups"
        " charged are what is lacking.",
        find=check_revenue.revenue_shares_are_recomputed,
    ),
    Invariant(
        name="closed_months_stay",
        sentence="Nothing was written into a month after it was closed.",
        find=check_usage.closed_months_stay,
    ),
    Invariant(
        name="invoices_add_up",
        sentence="The lines of an invoice are royalty lines; they sum to its subtotal, their parts"
        " of the tax to its tax, and both to its total.",
        find=check_money.invoices_add_up,
    ),
    Invariant(
        name="tax_is_recomputed",
        sentence="The tax of an invoice is that of each rate, rounded once, and is shared over the"
        " lines it is charged for by largest remainder; what is licensed from abroad bears none.",
        find=check_money.tax_is_recomputed,
    ),
    Invariant(
        name="numbers_are_gapless",
        sentence="The numbers of a document series run from 1 to the last without a gap.",
        find=check_money.numbers_are_gapless,
    ),
    Invariant(
        name="snapshots_are_unchanged",
        sentence="The frozen text of every document has the SHA-256 it was issued with.",
        find=check_money.snapshots_are_unchanged,
    ),
    Invariant(
        name="documents_say_what_rows_say",
        sentence="The figures in the frozen text of a document are the figures of its rows.",
        find=check_money.documents_say_what_rows_say,
    ),
    Invariant(
        name="receipts_are_within_invoices",
        sentence="No more was received for an invoice than it asks for.",
        find=check_money.receipts_are_within_invoices,
    ),
    Invariant(
        name="receipts_pay_lines",
        sentence="What was received for an invoice is what its lines were paid, with their tax:"
        " none more than it asks for, and each in full when the invoice is.",
        find=check_receipts.receipts_pay_lines,
    ),
    Invariant(
        name="lines_are_divided_once",
        sentence="A line is divided as it is paid, or under accrual terms once and whole with its"
        " invoice: never both.",
        find=check_receipts.lines_are_divided_once,
    ),
    Invariant(
        name="translations_follow_their_rates",
        sentence="What came in in another currency is in yen what its frozen rate makes of it,"
        " rounded once for each receipt and source; no part is a yen away from its own.",
        find=check_exchange.translations_follow_their_rates,
    ),
    Invariant(
        name="positions_follow_their_moves",
        sentence="A position in another currency takes in what settlements translated, and gives up"
        " what was exchanged at its average cost; gains and losses are the rest.",
        find=check_exchange.positions_follow_their_moves,
    ),
    Invariant(
        name="advances_are_not_overdrawn",
        sentence="What is left of an advance or a billed shortfall is never negative.",
        find=check_advances.advances_are_not_overdrawn,
    ),
    Invariant(
        name="payee_advances_are_not_overdrawn",
        sentence="No more is set off against a payee's advance than was paid of it, so that its"
        " balance is never negative.",
        find=check_advances.payee_advances_are_not_overdrawn,
    ),
    Invariant(
        name="recoupment_adds_up",
        sentence="What a source carried in, its royalty lines and adjustments, less what was"
        " recouped, are what is payable and what is carried out.",
        find=check_advances.recoupment_adds_up,
    ),
    Invariant(
        name="recoupment_is_recomputed",
        sentence="What closings set off against advances, line by line in sum, and what guarantees"
        " lack follow again from the terms and the royalty lines.",
        find=check_advances.recoupment_is_recomputed,
    ),
    Invariant(
        name="cash_is_divided",
        sentence="What was received for a rights holder is, to the yen, the house's fee and its"
        " tax, what payees earned with its tax, what is set aside less what came back of it, and"
        " the change of the deficit carried.",
        find=check_money.cash_is_divided,
    ),
    Invariant(
        name="set_aside_adds_up",
        sentence="What a settlement sets aside of a rights holder's money is what went into"
        " reserves and suspense and to firms again, less what came out of reserves and suspense.",
        find=check_set_aside.set_aside_adds_up,
    ),
    Invariant(
        name="suspense_is_accounted_for",
        sentence="What several parties claim is what each had of it and what waits; no more is"
        " released than waits, and nothing is left once nothing is disputed.",
        find=check_set_aside.suspense_is_accounted_for,
    ),
    Invariant(
        name="reserves_are_released_once",
        sentence="No more of a reserve is used than was held; it is released once, whole, and not"
        " before its month.",
        find=check_set_aside.reserves_are_released_once,
    ),
    Invariant(
        name="purchases_are_recomputed",
        sentence="The house's margin on what it sold for itself, and the tax on what it bought for"
        " that, follow again from what was sold, the margin agreed and the rate.",
        find=check_money.purchases_are_recomputed,
    ),
    Invariant(
        name="cash_is_what_was_received",
        sentence="What a settlement divides is the cash of its receipts that is not prepaid, what"
        " is invoiced under accrual terms, and what advances pay for; for each rights holder, what"
        " these invoices and advances name.",
        find=check_money.cash_is_what_was_received,
    ),
    Invariant(
        name="balances_are_carried",
        sentence="Brought forward and earned, with advances paid and less those set off, is paid"
        " and carried forward, and what is brought forward is what the statement before carried.",
        find=check_money.balances_are_carried,
    ),
    Invariant(
        name="revisions_follow",
        sentence="A revised statement names the one before it, and no revision is left out.",
        find=check_revisions.revisions_follow,
    ),
    Invariant(
        name="revisions_move_money",
        sentence="What revisions take from what some payees earned of a rights holder's money,"
        " others get, to the yen.",
        find=check_revisions.revisions_move_money,
    ),
    Invariant(
        name="payouts_are_as_stated",
        sentence="A payout is what the statement says is payable, with its consumption tax, less"
        " withholding.",
        find=check_money.payouts_are_as_stated,
    ),
    Invariant(
        name="notices_add_up",
        sentence="A notice's rows, its taxes by treatment and what was withheld by bracket are what"
        " was paid.",
        find=check_notices.notices_add_up,
    ),
    Invariant(
        name="records_say_what_was_withheld",
        sentence="A year's payment records add up, and its total sheet is what the journal"
        " withheld.",
        find=check_records.records_say_what_was_withheld,
    ),
    Invariant(
        name="withholding_is_recomputed",
        sentence="What is withheld from a payout follows again from its base and its payee.",
        find=check_money.withholding_is_recomputed,
    ),
    Invariant(
        name="kept_files_are_whole",
        sentence="Every file that is kept, of documents, papers that were filed, banks' files and"
        " files for banks, has the bytes it was written with.",
        find=check_files.kept_files_are_whole,
    ),
    Invariant(
        name="withholding_register_is_the_journal",
        sentence="What the withholding register has of a payee and month, and so of a year, is what"
        " the journal withheld from it.",
        find=check_withholding.withholding_register_is_the_journal,
    ),
    Invariant(
        name="reminders_come_in_their_time",
        sentence="No reminder was written before its day, and none asks for more than its invoice.",
        find=check_dunning.reminders_come_in_their_time,
    ),
    Invariant(
        name="suspensions_have_their_cause",
        sentence="No license was suspended before the days that were agreed, nor within a week of"
        " its warning, and what was lifted as paid is paid.",
        find=check_dunning.suspensions_have_their_cause,
    ),
    Invariant(
        name="withholding_is_remitted_once",
        sentence="No more of a month's withholding was remitted than was withheld in it.",
        find=check_withholding.withholding_is_remitted_once,
    ),
)


def check(facts: Facts) -> dict[str, list[Violation]]:
    """Return the violations of every invariant, by name; of a sound book they are all empty."""
    return {each.name: list(each.find(facts)) for each in INVARIANTS}


def page() -> str:
    """Return the page of the documentation that lists the invariants, in Markdown."""
    rows = [f"| `{each.name}` | {each.sentence} |" for each in INVARIANTS]
    return "\n".join(
        [
            "# Invariants",
            "",
            "Facts that hold over any book. The audit looks for every place where one does not,",
            "and each has a test that breaks it. This page is made from",
            "`ledger/core/invariants.py`.",
            "",
            "| name | what always holds |",
            "|---|---|",
            *rows,
            "",
        ]
    )
