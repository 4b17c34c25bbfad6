"""
The check of every request against the parameters that Stripe publishes with its package.

What ``stripe.params`` does not name is refused as Stripe refuses it, so a request that works here
is one that the pinned version of Stripe's API knows.
"""

import re
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints

import typing_extensions
from stripe import RequestOptions
from typing_extensions import is_typeddict

from api.stripe_double.errors import StripeError, invalid, missing, unknown

#: What the package takes beside parameters, and sends as headers.
_OPTIONS = frozenset(RequestOptions.__annotations__)
_UNFIT = object()


def check(operation: str, given: dict[str, Any]) -> dict[str, Any]:
    """
    Return a request's parameters with numbers and truths made of their texts.

    ``operation`` names the type, ``payment_intent_create`` for ``PaymentIntentCreateParams``.

    :raises StripeError: one is unknown, missing, or cannot be what it is.
    """
    return _table(_described(operation), given, "")


@cache
def _described(operation: str) -> Any:
    module = import_module(f"stripe.params._{operation}_params")
    name = "".join(word.capitalize() for word in operation.split("_"))
    return getattr(module, f"{name}Params")


@cache
def _fields(kind: Any) -> dict[str, Any]:
    own = {name: hint for name, hint in kind.__annotations__.items() if name not in _OPTIONS}
    bare = type(kind.__name__, (), {"__annotations__": own, "__module__": kind.__module__})
    return get_type_hints(bare, vars(import_module(kind.__module__)), include_extras=True)


def _table(kind: Any, given: Any, path: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise invalid(path, f"Invalid object: {path}")
    fields = _fields(kind)
    for name in given:
        if name not in fields:
            raise unknown(_inside(path, name))
    checked = {}
    for name, hint in fields.items():
        is_optional = get_origin(hint) in (NotRequired, typing_extensions.NotRequired)
        if name in given:
            checked[name] = _value(_bare(hint), given[name], _inside(path, name))
        elif not is_optional:
            raise missing(_inside(path, name))
    return checked


def _value(hint: Any, given: Any, path: str) -> Any:
    options = _options(hint)
    refused: StripeError | None = None
    for option in options:
        try:
            value = _one(option, given, path)
        except StripeError as error:
            refused = refused or error
        else:
            if value is not _UNFIT:
                return value
    raise refused or invalid(path, f"Invalid {_called(options)}: {given}", _code(options))


def _one(hint: Any, given: Any, path: str) -> Any:
    """Return a value as one type has it, ``_UNFIT`` when it is none of its values."""
    origin = get_origin(hint)
    if is_typeddict(hint):
        return _table(hint, given, path) if isinstance(given, dict) else _UNFIT
    if origin is Literal:
        return given if given in get_args(hint) else _UNFIT
    if origin is list:
        if not isinstance(given, list):
            return _UNFIT
        (item,) = get_args(hint)
        return [_value(item, each, f"{path}[{n}]") for n, each in enumerate(given)]
    if origin is dict:
        return given if isinstance(given, dict) else _UNFIT
    if not isinstance(given, str):
        return _UNFIT
    if hint is bool:
        return {"true": True, "false": False}.get(given, _UNFIT)
    if hint is int:
        return int(given) if re.fullmatch(r"-?\d+", given) else _UNFIT
    return given if hint is str else _UNFIT


def _options(hint: Any) -> list[Any]:
    hint = _bare(hint)
    if get_origin(hint) in (Union, UnionType):
        return [option for each in get_args(hint) for option in _options(each)]
    return [] if hint is NoneType else [hint]


def _bare(hint: Any) -> Any:
    while get_origin(hint) in (NotRequired, typing_extensions.NotRequired, Required):
        (hint,) = get_args(hint)
    return hint


def _called(options: list[Any]) -> str:
    return {int: "integer", bool: "boolean", str: "string"}.get(options[0], "value")


def _code(options: list[Any]) -> str | None:
    return "parameter_invalid_integer" if options[0] is int else None


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
