"""``acs crypt``: encrypt and decrypt files of the phones, without a server."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from acs import formats
from acs.cli.options import AsJson
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import errors, show_json, show_table
from acs.errors import AcsError
from acs.formats.containers import CONTAINERS, DEFAULT, ENCRYPTING, NONCE_BYTES, Container, container, read_key

VARIABLE: Final = "ACS_CRYPT_KEY"
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_KEY_FILE: Final = 4096
STANDARD: Final = "-"

app = typer.Typer(
    help="Encrypt and decrypt configuration files as phones do, offline.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _list(given: bool) -> None:
    if given:
        rows = [{"name": name, "about": CONTAINERS[name].about, "default": name == DEFAULT} for name in ENCRYPTING]
        if "--json" in sys.argv:
            show_json(rows)
        else:
            show_table(rows, (("name", "Container"), ("about", "How"), ("default", "Default")))
        raise typer.Exit


List = Annotated[
    bool, typer.Option("--list-containers", callback=_list, is_eager=True, help="List the containers and end.")
]
File = Annotated[str, typer.Argument(help="The file; - for standard input.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", dir_okay=False, help="Write here, not to standard output.")]
KeyFile = Annotated[
    Path | None, typer.Option("--key-file", dir_okay=False, help="File with the key, 64 hexadecimal characters.")
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        help="The key itself, which other users then see in the list of processes; - reads it from standard input. "
        f"Better: --key-file, or the environment variable {VARIABLE}.",
    ),
]
Name = Annotated[str, typer.Option("--container", help="How the file is wrapped; see --list-containers.")]


@app.callback()
def crypt(list_containers: List = False, as_json: AsJson = False) -> None:
    """Encrypt and decrypt configuration files as phones do, offline."""


@app.command()
def encrypt(
    file: File,
    out: Out = None,
    key_file: KeyFile = None,
    key: Key = None,
    container: Name = DEFAULT,
    list_containers: List = False,
) -> None:
    """Encrypt a file for phones that hold the key. By its random vector, it comes out different each time."""
    wrap, secret = _prepare(file, key_file, key, container)
    data = _read(file)
    nonce = os.urandom(NONCE_BYTES) if wrap.needs_nonce else b""
    _write(wrap.seal(data, key=secret, nonce=nonce), out, private=False)


@app.command()
def decrypt(
    file: File,
    out: Out = None,
    key_file: KeyFile = None,
    key: Key = None,
    container: Name = DEFAULT,
    list_containers: List = False,
) -> None:
    """Decrypt a file. Containers that pad with zeros lose zeros at its end, which text files do not have."""
    wrap, secret = _prepare(file, key_file, key, container)
    try:
        data = wrap.open(_read(file), key=secret)
    except AcsError as error:
        raise CommandFailed(f"{file}: {error.message}") from error
    if wrap.name.endswith("zero-padding") and formats.detect(data) is None:
        errors().print("Note: what came out is no configuration file; the key or the container may be wrong.")
    _write(data, out, private=True)


def _prepare(file: str, key_file: Path | None, key: str | None, name: str) -> tuple[Container, bytes]:
    if name not in ENCRYPTING:
        raise CommandFailed(f"There is no container {name!r}; known: {', '.join(ENCRYPTING)}.", Exit.USAGE)
    if key == STANDARD and file == STANDARD:
        raise CommandFailed("The key and the file cannot both come from standard input.", Exit.USAGE)
    if key is not None and key_file is not None:
        raise CommandFailed("Give --key or --key-file, not both.", Exit.USAGE)
    try:
        return container(name), read_key(_key_text(key_file, key))
    except AcsError as error:
        raise CommandFailed(f"{error.message[0].upper()}{error.message[1:]}.", Exit.USAGE) from error


def _key_text(key_file: Path | None, key: str | None) -> str:
    if key_file is not None:
        try:
            with key_file.open("rb") as stream:
                return stream.read(MAX_KEY_FILE).decode("ascii", "replace")
        except OSError as error:
            raise CommandFailed(f"{key_file} cannot be read: {error.strerror}.", Exit.USAGE) from error
    if key == STANDARD:
        return sys.stdin.buffer.readline(MAX_KEY_FILE).decode("ascii", "replace")
    if key is not None:
        if re.fullmatch(r"[0-9A-Fa-f]{64}", key.strip()):
            text = f"Note: other users can see the key in the list of processes; use --key-file or {VARIABLE}."
            errors().print(text, style="yellow")
        return key
    if VARIABLE in os.environ:
        return os.environ[VARIABLE]
    raise CommandFailed(f"No key: give --key-file FILE, --key -, or set {VARIABLE}.", Exit.USAGE)


def _read(file: str) -> bytes:
    try:
        if file == STANDARD:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}.", Exit.NOT_FOUND) from error
    if len(data) > MAX_BYTES:
        raise CommandFailed(f"{file} is larger than {MAX_BYTES} bytes.")
    return data


def _write(data: bytes, out: Path | None, *, private: bool) -> None:
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o644)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror}.") from error
    errors().print(f"{len(data)} bytes in {out}", markup=False)
