"""
``genbo report``: send a usage file, and go on where it stopped.

It ends with 0 when every event is accepted, known or held; with 1 when it had to stop, and the
same command goes on; with 3 when all is answered and some were not counted.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from errno import EISDIR
from math import ceil
from os import strerror
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.cells import cell_len

from api.client.answers import STATUSES, Result
from api.client.batches import BatchLimits
from api.client.client import Client
from api.client.files import (
    FORMATS,
    FileRefused,
    FileUnreadable,
    FormatUnknown,
    LineUnreadable,
    UsageEvent,
    UsageFile,
    format_of,
)
from api.client.generation import GenerationInvalid, check_event
from api.client.progress import (
    Progress,
    progress_file,
    read_progress,
    target_of,
    write_progress,
)
from api.client.refusals import Problem
from api.mappings import ColumnMapping, read_mapping
from api.terminal import bar, language, say, word
from api.words import detail_of, title_of
from ledger.core.refusal import Refusal
from locales.catalogues import message

EXIT_NOT_COUNTED = 3
#: As a shell tells of whoever was interrupted.
EXIT_STOPPED = 130
#: How many of the lines that are not counted are shown at once; all are in the file.
SHOWN_MAX = 5
#: How much of a line that is no event is kept with its reason.
TEXT_KEPT_MAX = 2_000
_LIMITS = BatchLimits()

Send = Callable[[Sequence[bytes]], Sequence[Result]]


class KeyNotGiven(Refusal):
    """A report needs a key; a check does not."""

    code = "key_not_given"


class TableNeedsMapping(Refusal):
    """The columns of a table are not those of a report, and no mapping explains them."""

    code = "table_needs_mapping"


class MappingNeedsTable(Refusal):
    """A mapping explains columns, and this file has none."""

    code = "mapping_needs_table"


class FileHoldsNoEvents(Refusal):
    """Not one of the first lines is an event: it is another kind of file."""

    code = "file_holds_no_events"


def report(
    file: Annotated[Path, typer.Argument()],
    key: Annotated[str | None, typer.Option(envvar="GENBO_KEY")] = None,
    url: Annotated[str, typer.Option(envvar="GENBO_URL")] = "http://127.0.0.1:8400",
    rejects: Annotated[Path | None, typer.Option(help=word("report.rejects.help"))] = None,
    format: Annotated[str | None, typer.Option(help=word("report.format.help"))] = None,
    mapping: Annotated[Path | None, typer.Option(help=word("report.mapping.help"))] = None,
    check: Annotated[bool, typer.Option("--check", help=word("report.check.help"))] = False,
) -> None:
    """Report the file's generations and write what was not taken, with reasons, to a file."""
    if file.is_dir():
        raise FileUnreadable(file=file, reason=strerror(EISDIR))
    form = format or format_of(file)
    if form not in FORMATS.values():
        raise FormatUnknown(file=file, formats=", ".join(dict.fromkeys(FORMATS.values())))
    if mapping is not None and form not in ("csv", "tsv"):
        raise MappingNeedsTable(file=file, format=form)
    source = _Source(file, form, read_mapping(mapping) if mapping else None)
    if form in ("csv", "tsv"):
        _check_table(source)
    kept_back = rejects or file.with_suffix(".check.ndjson" if check else ".rejects.ndjson")
    if check:
        job = _Job(source, kept_back, target=None)
        counts = job.run(lambda events: [_judged(index, each) for index, each in enumerate(events)])
    else:
        if key is None:
            raise KeyNotGiven()
        job = _Job(source, kept_back, target=target_of(url, key))
        with Client(base_url=url, key=key, language=language(), sleep=_wait) as client:
            try:
                counts = job.run(lambda events: client.report(map(msgspec.Raw, events)).results)
            except KeyboardInterrupt:
                typer.echo(word("report.stopped"), err=True)
                raise typer.Exit(EXIT_STOPPED) from None
    _tell(counts, is_check=check)
    if job.rejected:
        for why in job.shown:
            typer.echo(f"  {why}")
        if job.rejected > len(job.shown):
            say("report.more", count=job.rejected - len(job.shown))
        say("report.rejects", count=job.rejected, file=kept_back)
        raise typer.Exit(EXIT_NOT_COUNTED)


@dataclass(frozen=True)
class _Source:
    """The file to report, and how it is read."""

    file: Path
    form: str
    mapping: ColumnMapping | None

    def open(self) -> UsageFile:
        """Begin a pass over it."""
        return UsageFile(self.file, format=self.form, mapping=self.mapping)


def _check_table(source: _Source) -> None:
    """Look at what is at fault with a table as a whole before anything is sent."""
    try:
        with source.open() as table:
            table.check_totals()
    except FileRefused as refused:
        if refused.code != "table_header_wrong":
            raise
        raise TableNeedsMapping(file=source.file, **refused.values) from None


