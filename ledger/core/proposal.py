"""
An offer as its holder writes it, and how a version of it becomes core values.

What it says is taken as a license is (:mod:`ledger.core.agreement`), because it becomes one
when somebody accepts it: the same words, the same refusals, the field at fault named.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.core.agreement import (
    WIND_DOWN_DAYS_MAX,
    NewQuota,
    NewTerms,
    read_prohibited,
    read_quota,
    read_terms,
    read_territories,
    read_words,
)
from ledger.core.fields import check_instant, check_period, check_text, check_whole
from ledger.core.offer import OfferedTerms, OfferState, OfferVersion
from ledger.core.offered_advances import OfferedAdvance, OfferedGuarantee, check_offered
from ledger.core.period import tokyo_day
from ledger.core.terms import WORLD
from ledger.core.usage import Modality, UseClass


@dataclass(frozen=True, kw_only=True)
class NewOfferVersion:
    """
    What is offered from ``terms.effective_from`` on, until it ends or another version takes over.

    A license that is accepted under it ends with it, and winds down for so many days.
    """

    modalities: tuple[str, ...]
    use_classes: tuple[str, ...]
    terms: NewTerms
    territories: tuple[str, ...] = (WORLD,)
    ends_at: datetime | None = None
    wind_down_days: int = 0
    ai_label: str = ""  # the words an output has to be labeled with
    prohibited_content: tuple[str, ...] = ()  # what no output may show
    quota: NewQuota | None = None
    advances: tuple[OfferedAdvance, ...] = ()
    guarantees: tuple[OfferedGuarantee, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewOffer(NewOfferVersion):
    """A holder's offer for one subject, or, when none is named, for everything it has."""

    reference: str
    holder: str
    subject: str | None = None  # a character, a voice, a work or a franchise


def read_version(new: NewOfferVersion, *, version: int) -> OfferVersion:
    """
    Return one version of an offer as core values.

    :raises EndsBeforeItStarts: it ends at or before its start.
    :raises NumberOutOfRange: the wind-down is longer than any is.
    :raises QuotaContradicts: the quota contradicts itself or the terms.
    :raises Refusal: advances or guarantees contradict themselves (:func:`check_offered`).
    :raises FieldRefusal: another field cannot be taken as it was sent (see :func:`read_terms`).
    """
    terms = read_terms(new.terms, version=version, path="terms")
    ends_at = new.ends_at and check_instant(new.ends_at, field="ends_at")
    check_period(terms.effective_from, ends_at, field="ends_at")
    offered_on = tokyo_day(terms.effective_from)
    check_offered(new.advances, new.guarantees, offered_on=offered_on)
    return OfferVersion(
        version=version,
        state=OfferState.OFFERED,
        effective_at=terms.effective_from,
        ends_at=ends_at,
        terms=OfferedTerms(
            modalities=read_words(new.modalities, of=Modality, field="modalities"),
            use_classes=read_words(new.use_classes, of=UseClass, field="use_classes"),
            territories=read_territories(new.territories, field="territories"),
            rate_lines=terms.rate_lines,
            clause_reference=terms.clause_reference,
            currency=terms.currency,
            rounding=terms.rounding,
            recognition=terms.recognition,
            revenue_share=terms.revenue_share,
            wind_down_days=check_whole(
                new.wind_down_days, field="wind_down_days", most=WIND_DOWN_DAYS_MAX
            ),
            ai_label=check_text(new.ai_label, field="ai_label", may_be_empty=True),
            prohibited_content=frozenset(
                read_prohibited(new.prohibited_content, field="prohibited_content")
            ),
            quota=read_quota(new.quota, terms.rate_lines, path="quota"),
            advances=new.advances,
            guarantees=new.guarantees,
        ),
    )
