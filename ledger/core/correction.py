"""
Corrections: what counts of a recorded generation from now on, as a row that names it.

Nothing that was recorded is edited. Each identity has revisions: 0 is the report, and each
correction is the next one. The highest stands. A correction says which revision it makes, so
that the same one sent again is known, and one that was overtaken is not made by mistake.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from ledger.core.acceptance import Judgement
from ledger.core.batch import is_future
from ledger.core.fields import check_text
from ledger.core.period import Month
from ledger.core.proof import leaf_hash
from ledger.core.receipt import Receipt
from ledger.core.refusal import Refusal
from ledger.core.usage import ReportedGeneration, differing_fields

#: The most characters of a note.
NOTE_MAX = 500


class CorrectionKind(StrEnum):
    """What a correction does."""

    VOID = "void"
    REPLACE = "replace"


class CorrectionReason(StrEnum):
    """Why something was recorded wrongly."""

    NOT_GENERATED = "not_generated"
    REPORTED_TWICE = "reported_twice"
    TEST_DATA = "test_data"
    WRONG_QUANTITY = "wrong_quantity"
    WRONG_SUBJECT = "wrong_subject"
    WRONG_FACTS = "wrong_facts"
    OTHER = "other"


class GenerationNotRecorded(Refusal):
    """Nothing is recorded under this source, id and month. Carries the three."""

    code = "generation_not_recorded"
    field = "id"


class GenerationAmbiguous(Refusal):
    """An id is recorded in more than one month. Carries the months to choose from."""

    code = "generation_ambiguous"
    field = "month"


class ReplacementOfAnother(Refusal):
    """The replacing event has another source or id than what it is to replace."""

    code = "replacement_of_another"
    field = "replacement"


class ReplacementInOtherMonth(Refusal):
    """The replacing event lies in another month, so it is another generation. Carries both."""

    code = "replacement_in_other_month"
    field = "replacement.time"


class ReplacementMissing(Refusal):
    """A correction that replaces says nothing to put in its place, or a void does."""

    code = "replacement_missing"
    field = "replacement"


class ReplacementNotExpected(Refusal):
    """A void puts nothing in its place, and yet an event came with it."""

    code = "replacement_not_expected"
    field = "replacement"


class ReplacementInFuture(Refusal):
    """The replacing event lies ahead of the book's clock."""

    code = "time_in_future"
    field = "replacement.time"


class NoteMissing(Refusal):
    """The reason is none of the listed ones, and the note does not say which it is."""

    code = "note_missing"
    field = "note"


class NothingToCorrect(Refusal):
    """The replacing event says what stands already."""

    code = "nothing_to_correct"
    field = "replacement"


class AlreadyVoid(Refusal):
    """What is to be voided is void. Carries the revision that voided it."""

    code = "already_void"
    field = "kind"


class CorrectionConflict(Refusal):
    """The revision is on record with another content. Carries what stands now."""

    code = "correction_conflict"
    field = "revision"


class RevisionMissing(Refusal):
    """The correction leaves out a revision. Carries the next one."""

    code = "revision_missing"
    field = "revision"


class CorrectedTwice(Refusal):
    """The same generation is corrected earlier in the same batch. Carries where."""

    code = "corrected_twice"
    field = "id"


class Identity(NamedTuple):
    """What makes a generation this one, beside its licensee."""

    month: date  # first day of the accrual month
    source: str
    event_id: str


class State(NamedTuple):
    """What counts of a generation: its facts, and what was decided about them."""

    reported: ReportedGeneration
    judgement: Judgement


