"""``genbo report``: send a file of generations, one JSON object a line."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.terminal import is_interactive, language, say, word
from ledger.core.refusal import Refusal

BATCH = 1_000
_NOT_TAKEN = frozenset({"refused", "conflict", "invalid"})


class FileUnreadable(Refusal):
    """The file cannot be opened or is not text in UTF-8."""

    code = "file_unreadable"


class LineNotJson(Refusal):
    """One line of the file is not a JSON object; nothing was sent."""

    code = "line_not_json"


def report(
    file: Annotated[Path, typer.Argument()],
    key: Annotated[str, typer.Option(envvar="GENBO_KEY")],
    url: Annotated[str, typer.Option(envvar="GENBO_URL")] = "http://127.0.0.1:8400",
    rejects: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Report the file's generations and write what was not taken, with reasons, to a file."""
    from api.client import Reporter

    events = read_events(file)
    kept_back = rejects or file.with_suffix(".rejects.ndjson")
    counts: Counter[str] = Counter()
    not_taken: list[dict[str, Any]] = []
    with Reporter(base_url=url, key=key, language=language()) as reporter:
        for batch in _batches(events):
            answer = reporter.report(batch)
            counts.update(answer.counts)
            for event, result in zip(batch, answer.results, strict=True):
                if result["status"] in _NOT_TAKEN:
                    not_taken.append({"event": event, "result": result})
    for status, count in counts.items():
        if count:
            typer.echo(f"{word(f'report.{status}'):>16}  {count:,}")
    if not_taken:
        lines = b"\n".join(msgspec.json.encode(each) for each in not_taken)
        kept_back.write_bytes(lines + b"\n")
        say("report.rejects", count=len(not_taken), file=kept_back)


def read_events(file: Path) -> Sequence[Mapping[str, Any]]:
    """
    Read every line before anything is sent, so that a broken file sends nothing.

    :raises FileUnreadable: the file cannot be read.
    :raises LineNotJson: a line is not a JSON object; the line's number is named.
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError as error:
        raise FileUnreadable(file=file, reason=error.strerror or error) from None
    events: list[Mapping[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            events.append(msgspec.json.decode(line, type=dict[str, Any]))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LineNotJson(file=file, line=number, reason=error) from None
    return events


def _batches(
    events: Sequence[Mapping[str, Any]],
) -> Iterator[Sequence[Mapping[str, Any]]]:
    from rich.progress import track

    starts = range(0, len(events), BATCH)
    for start in track(starts, word("report.sending"), disable=not is_interactive()):
        yield events[start : start + BATCH]
