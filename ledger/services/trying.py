"""Trying: what past use would have earned under terms that a holder has not offered yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.core.counter import first_month_to_read, years_beginning
from ledger.core.offer import Breadth
from ledger.core.offer_trial import Tried, try_terms
from ledger.core.period import Month
from ledger.core.proposal import NewOfferVersion, read_version
from ledger.core.refusal import Refusal
from ledger.core.rerating import Rerating
from ledger.services import BOOK_ID
from ledger.store import lineages, months, own_earnings, replays, royalties
from ledger.store.database import Database, Transaction
from ledger.store.own_earnings import OwnSubject

#: A quarter.
MONTHS = 3

#: Most subjects that one trial is for, as many as one license names.
_SUBJECTS_MAX = 10_000

_BREADTHS = {"work": Breadth.WORK, "franchise": Breadth.FRANCHISE}


class TriedSubjectUnknown(Refusal):
    """The holder has no such work, character or voice."""

    code = "tried_subject_unknown"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What some months came to, and would have come to; titles by the key of a subject."""

    first: Month
    last: Month
    tried: Tried
    titles: Mapping[int, tuple[str, str]]

    @property
    def rows(self) -> list[tuple[int, str]]:
        """The subjects that have a figure on either side, by key and currency."""
        return sorted({*self.tried.before, *self.tried.after})

    @property
    def totals(self) -> dict[str, tuple[int, int]]:
        """What all of it came to, and would have, by currency."""
        sums: dict[str, tuple[int, int]] = {}
        for key in self.rows:
            before, after = sums.get(key[1], (0, 0))
            sums[key[1]] = (
                before + self.tried.before.get(key, 0),
                after + self.tried.after.get(key, 0),
            )
        return sums


def try_offer(
    database: Database,
    own: Database,
    *,
    book_id: int = BOOK_ID,
    owner_id: int,
    subject: str | None,
    version: NewOfferVersion,
    at: datetime,
) -> Trial:
    """
    Return what the last quarter's use would have earned under terms; nothing is written.

    The last quarter is the last three closed months, or the latest ones of a book without any.
    ``own`` is the book as the holder may read it.

    :raises TriedSubjectUnknown: the holder has no such subject.
    :raises Refusal: the terms cannot be offered (:func:`ledger.core.proposal.read_version`).
    """
    offered = read_version(version, version=1).terms
    with own.transaction() as session:
        subjects = own_earnings.subjects(session)
    with database.transaction() as session:
        replays.read_only(session)
        covered = _covered(session, owner_id, subject, subjects.values())
        span = _quarter(session, book_id, at)
        terms = royalties.read_terms(session, book_id=book_id)
        rerated = Rerating(terms, Month.of_day(replays.END_OF_TIME))
        first = first_month_to_read(terms, span[0])
        last = span[-1].first_day
        totals = royalties.read_usage(
            session,
            book_id=book_id,
            first=first,
            last=last,
            years=years_beginning(terms, first=first, last=last),
            with_held_from=last,
            counted_by=replays.END_OF_TIME,
        )
    return Trial(
        first=span[0],
        last=span[-1],
        tried=try_terms(
            rerated.known,
            rerated.totals(totals),
            offered=offered,
            subject_ids=covered,
            months=span,
        ),
        titles={each.id: (each.title_ja, each.title_en) for each in subjects.values()},
    )


def _covered(
    session: Transaction, owner_id: int, subject: str | None, subjects: Iterable[OwnSubject]
) -> frozenset[int]:
    """Return the keys of what an offer for a subject, or for everything, would be for."""
    subject_id, breadth = None, Breadth.HOLDER
    if subject is not None:
        named = next((each for each in subjects if each.reference == subject), None)
        if named is None:
            raise TriedSubjectUnknown(value=subject)
        subject_id, breadth = named.id, _BREADTHS.get(named.kind, Breadth.CHARACTER)
    keys = lineages.covered_by(
        session, owner_id=owner_id, subject_id=subject_id, breadth=breadth, limit=_SUBJECTS_MAX
    )
    return frozenset(keys)


def _quarter(session: Transaction, book_id: int, at: datetime) -> list[Month]:
    """Return the last closed months, the earliest first; of a book without any the latest."""
    state = months.read_months(session, book_id=book_id)
    last = state.last_closed
    if last is None:
        through = Month.of(at).first_day
        last = months.last_opened(session, book_id=book_id, through=through) or through
    month = Month.of_day(last)
    return [month.before(back) for back in reversed(range(MONTHS))]
