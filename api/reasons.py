"""
Why a value cannot be taken, in the reader's words.

Decoders say it in English and in the words of programmers. What they usually say is known here by
its form and worded in the catalogues; what they seldom say is passed on as it is.
"""

import re
from functools import lru_cache

from locales.catalogues import message

#: What msgspec calls a kind of value, by the key of its words.
_KINDS = {
    "str": "reason.kind.text",
    "int": "reason.kind.whole_number",
    "float": "reason.kind.number_with_point",
    "bool": "reason.kind.truth",
    "null": "reason.kind.null",
    "array": "reason.kind.list",
    "object": "reason.kind.object",
    "datetime": "reason.kind.instant",
}
#: And pydantic.
_NOUNS = {
    "string": "reason.kind.text",
    "integer": "reason.kind.whole_number",
    "number": "reason.kind.number",
    "decimal": "reason.kind.number",
    "boolean": "reason.kind.truth",
    "list": "reason.kind.list",
    "array": "reason.kind.list",
    "datetime": "reason.kind.instant",
    "datetime or date": "reason.kind.instant",
    "date": "reason.kind.day",
}

_LENGTH = r"`?(?P<kind>str|array|String|List|Tuple|Set)`?"

#: Forms of what decoders say, and the key of the words for it. The first that fits is taken.
_FORMS = tuple(
    (re.compile(form, re.DOTALL), key)
    for form, key in (
        (rf"Expected {_LENGTH} of length >= (?P<least>\d+)", "reason.too_short"),
        (rf"Expected {_LENGTH} of length <= (?P<most>\d+)", "reason.too_long"),
        (rf"{_LENGTH} should have at least (?P<least>\d+) .*", "reason.too_short"),
        (rf"{_LENGTH} should have at most (?P<most>\d+) .*", "reason.too_long"),
        (r"Expected `\w+` >= (?P<least>\S+)", "reason.too_small"),
        (r"Expected `\w+` <= (?P<most>\S+)", "reason.too_large"),
        (r"Input should be greater than or equal to (?P<least>\S+)", "reason.too_small"),
        (r"Input should be less than or equal to (?P<most>\S+)", "reason.too_large"),
        (r"Expected `str` matching regex '(?P<pattern>.*)'", "reason.pattern"),
        (r"String should match pattern '(?P<pattern>.*)'", "reason.pattern"),
        (r"Invalid enum value (?P<value>.*)", "reason.word_unknown"),
        (r"Input should be (?P<known>'.*')", "reason.word_not_one_of"),
        (r"Invalid RFC3339 encoded datetime", "reason.instant"),
        (r"Expected `datetime` with a timezone component", "reason.instant_without_zone"),
        (r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`", "reason.other_kind"),
        (r"Input should be a valid dictionary.*", "reason.object"),
        (r"Input should be a valid (?P<noun>[a-z ]+?)(?:, .*)?", "reason.kind_needed"),
        (r"Field required", "reason.missing"),
        (r"Object missing required field `(?P<field>.*)`", "reason.missing_field"),
        (r"Extra inputs are not permitted", "reason.unknown"),
        (r"Object contains unknown field `(?P<field>.*)`", "reason.unknown_field"),
        (r"Input data was truncated", "reason.truncated"),
        (r"JSON is malformed: .*\(byte (?P<byte>\d+)\)", "reason.malformed_at"),
        (r"'utf-8' codec can't decode .*", "reason.not_utf8"),
        (r"maximum recursion depth exceeded.*", "reason.too_deep"),
        (r"Expecting .*|Extra data.*|Unterminated string.*|Invalid .*escape.*", "reason.malformed"),
        (r"Invalid control character.*", "reason.malformed"),
        (r"Expected two capital letters, such as JP", "reason.territory"),
        (r"Expected a language tag, such as ja or en-US", "reason.language"),
        (r"Expected 64 digits of lower-case hex", "reason.sha256"),
        (r"Expected no control characters", "reason.control_characters"),
        (r"Expected each subject once", "reason.subject_twice"),
    )
)


@lru_cache(maxsize=4096)
def in_words(told: str, language: str) -> str:
    """
    Return what a decoder told, in a language.

    >>> in_words("Expected `str`, got `int`", "en")
    'text is needed, and it was a whole number'
    """
    for form, key in _FORMS:
        if found := form.fullmatch(told):
            return message(language, key, **_values(found.groupdict(), language))
    return told


def _values(found: dict[str, str], language: str) -> dict[str, str]:
    """Word the kinds of value that a text names; the rest stands as it was sent."""
    if "expected" in found:
        found |= {name: _kinds(found[name], language) for name in ("expected", "got")}
    if "noun" in found:
        found["noun"] = _kind(_NOUNS.get(found["noun"]), found["noun"], language)
    found.pop("kind", None)
    return found


def _kinds(told: str, language: str) -> str:
    words = [_kind(_KINDS.get(kind), kind, language) for kind in told.split(" | ")]
    return message(language, "reason.kind.or").join(words)


def _kind(key: str | None, told: str, language: str) -> str:
    return told if key is None else message(language, key)
