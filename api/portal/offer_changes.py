"""What versions of an offer say in words, and what each says otherwise than the one before."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from api.offer_words import in_words
from api.portal.visits import Visit
from ledger.core.proposal import NewOfferVersion, read_version
from ledger.services.browsing import OfferShown
from ledger.store.offers import VersionInBook


def words_of(visit: Visit, shown: OfferShown) -> Mapping[int, Sequence[str]]:
    """Return what each version says, by its number."""
    return {
        each.version.version: in_words(each.version.terms, visit.language)
        for each in shown.offer.versions
    }


def changes_of(
    visit: Visit, versions: Sequence[VersionInBook]
) -> Mapping[int, tuple[list[str], list[str]]]:
    """Return what each version says that the one before did not, and what it says no more."""
    return {
        later.version.version: between(visit, earlier, later)
        for earlier, later in pairwise(versions)
    }


def between(
    visit: Visit, earlier: VersionInBook, later: VersionInBook
) -> tuple[list[str], list[str]]:
    """Return what a later version says anew, and what it says no more."""
    before = in_words(earlier.version.terms, visit.language)
    after = in_words(later.version.terms, visit.language)
    return (
        [each for each in after if each not in before],
        [each for each in before if each not in after],
    )


def told_of(visit: Visit, version: NewOfferVersion | None) -> list[str]:
    """Return what was typed in words, once it can be read."""
    if version is None:
        return []
    return in_words(read_version(version, version=1).terms, visit.language)
