"""
Languages as reports and consents name them: BCP 47 tags, compared and never looked up.

A consent to a language covers what is narrower (RFC 4647, basic filtering): ``ja`` covers
``ja-JP``. A report that is wider than the consent, or says that the language is undetermined,
leaves unknown whether it is covered.
"""

import re
from collections.abc import Collection

from ledger.core.fields import FieldRefusal

#: A primary language and whatever narrows it.
TAG = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*"

#: The longest tag that RFC 5646 asks programs to keep.
TAG_LENGTH_MAX = 35

_TAG = re.compile(TAG)
_UNDETERMINED = "und"


class LanguageMalformed(FieldRefusal):
    """A language is no tag, such as ``ja`` or ``en-US``."""

    code = "language_malformed"


def is_tag(text: str) -> bool:
    """
    Tell whether a text is a tag.

    >>> [is_tag(text) for text in ("ja", "en-US", "zh-Hant-TW", "Japanese", "ja_JP", "")]
    [True, True, True, False, False, False]
    """
    return len(text) <= TAG_LENGTH_MAX and _TAG.fullmatch(text) is not None


def covers(consented: Collection[str], language: str | None) -> bool | None:
    """
    Tell whether some languages cover one; None where that cannot be known.

    >>> covers(["ja"], "ja-JP"), covers(["ja"], "en"), covers(["en-US"], "en"), covers(["ja"], None)
    (True, False, None, None)
    """
    if language is None or language.lower() == _UNDETERMINED:
        return None
    said = language.lower()
    tags = [each.lower() for each in consented]
    if any(said == tag or said.startswith(f"{tag}-") for tag in tags):
        return True
    return None if any(tag.startswith(f"{said}-") for tag in tags) else False
