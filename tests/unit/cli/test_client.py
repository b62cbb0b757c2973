"""Calling the API: unreachable, not the API, pages."""

import socket
import threading

import pytest

from acs.cli.client import Client
from acs.cli.outcome import CommandFailed, Exit

from .conftest import ADMIN, Run


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CommandFailed, match="acs serve") as caught:
        Client(f"http://127.0.0.1:{port}", "token").get("/devices")
    assert caught.value.code is Exit.UNREACHABLE


def test_someone_else_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(CommandFailed, match="status 404"):
            Client(f"http://127.0.0.1:{listener.getsockname()[1]}", "token").get("/devices")
        thread.join(5)


def test_pages_are_followed(server: str, acs: Run) -> None:
    client = Client(server, ADMIN)
    names = [item["model"] for item in client.pages("/models")]
    assert names == sorted(names)
    assert [item["model"] for item in client.pages("/models", most=3)] == names[:3]
