"""
Replaying: past usage under terms that are not agreed on, before anybody signs them.

Everything is read in one transaction that may not write and sees one instant of the book. What
was told late or is corrected counts in its month of use, under all terms that are known by now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.core.counter import ClosingTerms, first_month_to_read, years_beginning
from ledger.core.exchange import first_day_of_use
from ledger.core.period import Month
from ledger.core.reason import Decision
from ledger.core.refusal import Refusal
from ledger.core.replay import (
    Difference,
    Groups,
    Holder,
    Replay,
    ReplayMonth,
    compare,
    first_month,
    work_out,
)
from ledger.core.replay_changes import (
    Changes,
    changed_fees,
    changed_groups,
    changed_terms,
    changed_waterfalls,
    check_changes,
)
from ledger.core.replay_recoupment import RolledMonth
from ledger.core.replay_revenue import StatedRevenues, changed_shares
from ledger.core.rerating import Rerating
from ledger.core.top_up import shares_of
from ledger.core.unsettled import DecidingDays
from ledger.services import BOOK_ID
from ledger.store import (
    committees,
    events,
    payees,
    rates,
    recoup_groups,
    replays,
    revenues,
    royalties,
    settlements,
)
from ledger.store.database import Database, Transaction
from ledger.store.parties import require_parties

_CHARGED = frozenset({Decision.ACCEPTED, Decision.WIND_DOWN})

#: The longest span: a replay reads every total of its months.
MONTHS_MAX = 60


class ReplayMonthsWrong(Refusal):
    """The months do not follow each other, or are too many. Carries both and the most."""

    code = "replay_months_wrong"
    field = "last"


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What a replay came to: who would have had how much more or less."""

    first: Month
    last: Month
    generation_count: int
    differences: tuple[Difference, ...]
    before: tuple[RolledMonth, ...]  # recoup groups month by month, as they are
    after: tuple[RolledMonth, ...]


def replay(
    database: Database, *, book_id: int = BOOK_ID, first: Month, last: Month, changes: Changes
) -> Replayed:
    """
    Work some months of use out under the terms as they are and as changed, and compare.

    :raises ReplayChangesNothing: there is no change, or one without an effect on what it names.
    :raises ReplayMonthsWrong: ``last`` lies before ``first``, or too far after it.
    :raises PartyUnknown: a change pays somebody who is not in the book.
    :raises Refusal: a change names what is not there, or puts what cannot be.
    """
    check_changes(changes)
    months = _months(first, last)
    with database.transaction() as session:
        replays.read_only(session)
        named = {
            party: "members" for change in changes.committees for party, _ in change.members or ()
        }
        require_parties(session, book_id=book_id, fields=named)
        as_it_is = _read(session, book_id, months, changes)
    before, after = map(work_out, (as_it_is, _changed(as_it_is, changes)))
    return Replayed(
        first=first,
        last=last,
        generation_count=sum(
            total.generation_count
            for total in as_it_is.totals
            if total.month >= first.first_day and total.decision in _CHARGED
        ),
        differences=compare(before.sums, after.sums),
        before=before.rolled,
        after=after.rolled,
    )


def _months(first: Month, last: Month) -> list[Month]:
    months = [first]
    while months[-1] < last and len(months) <= MONTHS_MAX:
        months.append(months[-1].next())
    if months[-1] != last or len(months) > MONTHS_MAX:
        raise ReplayMonthsWrong(first=first, last=last, most=MONTHS_MAX)
    return months


def _changed(before: Replay, changes: Changes) -> Replay:
    waterfalls = changed_waterfalls(
        [month.waterfalls for month in before.months], changes.committees
    )
    charged = {
        (holder.reference, holder.admin_fee_bp)
        for month in before.months
        for holder in month.holders.values()
    }
    fees = changed_fees(charged, changes.fees)
    months = [
        replace(month, waterfalls=fall, holders=_with_fees(month.holders, fees))
        for month, fall in zip(before.months, waterfalls, strict=True)
    ]
    return replace(
        before,
        terms=changed_shares(changed_terms(before.terms, changes.rates), changes.revenue_shares),
        months=months,
        groups=changed_groups(before.terms, before.groups, changes.recoupments),
    )


