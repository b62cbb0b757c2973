"""Taking the file out of a multipart/form-data body, as some phones send their backups (quirk 141).

Phones' bodies are odd: the boundary of the header is not the one of the body, the header says nothing, the last
boundary is missing, the form has fields beside the file. So the boundary is believed where it stands first in the body
itself, and what cannot be read as a form is left as it came. Bodies are files on disk; only pieces are in memory.
"""

import re
import tempfile
from typing import BinaryIO, Final

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

SPOOL: Final = 256 * 1024
PIECE: Final = 64 * 1024
MAX_PARTS: Final = 64
MAX_HEADERS: Final = 16 * 1024
"""Bytes of all headers of one part."""

_FIRST_LINE: Final = re.compile(rb"(?:\r?\n)*--([^\r\n]{1,200}?)[ \t]*\r?\n")
_FORM_DATA: Final = re.compile(rb"content-disposition:\s*form-data", re.IGNORECASE)


def file_in(body: BinaryIO, content_type: str) -> BinaryIO:
    """Give the file that a body holds; the body itself where it is no form. Closes what it does not give.

    Of several parts the first one that has a file name is taken; if none has, the largest.
    """
    boundary = boundary_of(body, content_type)
    if boundary is None:
        return body
    collector = _Collector()
    try:
        collector.read(body, boundary)
    except (MultipartParseError, _NoForm, ValueError, LookupError):
        pass  # what came before the trouble counts; if that is nothing, the body is taken as it is
    except BaseException:
        collector.close()
        body.close()
        raise
    found = collector.best()
    if found is None:
        body.seek(0)
        return body
    body.close()
    found.seek(0)
    return found


def boundary_of(body: BinaryIO, content_type: str) -> bytes | None:
    """Find the boundary of a form; None if the body is none. The body is left at its beginning."""
    body.seek(0)
    head = body.read(4096)
    body.seek(0)
    try:
        media, options = parse_options_header(content_type)
    except (ValueError, LookupError):  # a header in a charset that nobody knows
        media, options = b"", {}
    said = media.strip().lower() == b"multipart/form-data"
    line = _FIRST_LINE.match(head)
    if line is not None and (said or _FORM_DATA.search(head)):
        return line.group(1)
    boundary = options.get(b"boundary", b"").strip() if said else b""
    return boundary if boundary and b"--" + boundary in head else None


class _NoForm(Exception):  # noqa: N818 - what it is
    """Too many parts or headers."""


class _Collector:
    """Keeps the best part so far."""

    def __init__(self) -> None:
        self._named: BinaryIO | None = None
        self._largest: BinaryIO | None = None
        self._largest_size = -1
        self._part: BinaryIO | None = None
        self._has_name = False
        self._parts = self._header_bytes = 0
        self._name = self._value = b""

    def read(self, body: BinaryIO, boundary: bytes) -> None:
        """Go through a body."""
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_begin": self._header_begins,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )
        piece = body.read(PIECE)
        piece = piece[max(piece.find(b"--" + boundary), 0) :]  # what stands before a form is for those who know none
        while piece:
            parser.write(piece)
            piece = body.read(PIECE)

    def best(self) -> BinaryIO | None:
        """Give the file; a part without an end counts too, for its phone has nothing better."""
        self._end()
        if self._named is not None:
            if self._largest is not None:
                self._largest.close()
            return self._named
        return self._largest

    def close(self) -> None:
        """Throw everything away."""
        for each in (self._named, self._largest, self._part):
            if each is not None:
                each.close()

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _NoForm
        self._has_name, self._header_bytes = False, 0
        if self._named is None:
            self._part = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # type: ignore[assignment]  # noqa: SIM115

    def _header_begins(self) -> None:
        self._name = self._value = b""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += self._counted(data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += self._counted(data[start:end])

    def _counted(self, piece: bytes) -> bytes:
        self._header_bytes += len(piece)
        if self._header_bytes > MAX_HEADERS:
            raise _NoForm
        return piece

    def _header_ends(self) -> None:
        if self._name.strip().lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._has_name = b"filename" in options

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part is not None:
            self._part.write(data[start:end])

    def _end(self) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        size = part.tell()
        if self._has_name:
            self._named = part
        elif size > self._largest_size:
            if self._largest is not None:
                self._largest.close()
            self._largest, self._largest_size = part, size
        else:
            part.close()
