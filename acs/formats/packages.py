"""``.z`` files, which nobody but the maker can look into: told from what they surely are not."""

from acs.errors import BadFile

_FOREIGN = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"-----BEGIN", "a certificate or key in PEM"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"<<VOIP CONFIG FILE>>", "a configuration file"),
)


def check_mmiset(name: str, head: bytes) -> None:
    """Check a customisation package by its name and its first bytes.

    Raises:
        BadFile: it is not compressed to ``.z``, or surely something else.
    """
    lower = name.lower()
    if lower.endswith(".mmiset"):
        raise BadFile("phones do not take .mmiset files by auto provision: compress it to .z first (the manual's 4.4)")
    if not lower.endswith(".z"):
        raise BadFile("a mmiset is a package compressed to .z, and its name ends so")
    if not head:
        raise BadFile("it is empty")
    for signature, what in _FOREIGN:
        if head[: len(signature)].lower() == signature.lower() and (signature != b"BM" or _is_bitmap(head)):
            raise BadFile(f"its name ends in .z, but it is {what}")


def _is_bitmap(head: bytes) -> bool:
    return head[6:10] == b"\0\0\0\0"  # two letters alone prove nothing; these bytes of a BMP are always zero
