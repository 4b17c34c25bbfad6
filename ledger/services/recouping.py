"""
Recouping: what a recoup group becomes from a month on, by agreement.

Its crossing, its grants, its advances and its guarantees are agreed anew as a whole. What was set
off in closed months stays.
"""

from datetime import datetime, timedelta

from ledger.core.fields import FieldRefusal, check_instant, check_text
from ledger.core.period import Month, day_starts_at, tokyo_day
from ledger.core.recoup_agreement import NewRecoupTerms, read_recoup_terms
from ledger.core.recoup_versions import RecoupVersion, check_change
from ledger.services import BOOK_ID
from ledger.store import recoup_versions
from ledger.store.database import Database
from ledger.store.effective import keep_open
from ledger.store.parties import lock_names
from ledger.store.recoup_versions import LicenseGroups


class RecoupGroupUnknown(FieldRefusal):
    """The book has no license of this reference, or the license no such group."""

    code = "recoup_group_unknown"


def change_group(
    database: Database,
    *,
    license_reference: str,
    recoup_group: str,
    terms: NewRecoupTerms,
    recorded_by: str,
    recorded_at: datetime,
) -> int:
    """
    Write new terms of a group, from the first day of a month that is open; return their version.

    A grant that leaves takes along what it owes: its lines that waited are invoiced by the month
    in which it is in the group no more.

    :raises RecoupGroupUnknown: the book has no such license, or the license no such group.
    :raises EffectiveInClosedMonth: their month is closed.
    :raises Refusal: they contradict themselves (:func:`read_recoup_terms`), or something that was
        agreed, billed or measured (:func:`check_change`).
    """
    at = check_instant(recorded_at, field="recorded_at")
    by = check_text(recorded_by, field="recorded_by")
    clause = check_text(terms.clause_reference, field="terms.clause_reference")
    with database.transaction() as session:
        lock_names(session)
        found = recoup_versions.find_groups(
            session, book_id=BOOK_ID, license_reference=license_reference
        )
        if found is None:
            raise RecoupGroupUnknown(field="license", value=license_reference)
        group_id = _key(found, recoup_group)
        known = found.groups[group_id]
        group = read_recoup_terms(terms, reference=recoup_group, grant_count=found.grant_count)
        begins = {"terms.effective_from": day_starts_at(terms.effective_from)}
        keep_open(session, book_id=BOOK_ID, instants=begins)
        new = RecoupVersion(
            version=len(known.versions) + 1,
            since=terms.effective_from,
            clause_reference=clause,
            group=group,
        )
        check_change(
            known,
            new,
            begun_on=Month.of(found.starts_at).first_day,
            ends_on=found.ends_at and tokyo_day(found.ends_at - timedelta(microseconds=1)),
            billed_minor=recoup_versions.billed_of(session, group_id=group_id),
            beside=[each for key, each in found.groups.items() if key != group_id],
        )
        recoup_versions.insert_version(
            session,
            group_id=group_id,
            licensee_id=found.licensee_id,
            known=known,
            new=new,
            recorded_by=by,
            recorded_at=at,
        )
    return new.version


def _key(found: LicenseGroups, reference: str) -> int:
    for key, group in found.groups.items():
        if group.reference == reference:
            return key
    raise RecoupGroupUnknown(field="recoup_group", value=reference)
