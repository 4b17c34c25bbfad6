"""
Granting: what a rights holder offers, what an AI firm may do with it, and at what price.

An offer is a dated state of a subject; a license is a set of grants, each with dated versions of
its terms. Nothing is ever changed: a new state or version takes over from its own instant on. Only
terms may be agreed for months that are closed; these stay, and are adjusted.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from ledger.core.acceptance import OptInState
from ledger.core.agreement import NewLicense, NewTerms, read_license, read_terms
from ledger.core.fields import (
    FieldRefusal,
    ReferenceTaken,
    check_instant,
    check_list,
    check_text,
    check_word,
)
from ledger.core.grant_dates import check_within
from ledger.core.license_currency import check_currency
from ledger.core.offer import OfferState
from ledger.core.period import Month
from ledger.core.quota import check_counted
from ledger.core.recoup_agreement import read_recoup_groups
from ledger.core.rerating import check_retroactive
from ledger.core.revenue_terms import RevenueTerms
from ledger.core.stacking import check_groups
from ledger.core.terms import License, TermsVersion
from ledger.core.webhook import terms_changed
from ledger.services import BOOK_ID
from ledger.store import (
    batches,
    grants,
    licenses,
    lineages,
    months,
    outbox,
    rates,
    withdrawals,
    works,
)
from ledger.store.database import Database, Transaction
from ledger.store.effective import (
    EffectiveInClosedMonth,
    hold_months,
    keep_from_reported,
    keep_open,
)
from ledger.store.parties import lock_names, require_licensee
from ledger.store.works import SubjectKey


class GrantUnknown(FieldRefusal):
    """The book has no license of this reference, or the license no such grant."""

    code = "grant_unknown"


class VersionNotLater(FieldRefusal):
    """New terms would take effect before those they replace, or with them."""

    code = "version_not_later"


class SubjectOfAnother(FieldRefusal):
    """A rights holder decides about a subject that belongs to somebody else."""

    code = "subject_of_another"


class OptInReachesBack(FieldRefusal):
    """A holder's word about a subject would count from before it is said."""

    code = "opt_in_reaches_back"


class OptInDecidedAlready(FieldRefusal):
    """For that very instant the book has another decision about the subject."""

    code = "opt_in_decided_already"


def set_opt_in(
    database: Database,
    *,
    subject_references: Collection[str],
    state: str,
    effective_at: datetime,
    recorded_by: str,
    recorded_at: datetime,
    reason: str = "",
    owner_reference: str | None = None,
    may_reach_back: bool = True,
) -> int:
    """
    Write what was decided about subjects from an instant on; return how many decisions are new.

    ``state`` is offered, suspended or not_offered; only an offer needs no reason. The same
    decision for the same instant may be sent again. Firms are told of subjects in their licenses
    that are offered no longer. With ``owner_reference`` all of them must be that holder's. Only
    the house enters what was decided before (``may_reach_back``).

    :raises SubjectUnknown: a subject is not in the book.
    :raises SubjectOfAnother: a subject belongs to another rights holder.
    :raises OptInDecidedAlready: the instant has another decision.
    :raises OptInReachesBack: it would count from before it is said.
    :raises EffectiveInClosedMonth: the instant lies in or before a closed month.
    :raises FieldRefusal: another field cannot be taken as it was sent.
    """
    references = list(subject_references)
    check_list(references, field="subjects")
    new_state = check_word(state, of=OptInState, field="state")
    at = check_instant(effective_at, field="effective_at")
    check_text(recorded_by, field="recorded_by")
    check_text(reason, field="reason", may_be_empty=new_state is OptInState.OFFERED)
    if not may_reach_back and at < recorded_at:
        raise OptInReachesBack(field="effective_at", value=str(at), now=str(recorded_at))
    with database.transaction() as session:
        lock_names(session)
        keep_open(session, book_id=BOOK_ID, instants={"effective_at": at})
        keys = works.require_subjects(
            session, book_id=BOOK_ID, fields=dict.fromkeys(references, "subjects")
        )
        _check_owner(keys, owner_reference)
        decided = works.opt_in_states(
            session, subject_ids=[key.id for key in keys.values()], effective_at=at
        )
        _check_decided(keys, decided, new_state)
        new = [key.id for key in keys.values() if key.id not in decided]
        works.record_opt_in(
            session,
            subject_ids=new,
            state=new_state,
            effective_at=at,
            recorded_at=check_instant(recorded_at, field="recorded_at"),
            recorded_by=recorded_by,
            reason=reason,
        )
        if new_state is not OptInState.OFFERED:
            told = [key for key in keys.values() if key.id not in decided]
            _tell_of_the_end(session, told, new_state, at, recorded_at)
    return len(new)


