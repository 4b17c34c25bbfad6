"""
A performer's consent to the use of the own voice: to what, since when, and how it is withdrawn.

Japanese law knows no right in a voice as such, so nothing stands in for consent: without one
there is no use. It is given for classes of use and for languages, and a withdrawal takes effect
after the notice that was agreed; in the meantime use still earns, as a wind-down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ledger.core.language import covers
from ledger.core.period import day_starts_at
from ledger.core.refusal import Refusal
from ledger.core.usage import UseClass
from ledger.core.wind_down import Phase, over_at, phase


class ConsentContradicts(Refusal):
    """A consent covers nothing, is withdrawn before it is given, or has a negative notice."""

    code = "consent_contradicts"

    def __init__(self, field: str, performer: str) -> None:
        super().__init__(field=field, performer=performer)


class ConsentStanding(StrEnum):
    """What a performer's consents say about a use at an instant, the most welcome first."""

    GIVEN = "given"
    IN_NOTICE = "in_notice"  # Withdrawn, and the notice is still running.
    LANGUAGE_UNKNOWN = "language_unknown"  # Some languages are consented to; which was it?
    WITHDRAWN = "withdrawn"
    OTHER_LANGUAGE = "other_language"  # The use is consented to, in other languages.
    MISSING = "missing"


_WELCOME = {standing: index for index, standing in enumerate(ConsentStanding)}
_OF_PHASE = {
    Phase.RUNNING: ConsentStanding.GIVEN,
    Phase.WINDING_DOWN: ConsentStanding.IN_NOTICE,
    Phase.OVER: ConsentStanding.WITHDRAWN,
}


@dataclass(frozen=True, kw_only=True)
class Consent:
    """
    One consent of one performer. Days are those of the Japanese calendar.

    It begins with the first instant of ``given_on``. The notice begins with the first instant
    of ``withdrawn_on`` and runs for whole days. No ``languages`` means any.

    :raises ConsentContradicts: the field at fault is named.
    """

    performer: str
    use_classes: frozenset[UseClass]
    given_on: date
    notice_period_days: int
    languages: frozenset[str] = frozenset()  # BCP 47 tags, as reports name them
    withdrawn_on: date | None = None
    evidence_sha256: str | None = None

    def __post_init__(self) -> None:
        if not self.use_classes:
            raise ConsentContradicts("use_classes", self.performer)
        if self.notice_period_days < 0:
            raise ConsentContradicts("notice_period_days", self.performer)
        if self.withdrawn_on is not None and self.withdrawn_on < self.given_on:
            raise ConsentContradicts("withdrawn_on", self.performer)

    @property
    def boundaries(self) -> tuple[datetime, ...]:
        """The instants at which its standing may change."""
        given_at = day_starts_at(self.given_on)
        if self.withdrawn_on is None:
            return (given_at,)
        withdrawn_at = day_starts_at(self.withdrawn_on)
        return (given_at, withdrawn_at, over_at(withdrawn_at, days=self.notice_period_days))

    def standing(
        self, *, use_class: UseClass, language: str | None, at: datetime
    ) -> ConsentStanding:
        """Tell what this consent alone says; a language that is not reported is None."""
        if use_class not in self.use_classes or at < day_starts_at(self.given_on):
            return ConsentStanding.MISSING
        is_covered = covers(self.languages, language) if self.languages else True
        if is_covered is False:
            return ConsentStanding.OTHER_LANGUAGE
        withdrawn_at = None if self.withdrawn_on is None else day_starts_at(self.withdrawn_on)
        reached = _OF_PHASE[phase(at, ends_at=withdrawn_at, days=self.notice_period_days)]
        if reached is not ConsentStanding.WITHDRAWN and is_covered is None:
            return ConsentStanding.LANGUAGE_UNKNOWN
        return reached


def standing(
    consents: Iterable[Consent], *, use_class: UseClass, language: str | None, at: datetime
) -> ConsentStanding:
    """
    Tell what a performer's consents say together: the most welcome of what each says.

    So a new consent after a withdrawal stands, and one that is missing takes nothing from another.
    """
    said = (each.standing(use_class=use_class, language=language, at=at) for each in consents)
    return min(said, key=_WELCOME.__getitem__, default=ConsentStanding.MISSING)
