"""
A program that reports through a spool and may be killed at any moment.

``python -m tests.scenarios.spooling FOLDER URL KEY FIRST COUNT`` records events with the numbers
FIRST to COUNT - 1, says each number as soon as it is promised to be safe, and flushes.
"""

import sys

from genbo_client import Client, Patience, derive_event_id
from tests.api.reported import an_event


def event_id(number: int) -> str:
    """Return the id that follows from an event's number."""
    return derive_event_id("spooling", number)


def main() -> None:
    """Record what is left, and wait until all of it is answered."""
    folder, url, key, first, count = sys.argv[1:]
    patience = Patience(base_seconds=0.002, wait_seconds_max=0.05)
    client = Client(base_url=url, key=key, patience=patience)
    with client, client.spool(folder, sync_every_ms=20, linger_seconds=0.002) as reporter:
        for number in range(int(first), int(count)):
            reporter.record(an_event(id=event_id(number)))
            print(number, flush=True)
        print("all" if reporter.flush(60) else f"trouble {reporter.trouble}", flush=True)


if __name__ == "__main__":
    main()