def grant_license(database: Database, *, license: NewLicense, recorded_at: datetime) -> str:
    """
    Write a license with its grants and the first version of each grant's terms.

    A subject may be granted before it is offered; reports that name it are refused until then.

    :raises ReferenceTaken: the book has a license of this reference.
    :raises PartyUnknown: the licensee is not in the book.
    :raises NotALicensee: it is, and is no AI firm.
    :raises SubjectUnknown: a subject is not in the book.
    :raises EffectiveInClosedMonth: terms would take effect in or before a closed month.
    :raises FxSourceUnknown: the book has no exchange rates of a source that terms name.
    :raises FieldRefusal: a field cannot be taken as it was sent (see :func:`read_license`).
    :raises Refusal: advances or guarantees contradict themselves (:func:`read_recoup_groups`).
    """
    unwritten = read_license(license)
    groups = read_recoup_groups(license.recoup_groups, grant_count=len(license.grants))
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        lock_names(session)
        if grants.has_license(session, book_id=BOOK_ID, reference=license.reference):
            raise ReferenceTaken(field="reference", value=license.reference)
        licensee_id = require_licensee(session, book_id=BOOK_ID, reference=license.licensee)
        subjects = works.require_subjects(session, book_id=BOOK_ID, fields=_subject_fields(license))
        keep_open(session, book_id=BOOK_ID, instants=_effective_instants(unwritten))
        rates.require_sources(session, book_id=BOOK_ID, shares=_revenue_shares(unwritten))
        grants.insert_license(
            session,
            book_id=BOOK_ID,
            license_=replace(unwritten, licensee_id=licensee_id),
            subject_ids=[
                [subjects[name].id for name in grant.subjects] for grant in license.grants
            ],
            groups=groups,
            signed_on=license.signed_on,
            recorded_at=at,
        )
    return license.reference


def add_terms_version(
    database: Database,
    *,
    license_reference: str,
    grant: int = 0,
    terms: NewTerms,
    recorded_at: datetime,
) -> int:
    """
    Write new terms for a grant, which take over from their own instant on; return their version.

    ``grant`` is its place in the license, counted from 0. Terms for months that are closed are
    counted in the first open one, whose closing adjusts what was charged.

    :raises GrantUnknown: the book has no such license, or the license no such grant.
    :raises VersionNotLater: the terms do not take effect after those they replace.
    :raises LicenseCurrencyDiffers: they are in another currency than their license.
    :raises TermsOutsideGrant: they take effect when the grant is over.
    :raises EffectiveInClosedMonth: they would take effect before the first month of the book.
    :raises UseReportedAlready: their month is open, and use since their day was reported.
    :raises RetroactiveMidMonth, RetroactiveNotComparable: terms for closed months begin with a
        month, and have the lines of those they replace.
    :raises StackingGroupContradicts: another grant says something else of a stacking group.
    :raises QuotaContradicts: the grant's quota cannot be counted by their rate lines.
    :raises FxSourceUnknown: the book has no exchange rates of a source that they name.
    :raises FieldRefusal: a field cannot be taken as it was sent (see :func:`read_terms`).
    """
    unwritten = read_terms(terms, version=1, path="terms")
    at = check_instant(recorded_at, field="recorded_at")
    with database.transaction() as session:
        lock_names(session)
        found = grants.find_grant(
            session, book_id=BOOK_ID, license_reference=license_reference, position=grant
        )
        if found is None:
            raise GrantUnknown(field="license", value=license_reference, grant=grant)
        if unwritten.effective_from <= found.last_effective_from:
            raise VersionNotLater(
                field="terms.effective_from",
                value=unwritten.effective_from.isoformat(),
                last=found.last_effective_from.isoformat(),
            )
        check_currency(unwritten, agreed=found.currency, field="terms")
        check_within(unwritten, ends_at=found.ends_at, field="terms.effective_from")
        _check_groups(session, license_reference, grant, unwritten)
        share = {"terms.revenue_share": unwritten.revenue_share}
        rates.require_sources(session, book_id=BOOK_ID, shares=share)
        if found.quota is not None:
            check_counted(found.quota, unwritten.rate_lines)
        # Before the months are held, as a report does, so that none is under way from here on.
        batches.lock_log(session, licensee_id=found.licensee_id, book_id=BOOK_ID)
        counted = _counted(session, unwritten, found.last_terms_version_id)
        if counted.counted_month is None:
            keep_from_reported(session, grant=found, terms=counted)
        version = replace(counted, version=found.last_version + 1)
        grants.insert_terms(
            session, licensee_id=found.licensee_id, terms=[(found.id, version)], recorded_at=at
        )
        changed = terms_changed(
            licensee_id=found.licensee_id,
            license=license_reference,
            grant=grant,
            version=version.version,
            effective_from=version.effective_from,
        )
        outbox.enqueue(session, book_id=BOOK_ID, events=[changed], occurred_at=at)
    return version.version


