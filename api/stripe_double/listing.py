"""Pages of lists, and the objects that an answer shows in place of their ids."""

import copy
from collections.abc import Sequence
from typing import Any

from api.stripe_double import shapes
from api.stripe_double.errors import invalid, no_such
from api.stripe_double.shapes import Object
from api.stripe_double.state import State

LIMIT, LIMIT_MAX = 10, 100


def page(found: Sequence[Object], params: dict[str, Any], url: str) -> Object:
    """
    Return a page of what was found, the newest first.

    :raises StripeError: the limit is out of range, or the page is to begin where nothing is.
    """
    limit = params.get("limit", LIMIT)
    if not 1 <= limit <= LIMIT_MAX:
        raise invalid("limit", "This value must be between 1 and 100 inclusive.")
    ids = [each["id"] for each in found]
    first, last = 0, len(found)
    if after := params.get("starting_after"):
        first = _place(ids, after) + 1
    if before := params.get("ending_before"):
        last = _place(ids, before)
        first = max(first, last - limit)
    chosen = list(found[first:last][:limit])
    has_more = last - first > limit or (bool(before) and first > 0)
    return shapes.listed(chosen, url, has_more=has_more)


def created_in(found: Sequence[Object], params: dict[str, Any]) -> list[Object]:
    """Return what was created when the parameter ``created`` says."""
    wanted = params.get("created")
    if wanted is None:
        return list(found)
    if isinstance(wanted, int):
        wanted = {"gte": wanted, "lte": wanted}
    asked = {
        "gt": lambda at, bound: at > bound,
        "gte": lambda at, bound: at >= bound,
        "lt": lambda at, bound: at < bound,
        "lte": lambda at, bound: at <= bound,
    }
    return [
        each
        for each in found
        if all(asked[name](each["created"], bound) for name, bound in wanted.items())
    ]


def expanded(state: State, answer: Object, paths: Sequence[str]) -> Object:
    """
    Return a copy of an answer that shows the objects at some paths in place of their ids.

    :raises StripeError: there is nothing at a path that could be shown.
    """
    shown = copy.deepcopy(answer)
    for path in paths:
        _expand(state, shown, path.split("."), path)
    return shown


def _expand(state: State, within: Any, steps: Sequence[str], path: str) -> None:
    if isinstance(within, list):
        for each in within:
            _expand(state, each, steps, path)
        return
    step, *rest = steps
    if step not in within:
        raise invalid("expand", f"This property cannot be expanded ({path}).")
    value = within[step]
    if isinstance(value, str):
        found = state.anything(value)
        if found is None:
            raise invalid("expand", f"This property cannot be expanded ({path}).")
        value = within[step] = copy.deepcopy(found)
    elif not isinstance(value, dict | list | None):
        raise invalid("expand", f"This property cannot be expanded ({path}).")
    if rest and value is not None:
        _expand(state, value, rest, path)


def _place(ids: list[str], identity: str) -> int:
    if identity not in ids:
        raise no_such("object", identity, param="starting_after")
    return ids.index(identity)
