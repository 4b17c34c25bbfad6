"""Explanations as data: the tree of steps as JSON, every figure as exact text."""

import json
from typing import Any

from ledger.core.explanation_tree import Step


def as_plain(step: Step) -> dict[str, Any]:
    """Return a step as dictionaries and lists; what it does not have is left out."""
    plain: dict[str, Any] = {"code": step.code}
    if step.reference is not None:
        plain["reference"] = step.reference
    if step.currency is not None:
        plain["currency"] = step.currency
    if step.values:
        plain["values"] = [
            {"code": value.code, "kind": str(value.kind), "value": value.text}
            for value in step.values
        ]
    if step.steps:
        plain["steps"] = [as_plain(each) for each in step.steps]
    return plain


def as_json(step: Step) -> str:
    """Return a step as JSON for a person or a program."""
    return json.dumps(as_plain(step), ensure_ascii=False, indent=2)
