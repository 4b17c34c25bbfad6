"""docs/offers.md: its requests are taken, its file is read, its addresses and commands exist."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from typer.testing import CliRunner

from api import cli
from api.offer_shapes import NewAcceptanceBody, NewOfferBody
from api.world import read_world
from ledger.core.proposal import read_version
from ledger.services.accepting import SUBJECTS_MAX
from tests.api.descriptions import operations
from tests.docs.pages import blocks, code, table, text

PAGE = "docs/offers.md"


def test_the_requests_are_taken() -> None:
    offer, acceptance = (block.split("--data '")[1].split("'")[0] for block in blocks(PAGE, "sh"))
    made = NewOfferBody.model_validate(json.loads(offer))
    version = made.offer(holder="hoshino", now=datetime(2026, 11, 22, tzinfo=UTC))
    assert read_version(version, version=1).terms.wind_down_days == made.wind_down_days == 30
    assert NewAcceptanceBody.model_validate(json.loads(acceptance)).version == 1


def test_the_file_can_be_read(tmp_path: Path) -> None:
    (example,) = blocks(PAGE, "toml")
    file = tmp_path / "world.toml"
    file.write_text(example, encoding="utf-8")
    (offer,) = read_world(file).offers
    assert (offer.reference, offer.subject) == ("hoshino-2026", None)
    terms = read_version(offer, version=1).terms
    assert (bool(terms.quota), len(terms.advances), len(terms.guarantees)) == (True, 1, 1)


def test_the_addresses_and_commands_exist() -> None:
    known = {f"{method} {path}" for method, path in operations()}
    named = {code(row[0]) for row in table(PAGE, "address")}
    assert named <= known
    assert set(re.findall(r"`((?:GET|POST) /v1/[^`?]*)`", text(PAGE))) <= known
    for command in set(re.findall(r"`genbo (offer \w+)`", text(PAGE))):
        result = CliRunner().invoke(cli.app, [*command.split(), "--help"])
        assert result.exit_code == 0, command
    assert f"{SUBJECTS_MAX:,}" in text(PAGE)