class _Job:
    """One run over a file: from where the last one stopped to its end."""

    def __init__(self, source: _Source, kept_back: Path, *, target: str | None) -> None:
        self._source = source
        self._file = source.file
        self._kept_back = kept_back
        self._target = target
        self._counts: Counter[str] = Counter()
        self.rejected = 0
        #: The first lines that were rejected in this run, each with the reason.
        self.shown: list[str] = []

    def run(self, send: Send) -> Counter[str]:
        """Send what is left, batch by batch, and return the counts of the whole file."""
        known = read_progress(self._file, self._target) if self._target else None
        usage = self._source.open()
        if known and usage.skip(offset=known.offset, line=known.line, digest=known.digest):
            self._resume(known)
        else:
            usage.__exit__(None, None, None)
            usage = self._source.open()
            self._kept_back.unlink(missing_ok=True)
        size = max(1, self._file.stat().st_size)
        with usage, bar(word("report.sending"), total=size, is_bytes=True) as progress:
            for batch in _batches(usage):
                sound = [each.event for each in batch if each.fault is None]
                if not sound and not self._counts:
                    raise _no_events(self._file, batch)
                self._settle(batch, iter(send(sound) if sound else ()))
                self._save(usage)
                progress(usage.position)
        if self._target:
            progress_file(self._file).unlink(missing_ok=True)
        return self._counts

    def _resume(self, known: Progress) -> None:
        self._counts.update(known.counts)
        self.rejected = self._counts.pop("rejected", 0)
        if self._kept_back.exists() and self._kept_back.stat().st_size > known.rejects_bytes:
            with self._kept_back.open("r+b") as kept_back:
                kept_back.truncate(known.rejects_bytes)
        say("report.resumed", line=known.line)

    def _settle(self, batch: Sequence[UsageEvent], results: Iterator[Result]) -> None:
        lines = []
        for each in batch:
            result = next(results) if each.fault is None else _at_fault(each.fault)
            self._counts[result.status] += 1
            if result.is_rejected:
                told = {"line": each.line, "event": _kept(each), "result": result}
                lines.append(msgspec.json.encode(told) + b"\n")
                if len(self.shown) < SHOWN_MAX:
                    self.shown.append(_why(each, result))
        self.rejected += len(lines)
        if lines:
            with self._kept_back.open("ab") as kept_back:
                kept_back.writelines(lines)

    def _save(self, usage: UsageFile) -> None:
        if self._target is None:
            return
        progress = Progress(
            target=self._target,
            offset=usage.offset,
            line=usage.line,
            digest=usage.digest(),
            counts={**self._counts, "rejected": self.rejected},
            rejects_bytes=self._kept_back.stat().st_size if self._kept_back.exists() else 0,
        )
        write_progress(self._file, progress)


def _kept(each: UsageEvent) -> msgspec.Raw | str:
    """Return an event on one line; of a line that is none, its text."""
    if each.fault is None:
        return msgspec.Raw(msgspec.json.format(each.event, indent=-1))
    return each.event[:TEXT_KEPT_MAX].decode(errors="replace")


def _at_fault(fault: Refusal) -> Result:
    problem = Problem(
        code=fault.code,
        title=title_of(fault, language()),
        detail=detail_of(fault, language()),
    )
    return Result(index=0, id=None, status="invalid", problem=problem)


def _why(each: UsageEvent, result: Result) -> str:
    """Say in one line where a line that is not counted stands, and why."""
    if each.fault is not None:
        return detail_of(each.fault, language())
    if result.problem is not None:
        why = result.problem.detail or result.problem.title
    else:
        why = "; ".join(message(language(), f"refusal.reason.{each}") for each in result.reasons)
    return word("report.reject", line=each.line, id=result.id or "-", why=why)


def _no_events(file: Path, batch: Sequence[UsageEvent]) -> FileHoldsNoEvents:
    first = batch[0]
    assert first.fault is not None
    why = detail_of(first.fault, language())
    return FileHoldsNoEvents(file=file, line=first.line, why=why)


def _batches(usage: UsageFile) -> Iterator[list[UsageEvent]]:
    """Cut the events; what comes before a line at fault is sent before it is told."""
    batch: list[UsageEvent] = []
    size = 0
    try:
        for each in usage.events():
            batch.append(each)
            size += len(each.event)
            if len(batch) == _LIMITS.events or size > _LIMITS.bytes:
                yield batch
                batch, size = [], 0
    except LineUnreadable:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _judged(index: int, event: bytes) -> Result:
    """Say of an event whether it could be taken, as far as that is known here."""
    try:
        check_event(event)
    except GenerationInvalid as invalid:
        field = f"/{invalid.field}"
        values = {"field": field, "value": invalid.values["reason"], **invalid.values}
        problem = Problem(
            code=invalid.problem,
            title=message(language(), f"problem.{invalid.problem}.title"),
            detail=message(language(), f"problem.{invalid.problem}.detail", **values),
            pointer=field,
        )
        return Result(index=index, id=None, status="invalid", problem=problem)
    return Result(index=index, id=None, status="accepted")


def _wait(seconds: float) -> None:
    """Wait, and say so: nobody should wonder for minutes about a server that is not there."""
    typer.echo(word("report.waiting", seconds=ceil(seconds)), err=True)
    time.sleep(seconds)


def _tell(counts: Counter[str], *, is_check: bool) -> None:
    if not counts.total():
        say("report.nothing")
    for status in STATUSES:
        if counts[status]:
            told = word(f"report.{'valid' if is_check and status == 'accepted' else status}")
            typer.echo(f"{' ' * (16 - cell_len(told))}{told}  {counts[status]:,}")
