"""
The stage a benchmark plays on: a private server, the API in its own process, and firms.

Everything it starts, it stops, by its own process ids.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
import psycopg

from ledger.core.agreement import NewGrant, NewLicense, NewRateLine, NewTerms
from ledger.core.party import NewParty
from ledger.core.proof import EMPTY_HEAD, chain_head
from ledger.services import cataloguing, granting, keeping, registering
from ledger.store.database import Database, migrate, open_database
from ledger.store.works import NewSubject

#: Processes the API runs as, as ``genbo serve`` does on a machine of two cores.
WORKERS = 2

AGREED_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Firm:
    """A licensee ready to report."""

    party_id: int
    key: str
    license: str


@dataclass(frozen=True, kw_only=True)
class Cpu:
    """Processor seconds used so far by the API's process and by all of PostgreSQL's."""

    server: float
    database: float


class Stage:
    """One private book with the API in front of it."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, database: Database, port: int, server: psutil.Process) -> None:
        self.folder = folder
        self.database = database
        self.port = port
        self._server = server
        self.database_url = driver_url(database)
        self._prepare_catalogue()

    def new_licensee(self, reference: str, *, subjects: int) -> Firm:
        """Register a firm with a key, and a license over the first subjects if any."""
        registering.register_parties(
            self.database,
            parties=[party(reference, "licensee")],
            recorded_at=AGREED_AT,
        )
        secret = sha256(reference.encode()).digest()
        key = keeping.issue_key(
            self.database,
            party_reference=reference,
            label="bench",
            scopes=["report", "read"],
            secret=secret,
            recorded_at=AGREED_AT,
        ).text
        license_ = f"LIC-{reference}"
        if subjects:
            granting.grant_license(
                self.database, license=_license(license_, reference, subjects),
                recorded_at=AGREED_AT,
            )  # fmt: skip
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(
                "SELECT party_id FROM party WHERE reference = %s", (reference,)
            ).fetchone()
        assert row is not None
        return Firm(party_id=row[0], key=key, license=license_)

    def clone_batches(self, connection: psycopg.Connection[Any], *, of: int, to: int) -> None:
        """Announce a licensee's generations as one batch of its twin, with its judgements."""
        connection.execute("SELECT * FROM lock_log(%s)", (to,))
        row = connection.execute(
            "SELECT sum(generation_count)::int FROM batch WHERE licensee_id = %s", (of,)
        ).fetchone()
        assert row is not None
        head = chain_head(previous=EMPTY_HEAD, number=1, count=row[0], root=EMPTY_HEAD)
        connection.execute(
            "INSERT INTO batch SELECT %s, 1, max(recorded_at), min(first_month), max(last_month),"
            " sum(generation_count), sum(accepted_count), sum(held_count), sum(refused_count),"
            " %s, %s, %s FROM batch WHERE licensee_id = %s",
            (to, EMPTY_HEAD, EMPTY_HEAD, head, of),
        )
        connection.execute(
            "INSERT INTO judgement SELECT judgement_id + 1000000, %s, judgement_hash,"
            " license_reference, NULL, use_class, modality, unit, territory, decision,"
            " reasons FROM judgement WHERE licensee_id = %s",
            (to, of),
        )

    @contextmanager
    def serving(self, app: str, *, workers: int = WORKERS) -> Iterator[int]:
        """Serve another application on the same book, and give its port."""
        with _serving(self.database, self.folder, app, workers) as (port, _):
            yield port

    def cpu_seconds(self) -> Cpu:
        """Return the processor time used so far."""
        processes = [self._server, *self._server.children(recursive=True)]
        used = sum(_used(process) for process in processes)
        return Cpu(server=used, database=_postgres_seconds(self.folder))

    def _prepare_catalogue(self) -> None:
        registering.register_parties(
            self.database, parties=[party("bench-holder", "rights_holder")], recorded_at=AGREED_AT
        )
        references = [f"bench-{number}" for number in range(1_000)]
        cataloguing.add_subjects(
            self.database,
            subjects=[
                NewSubject(
                    reference=reference,
                    kind="work",
                    owner="bench-holder",
                    title_ja=f"Work {reference}",
                )
                for reference in references
            ],
            recorded_at=AGREED_AT,
        )
        granting.set_opt_in(
            self.database,
            subject_references=references,
            state="offered",
            effective_at=AGREED_AT,
            recorded_by="bench",
            reason="bench",
            recorded_at=AGREED_AT,
        )


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Start a private server and the API in processes of its own, and stop both afterwards."""
    with tempfile.TemporaryDirectory(prefix="genbo-bench-") as name:
        folder = Path(name)
        database = open_database(None, folder / "data")
        migrate(database)
        try:
            with _serving(database, folder, "api.app:serve_app") as (port, process):
                yield Stage(folder, database, port, psutil.Process(process.pid))
        finally:
            database.close()


@contextmanager
def _serving(
    database: Database, folder: Path, app: str, workers: int = WORKERS
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = _free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "uvicorn", "--factory", app, "--port", str(port)),
            *("--workers", str(workers), "--log-level", "warning", "--no-access-log"),
        ],
        env={
            **os.environ,
            "DATABASE_URL": driver_url(database),
            "GENBO_DATA_DIRECTORY": str(folder),  # where the workers share their secret
            "GENBO_PORTAL_CODES": "nobody",
        },
    )
    try:
        _wait_until_ready(port)
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=20)


def driver_url(database: Database) -> str:
    """Return the database's address as every PostgreSQL program reads it."""
    url = database.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def _wait_until_ready(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the API did not start within a minute")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _postgres_seconds(folder: Path) -> float:
    """Add up PostgreSQL's processes, those that ended being in their parent's account."""
    postmaster_pid = int((_cluster(folder) / "postmaster.pid").read_text().split()[0])
    postmaster = psutil.Process(postmaster_pid)
    times = postmaster.cpu_times()
    ended = float(times.children_user + times.children_system)
    living = 0.0
    for child in postmaster.children():
        with suppress(psutil.NoSuchProcess):  # It ended just now; a few milliseconds are missed.
            living += _used(child)
    return ended + _used(postmaster) + living


def _cluster(folder: Path) -> Path:
    return next(path.parent for path in folder.rglob("postmaster.pid"))


def party(reference: str, role: str) -> NewParty:
    """Return a company that is enough for a benchmark."""
    return NewParty(
        reference=reference,
        role=role,
        kind="company",
        name_ja=f"Company {reference}",
        name_en=f"Company {reference}",
    )


def _license(reference: str, licensee: str, subjects: int) -> NewLicense:
    return NewLicense(
        reference=reference,
        licensee=licensee,
        starts_at=AGREED_AT,
        signed_on=date(2026, 1, 1),
        grants=(
            NewGrant(
                subjects=tuple(f"bench-{number}" for number in range(subjects)),
                modalities=("image",),
                use_classes=("generation",),
                terms=NewTerms(
                    effective_from=AGREED_AT,
                    clause_reference="5.1",
                    rate_lines=(NewRateLine(basis="per_image", rate="12.5"),),
                ),
            ),
        ),
    )