class Correction(NamedTuple):
    """
    What a firm says about one of its recorded generations.

    ``month`` is the first day of the accrual month, or None when the id is in one month only.
    """

    source: str
    event_id: str
    kind: CorrectionKind
    reason: CorrectionReason
    note: str = ""
    revision: int = 1  # the one it makes
    month: date | None = None
    replacement: ReportedGeneration | None = None

    def content_hash(self, identity: Identity) -> bytes:
        """
        Return the leaf hash (RFC 6962) of a correction of this identity.

        One canonical spelling in UTF-8, with NUL between: the word ``correction``, source, id,
        month, revision, kind, reason, note, and the content hash of what is put in its place
        in hexadecimal, empty for a void. It has fewer fields than any report, so that no
        correction spells the bytes of a generation.
        """
        replaced = self.replacement.content_hash().hex() if self.replacement else ""
        fields = (
            "correction",
            identity.source,
            identity.event_id,
            f"{identity.month:%Y-%m}",
            str(self.revision),
            self.kind,
            self.reason,
            self.note,
            replaced,
        )
        return leaf_hash("\0".join(fields).encode())


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One state of a generation: as it was reported (0), or as a correction left it."""

    number: int
    kind: CorrectionKind | None  # None for the report itself
    reason: CorrectionReason | None
    note: str
    recorded_at: datetime
    recorded_by: str | None
    counted_month: date | None  # when it was recorded for a closed month: where it counts
    receipt: Receipt
    state: State | None  # None when void


#: Every revision of one generation, from its report on.
History = tuple[Revision, ...]


def check_correction(correction: Correction) -> None:
    """
    Make sure that a correction says what it has to by itself.

    :raises ReplacementMissing, ReplacementNotExpected: its kind and its event do not agree.
    :raises ReplacementOfAnother: the event names another source or id.
    :raises NoteMissing: the reason ``other`` needs words.
    :raises TextMissing, TextUnprintable: a text is empty, or holds a control character.
    """
    check_text(correction.source, field="source")
    check_text(correction.event_id, field="id")
    check_text(correction.note, field="note", may_be_empty=True)
    replacement = correction.replacement
    if correction.kind is CorrectionKind.VOID and replacement is not None:
        raise ReplacementNotExpected
    if correction.kind is CorrectionKind.REPLACE:
        if replacement is None:
            raise ReplacementMissing
        named = (correction.source, correction.event_id)
        if (replacement.source, replacement.event_id) != named:
            raise ReplacementOfAnother(
                source=replacement.source, id=replacement.event_id, corrected=correction.event_id
            )
    if correction.reason is CorrectionReason.OTHER and not correction.note.strip():
        raise NoteMissing


def choose(
    recorded: Iterable[Identity], *, source: str, event_id: str, month: date | None
) -> Identity:
    """
    Return the one identity that is meant by a source and id, and perhaps a month.

    :raises GenerationNotRecorded: none of them.
    :raises GenerationAmbiguous: more than one.
    """
    found = [each for each in recorded if month in (None, each.month)]
    if not found:
        named = f"{month:%Y-%m}" if month else "*"
        raise GenerationNotRecorded(id=event_id, source=source, month=named)
    if len(found) > 1:
        raise GenerationAmbiguous(id=event_id, months=_months(found))
    return found[0]


def identify(correction: Correction, recorded: Iterable[Identity]) -> Identity:
    """
    Return which of the identities recorded under its source and id a correction means.

    An event that replaces means the one of its own month.

    :raises GenerationNotRecorded, GenerationAmbiguous: see :func:`choose`.
    :raises ReplacementInOtherMonth: what it means lies in another month than its event.
    """
    found = [each for each in recorded if correction.month in (None, each.month)]
    if correction.replacement is not None and found:
        month = Month.of(correction.replacement.occurred_at)
        beside = [each for each in found if each.month == month.first_day]
        if not beside:
            raise ReplacementInOtherMonth(
                id=correction.event_id, month=month, recorded=_months(found)
            )
        found = beside
    return choose(
        found, source=correction.source, event_id=correction.event_id, month=correction.month
    )


def examine(
    correction: Correction, *, identity: Identity, history: History, recorded_at: datetime
) -> Revision | None:
    """
    Return the revision that a correction already is, or None when it is to be recorded.

    :raises CorrectionConflict: its revision is another correction.
    :raises RevisionMissing: there is a revision between it and what stands.
    :raises AlreadyVoid, NothingToCorrect: it changes nothing.
    :raises ReplacementInFuture: its event lies ahead of our clock.
    """
    standing = history[-1]
    if correction.revision <= standing.number:
        made = history[correction.revision]
        if made.receipt.leaf_hash == correction.content_hash(identity):
            return made
        raise CorrectionConflict(
            id=correction.event_id,
            revision=correction.revision,
            standing=standing.number,
            kind=standing.kind or "report",
            fields=", ".join(_differing(correction, made)),
            next=standing.number + 1,
        )
    if correction.revision > standing.number + 1:
        raise RevisionMissing(
            id=correction.event_id, revision=correction.revision, next=standing.number + 1
        )
    if correction.replacement is None:
        if standing.state is None:
            raise AlreadyVoid(id=correction.event_id, revision=standing.number)
    elif is_future(correction.replacement.occurred_at, recorded_at=recorded_at):
        raise ReplacementInFuture(time=correction.replacement.occurred_at.isoformat())
    elif standing.state and not differing_fields(standing.state.reported, correction.replacement):
        raise NothingToCorrect(id=correction.event_id, revision=standing.number)
    return None


def _months(identities: Iterable[Identity]) -> str:
    return ", ".join(sorted({f"{each.month:%Y-%m}" for each in identities}))


def _differing(correction: Correction, made: Revision) -> list[str]:
    """Name what differs between a correction and the one that has its revision."""
    told = [
        name for name in ("kind", "reason", "note")
        if getattr(correction, name) != getattr(made, name)
    ]  # fmt: skip
    if correction.replacement and made.state:
        told += differing_fields(made.state.reported, correction.replacement)
    return told
