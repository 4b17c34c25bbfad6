"""One application on a fresh book, reached as a firm reaches it; its clock stands until moved."""

from collections.abc import Iterator

import pytest
from httpx import Client

from api.app import create_app
from api.context import Context
from api.demo.hosting import DemoClock, listening
from ledger.store.database import Database
from tests import builders
from tests.api.doors import NOW, Door


@pytest.fixture
def clock() -> DemoClock:
    """The application's clock."""
    return DemoClock(NOW)


@pytest.fixture
def door(database: Database, clock: DemoClock) -> Iterator[Door]:
    """An application, and an AI firm with a license and a key."""
    builders.license(database)
    key = builders.key(database)
    app = create_app(Context(database, clock=clock))
    with listening(app) as base_url, Client(base_url=base_url) as client:
        yield Door(app=app, client=client, database=database, key=key)
