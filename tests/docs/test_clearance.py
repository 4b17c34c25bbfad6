"""docs/clearance.md: its fields are those that are taken, its answer has those that are given."""

import json

import msgspec

from api import shapes
from api.clearance_tokens import LIFETIME
from api.routes.clearances import BODY_BYTES_MAX, ClearanceBody
from tests.docs.pages import blocks, code, table, text

CLEARANCE = "docs/clearance.md"


def test_the_fields_are_those_that_are_decoded() -> None:
    told = {code(row[0]): row[1] == "yes" for row in table(CLEARANCE, "field")}
    decoded = msgspec.structs.fields(ClearanceBody)
    assert told == {each.name: each.required for each in decoded}


def test_the_request_of_the_example_is_taken() -> None:
    (request,) = blocks(CLEARANCE, "sh")
    body = request.split("--data '")[1].split("'")[0]
    assert json.loads(body) == shapes.CLEARANCE_EXAMPLE
    msgspec.json.decode(body, type=ClearanceBody)


def test_the_answer_of_the_example_has_the_fields_that_are_given() -> None:
    (answer,) = blocks(CLEARANCE, "json")
    told = json.loads(answer)
    shapes.ClearanceAnswer.model_validate(told)
    assert told.keys() == shapes.ClearanceAnswer.model_fields.keys()
    assert told["subjects"][0].keys() == shapes.ClearedBody.model_fields.keys()
    assert told["subjects"][0]["rate"].keys() == shapes.RateBody.model_fields.keys()


def test_the_limits_are_those_of_the_code() -> None:
    assert f"{BODY_BYTES_MAX >> 10} KiB" in text(CLEARANCE)
    assert f"{LIFETIME.seconds // 60} minutes" in text(CLEARANCE)
