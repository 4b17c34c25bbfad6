"""A refusal in the reader's words: title and detail from the catalogues."""

from collections.abc import Mapping

from api.reasons import in_words
from ledger.core.refusal import Refusal
from ledger.store.database import RefusedByDatabase
from locales.catalogues import message


def title_of(refusal: Refusal, language: str) -> str:
    """Return what happened, in a few words."""
    return message(language, f"problem.{_code_of(refusal)}.title")


def detail_of(refusal: Refusal, language: str) -> str:
    """Return what happened, where, and what to do next; with its cause when it has one."""
    values = _values_of(refusal, language)
    detail = message(language, f"problem.{_code_of(refusal)}.detail", **values)
    cause = refusal.__cause__
    return f"{detail} {detail_of(cause, language)}" if isinstance(cause, Refusal) else detail


def _code_of(refusal: Refusal) -> str:
    """The database's own rules share one wording; a use case should have said no before them."""
    return RefusedByDatabase.code if isinstance(refusal, RefusedByDatabase) else refusal.code


def _values_of(refusal: Refusal, language: str) -> Mapping[str, str]:
    values = dict(refusal.values)
    if isinstance(refusal, RefusedByDatabase):
        values["rule"] = refusal.code
    if "reason" in values:
        values["reason"] = in_words(values["reason"], language)
    if "remedy" in values:
        values["remedy"] = message(language, f"remedy.{values['remedy']}")
    return values