def _tell_of_the_end(
    session: Transaction,
    subjects: Collection[SubjectKey],
    state: OptInState,
    at: datetime,
    recorded_at: datetime,
) -> None:
    """Tell the firms that have subjects in a license which stood before a decision."""
    offered = lineages.offered(session, subject_ids=[each.id for each in subjects])
    for owner_id in sorted({each.owner_id for each in subjects}):
        stopped = {
            key
            for key, each in offered.items()
            if each.owner_id == owner_id and each.stops_with_decision_at(at)
        }
        withdrawals.tell_firms(
            session,
            book_id=BOOK_ID,
            owner_id=owner_id,
            subject_ids=stopped,
            state=OfferState.SUSPENDED if state is OptInState.SUSPENDED else OfferState.WITHDRAWN,
            effective_at=at,
            occurred_at=recorded_at,
        )


def _check_groups(
    session: Transaction, license_reference: str, grant: int, terms: TermsVersion
) -> None:
    """Compare the stacking groups of new terms with what other grants have from then on."""
    if any(line.stacking is not None for line in terms.rate_lines):
        beside = grants.terms_beside(
            session,
            book_id=BOOK_ID,
            license_reference=license_reference,
            position=grant,
            since=terms.effective_from,
        )
        others = licenses.terms_versions(session, ids=beside)
        check_groups([*(other.terms for other in others.values()), terms])


def _counted(session: Transaction, terms: TermsVersion, replaced_id: int) -> TermsVersion:
    """Return new terms with the month they are counted in, when theirs is closed."""
    last = hold_months(session, book_id=BOOK_ID)
    if last is None or Month.of(terms.effective_from) > last:
        return terms
    first = months.read_months(session, book_id=BOOK_ID).first_opened
    if first is None or Month.of(terms.effective_from) < Month.of_day(first):
        raise EffectiveInClosedMonth(
            field="terms.effective_from", value=terms.effective_from.isoformat(), month=last
        )
    replaced = licenses.terms_versions(session, ids=[replaced_id])[replaced_id]
    return check_retroactive(terms, replaced=replaced.terms, first_open=last.next())


def _check_owner(keys: Mapping[str, SubjectKey], owner_reference: str | None) -> None:
    for reference, key in keys.items():
        if owner_reference not in (None, key.owner):
            raise SubjectOfAnother(field="subjects", value=reference)


def _check_decided(
    keys: Mapping[str, SubjectKey], decided: Mapping[int, OptInState], state: OptInState
) -> None:
    for reference, key in keys.items():
        before = decided.get(key.id, state)
        if before is not state:
            raise OptInDecidedAlready(field="effective_at", value=reference, state=before)


def _subject_fields(license: NewLicense) -> dict[str, str]:
    return {
        reference: f"grants.{index}.subjects"
        for index, grant in enumerate(license.grants)
        for reference in grant.subjects
    }


def _effective_instants(license_: License) -> dict[str, datetime]:
    return {
        f"grants.{index}.terms.effective_from": version.effective_from
        for index, grant in enumerate(license_.grants)
        for version in grant.versions
    }


def _revenue_shares(license_: License) -> dict[str, RevenueTerms | None]:
    return {
        f"grants.{index}.terms.revenue_share": version.revenue_share
        for index, grant in enumerate(license_.grants)
        for version in grant.versions
    }
