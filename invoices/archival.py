"""
What makes a typeset PDF one that is kept for ten years: its claims, its dates, its attachments.

Owns the metadata that claim PDF/A-3b (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), and the files
inside. The typesetter can claim one of the two, and lists an attachment twice; so both are
written here. Everything is derived from the document: no clock is read.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import md5
from importlib.resources import files
from pathlib import Path
from typing import Any
from zlib import compress

import pydyf
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from invoices.attachments import Attachment

_TEMPLATES = Path(__file__).parent / "templates"

#: What the file says it was made with; a version here would change bytes that are the same.
_PROGRAM = "Genbo"

_COLORS = "sRGB IEC61966-2.1"

#: How hard a stream is compressed, of 9; from here on it takes twice the time for a hundredth.
_LEVEL = 6


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a file says of itself: to viewers, archives and search."""

    title: str
    author: str
    language: str  # of the document as a whole
    issued_on: date


def make_archival(pdf: Any, *, identity: Identity, attachments: tuple[Attachment, ...]) -> None:
    """Write the claims and attachments into a document, before its bytes are made."""
    _describe(pdf, identity)
    _state_colors(pdf)
    if attachments:
        _attach(pdf, identity, sorted(attachments, key=lambda each: each.name))
    pdf.objects[1:] = map(_Written, pdf.objects[1:])  # The first is never used.


def _describe(pdf: Any, identity: Identity) -> None:
    day = identity.issued_on.strftime("%Y%m%d")
    stamp = pydyf.String(f"D:{day}000000+09'00'")
    texts = {"Title": identity.title, "Author": identity.author}
    texts |= {"Creator": _PROGRAM, "Producer": _PROGRAM}
    pdf.info.clear()
    pdf.info.update({name: pydyf.String(text) for name, text in texts.items()})
    pdf.info.update({"CreationDate": stamp, "ModDate": stamp})
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    metadata.stream[:] = [_metadata(identity).encode()]
    metadata.compress = False  # So that a program can find it without reading the file.
    pdf.catalog["Lang"] = pydyf.String(identity.language)


def _metadata(identity: Identity) -> str:
    stamp = f"{identity.issued_on.isoformat()}T00:00:00+09:00"
    text: str = _template().render(identity=identity, stamp=stamp, program=_PROGRAM)
    return text


@cache
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("metadata.xml")


def _state_colors(pdf: Any) -> None:
    """Say which red, green and blue are meant: by the profile that comes with the typesetter."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream):
            item.extra.pop("Group", None)  # Of drawings, in which nothing is transparent.
    profile = pydyf.Stream([_profile()], pydyf.Dictionary({"N": 3}), compress=True)
    pdf.add_object(profile)
    intent = {
        "Type": "/OutputIntent",
        "S": "/GTS_PDFA1",
        "OutputConditionIdentifier": pydyf.String(_COLORS),
        "Info": pydyf.String(_COLORS),
        "DestOutputProfile": profile.reference,
    }
    pdf.catalog["OutputIntents"] = pydyf.Array([pydyf.Dictionary(intent)])


@cache
def _profile() -> bytes:
    return (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()


def _attach(pdf: Any, identity: Identity, attachments: list[Attachment]) -> None:
    names, references = pydyf.Array(), pydyf.Array()
    for attachment in attachments:
        reference = _file(pdf, identity, attachment)
        names.extend([pydyf.String(attachment.name), reference])
        references.append(reference)
    pdf.catalog["Names"] = pydyf.Dictionary({"EmbeddedFiles": pydyf.Dictionary({"Names": names})})
    pdf.catalog["AF"] = references


def _file(pdf: Any, identity: Identity, attachment: Attachment) -> Any:
    stamp = pydyf.String(identity.issued_on.strftime("D:%Y%m%d000000+09'00'"))
    parameters = pydyf.Dictionary(
        {
            "Size": len(attachment.content),
            "CheckSum": f"<{md5(attachment.content, usedforsecurity=False).hexdigest()}>",
            "CreationDate": stamp,
            "ModDate": stamp,
        }
    )
    content = pydyf.Stream(
        [attachment.content],
        pydyf.Dictionary(
            {
                "Type": "/EmbeddedFile",
                "Subtype": "/" + attachment.media_type.replace("/", "#2f").replace("+", "#2b"),
                "Params": parameters,
            }
        ),
        compress=True,
    )
    pdf.add_object(content)
    listed = pydyf.Dictionary(
        {
            "Type": "/Filespec",
            "F": pydyf.String(attachment.name),
            "UF": pydyf.String(attachment.name),
            "Desc": pydyf.String(attachment.description),
            "AFRelationship": f"/{attachment.relationship}",
            "EF": pydyf.Dictionary({"F": content.reference, "UF": content.reference}),
        }
    )
    pdf.add_object(listed)
    return listed.reference


class _Written:
    """An object whose bytes are made once: they are asked for again to be hashed."""

    generation = 0
    free = "n"
    offset = 0

    def __init__(self, item: Any) -> None:
        self.number: int = item.number
        self.data: bytes = _compressed(item) if _is_compressed(item) else item.data
        self.compressible: bool = item.compressible

    @property
    def indirect(self) -> bytes:
        """The object as it stands in the file."""
        return b"%d 0 obj\n%s\nendobj" % (self.number, self.data)


def _is_compressed(item: Any) -> bool:
    return isinstance(item, pydyf.Stream) and item.compress


def _compressed(stream: Any) -> bytes:
    """Write a stream a hundredth larger than the writer would, in half the time."""
    parts = (
        part if isinstance(part, bytes) else pydyf.Array([part]).data[1:-1]
        for part in stream.stream
    )
    content = compress(b"\n".join(parts), level=_LEVEL)
    described = pydyf.Dictionary({**stream.extra, "Filter": "/FlateDecode", "Length": len(content)})
    return b"\n".join((described.data, b"stream", content, b"endstream"))
