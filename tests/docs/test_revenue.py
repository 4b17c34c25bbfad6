"""docs/revenue.md: its terms and fields are those of the code, its examples are taken."""

import re
import tomllib
from decimal import Decimal

import msgspec
from pydantic import TypeAdapter

from api import problems
from api.routes.revenues import RevenueSent, RevenuesSent
from api.world import World, unknown_fields
from ledger.core.agreement import NewRevenueShare, read_license
from ledger.core.exchange import CARRIED_DAYS_MAX, FxRule
from ledger.core.revenue_terms import RevenueBase
from locales.catalogues import keys
from tests.docs.pages import blocks, code, table, text

REVENUE = "docs/revenue.md"


def test_the_terms_are_those_that_are_read() -> None:
    told = [code(row[0]) for row in table(REVENUE, "term")]
    assert told == list(NewRevenueShare.__dataclass_fields__)
    for word in (*RevenueBase, *FxRule):
        assert f"`{word}`" in text(REVENUE)


def test_the_contract_of_the_example_is_taken() -> None:
    tables = tomllib.loads(blocks(REVENUE, "toml")[0])
    assert list(unknown_fields(tables, World)) == []
    (license_,) = TypeAdapter(World).validate_python(tables).licenses
    share = read_license(license_).grants[0].versions[0].revenue_share
    assert share is not None
    assert (share.percent, share.fx_rule) == (Decimal(18), FxRule.LAST_DAY)


def test_the_fields_are_those_that_are_decoded() -> None:
    told = {code(row[0]) for row in table(REVENUE, "field")}
    assert told == {each.encode_name for each in msgspec.structs.fields(RevenueSent)}


def test_the_request_of_the_example_is_taken() -> None:
    body = blocks(REVENUE, "sh")[0].split("--data '")[1].split("'")[0]
    (revenue,) = msgspec.json.decode(body, type=RevenuesSent).revenues
    assert Decimal(revenue.amount) == Decimal("214336.57")


def test_the_problems_have_words_and_their_status() -> None:
    for status, named, _ in table(REVENUE, "HTTP", "code"):
        (name,) = re.findall(r"`(\w+)`", named)
        assert f"problem.{name}.title" in keys("ja"), name
        assert problems.STATUS_OF.get(name, 422) == int(status), name


def test_the_age_of_a_rate_is_that_of_the_code() -> None:
    assert f"more than {CARRIED_DAYS_MAX} days older" in text(REVENUE)