def _with_fees(holders: Mapping[int, Holder], fees: Mapping[str, int]) -> dict[int, Holder]:
    return {
        key: replace(holder, admin_fee_bp=fees.get(holder.reference, holder.admin_fee_bp))
        for key, holder in holders.items()
    }


def _read(session: Transaction, book_id: int, months: Sequence[Month], changes: Changes) -> Replay:
    terms = royalties.read_terms(session, book_id=book_id)
    groups = recoup_groups.agreed_groups(session, book_id=book_id)
    named = {change.license for change in changes.recoupments} | groups.keys()
    first, last = _first(months, terms, groups, changes), months[-1]
    since = first_month_to_read(terms, first)
    usage = royalties.read_usage(
        session,
        book_id=book_id,
        first=since,
        last=last.first_day,
        years=years_beginning(terms, first=since, last=last.first_day),
        with_held_from=since,
        counted_by=replays.END_OF_TIME,
    )
    alike = events.read_events(
        session,
        book_id=book_id,
        first=first.first_day,
        last=last.first_day,
        counted_by=replays.END_OF_TIME,
    )
    now = Rerating(terms, Month.of_day(replays.END_OF_TIME))
    names = replays.read_names(session, book_id=book_id)
    owners = {names.parties[owner_id]: owner_id for owner_id in set(terms.owners.values())}
    return Replay(
        months=[_month(session, book_id, month, owners) for month in months],
        terms=now.known,
        totals=now.totals(usage),
        events=now.events(alike),
        licensees=names.parties,
        subjects=names.subjects,
        currency=settlements.read_state(session, book_id=book_id).currency,
        groups=groups,
        paying=frozenset(
            license_.licensee_id for license_ in terms.licenses if license_.reference in named
        ),
        stated=_stated(session, book_id, terms, first, last),
    )


def _stated(
    session: Transaction, book_id: int, terms: ClosingTerms, first: Month, last: Month
) -> StatedRevenues:
    """Return the revenue that firms stated for the months, and the rates it goes by."""
    shares = shares_of(terms, Month.of_day(replays.END_OF_TIME))
    if not shares:
        return StatedRevenues()
    return StatedRevenues(
        reported=revenues.read_reported(
            session, book_id=book_id, since=first.first_day, counted_by=replays.END_OF_TIME
        ),
        compared=revenues.read_comparisons(session, book_id=book_id, since=first.first_day),
        rates=rates.read_rates(
            session,
            book_id=book_id,
            sources={share.fx_source for share in shares if share.fx_source is not None},
            first=first_day_of_use(first),
            last=last.last_day,
        ),
    )


def _first(months: Sequence[Month], terms: ClosingTerms, groups: Groups, changes: Changes) -> Month:
    """Return the month in which either side begins."""
    changed = changed_groups(terms, groups, changes.recoupments)
    return min(first_month(months, terms, side) for side in (groups, changed))


def _month(session: Transaction, book_id: int, month: Month, owners: dict[str, int]) -> ReplayMonth:
    """Return who a month's settlement, in the month after it, looks at."""
    closing = month.next()
    days = DecidingDays(
        fee_on=closing.last_day,
        settled_on=closing.next().first_day,
        paid_on=closing.next().first_day,
    )
    found = payees.find_in_force(session, book_id=book_id, references=owners.keys(), days=days)
    holders = {
        owner_id: Holder(
            reference=reference,
            is_committee=found[reference].copy.kind == "committee",
            admin_fee_bp=found[reference].admin_fee_bp,
        )
        for reference, owner_id in owners.items()
    }
    ids = {key: holder.reference for key, holder in holders.items() if holder.is_committee}
    in_force = committees.find_waterfalls(
        session, committee_ids=ids, closing_month=closing.first_day
    )
    return ReplayMonth(
        month=month,
        holders=holders,
        waterfalls={ids[key]: each.waterfall for key, each in in_force.items()},
    )
