"""The portal speaks every language there are words in."""

import pytest

from api.demo.hosting import DemoClock
from ledger.store.database import Database
from tests.api.portals import serving
from tests.french import french
from tests.services import money

__all__ = ["french"]


@pytest.mark.usefixtures("french")
def test_a_page_of_the_portal_is_in_it_once_it_is_chosen(
    database: Database, clock: DemoClock
) -> None:
    money.house(database)
    with serving(database, clock) as portal:
        portal.person("genbo", role="operator", email="unno@genbo.example")
        with portal.browser("unno@genbo.example") as browser:
            assert "français" in browser.get("/documents").text
            page = browser.get("/documents?lang=fr").text
    assert '<html lang="fr">' in page
    assert "Documents émis" in page
