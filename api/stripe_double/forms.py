"""Forms as Stripe reads them: ``a[b][0]=x`` is a table in a table, numbers are places in lists."""

import re
from typing import Any
from urllib.parse import parse_qsl

from api.stripe_double.errors import invalid

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def decode(text: str) -> dict[str, Any]:
    """
    Return the parameters of a form or a query; every value is text.

    >>> decode("amount=100&metadata[a]=b&expand[0]=x&expand[1]=y")
    {'amount': '100', 'metadata': {'a': 'b'}, 'expand': ['x', 'y']}

    :raises StripeError: a name is used for a value and for a table.
    """
    decoded: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = _NAME.fullmatch(name)
        if match is None:
            raise invalid(name, f"Invalid parameter name: {name}")
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _put(decoded, steps, value, name)
    return {name: _listed(value) for name, value in decoded.items()}


def _put(table: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    *outer, last = steps
    for step in outer:
        table = table.setdefault(step or str(len(table)), {})
        if not isinstance(table, dict):
            raise invalid(name, f"Invalid hash: {name}")
    table[last or str(len(table))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
