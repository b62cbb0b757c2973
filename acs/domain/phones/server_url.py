"""Taking a provisioning URL apart, as the phones' settings want it."""

from typing import NamedTuple
from urllib.parse import urlsplit


class ServerUrl(NamedTuple):
    """``http://10.0.0.5:8080/prov/$mac.cfg``: scheme, then the URL up to the file, then the file's name."""

    scheme: str
    server: str
    file_name: str


def split(url: str) -> ServerUrl:
    """The parts of a checked URL. A last segment with a dot is a file's name; without, the phone asks ``<mac>.cfg``."""
    if not url:
        return ServerUrl("", "", "")
    parts = urlsplit(url)
    folder, _, last = parts.path.rpartition("/")
    query = f"?{parts.query}" if parts.query else ""
    if "." in last or query:
        return ServerUrl(parts.scheme, f"{parts.scheme}://{parts.netloc}{folder}", f"{last}{query}")
    return ServerUrl(parts.scheme, f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", "")
