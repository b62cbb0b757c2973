"""``acs crypt``: offline, checked with ``openssl`` in both directions, and careful with the key."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from acs.formats.containers import ENCRYPTING

KEY = "0123456789abcdefFEDCBA98765432100123456789abcdefFEDCBA9876543210"
FILE = b"<<VOIP CONFIG FILE>>Version:2.0002\r\n\r\n<GLOBAL CONFIG MODULE>\r\nHost Name          :VOIP\r\n"

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def crypt(*arguments: str, data: bytes = b"", code: int = 0, **environment: str) -> tuple[bytes, str]:
    """Run the command as a process of its own; give its output and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "acs", "crypt", *arguments],
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "300", **environment},
        cwd=Path(__file__).resolve().parents[3],
    )
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert KEY not in said
    return done.stdout, said


@needs_openssl
def test_openssl_reads_what_is_written_and_the_other_way_round(tmp_path: Path) -> None:
    key_file, source = tmp_path / "key", tmp_path / "phone.cfg"
    key_file.write_text(f"{KEY}\n")
    source.write_bytes(FILE)
    out = tmp_path / "phone.enc"
    _, said = crypt("encrypt", str(source), "-o", str(out), "--key-file", str(key_file))
    assert said == f"{out.stat().st_size} bytes in {out}\n"
    sealed = out.read_bytes()
    openssl = ["openssl", "enc", "-aes-256-cbc", "-K", KEY]
    opened = subprocess.run(
        [*openssl, "-d", "-iv", sealed[:16].hex()], input=sealed[16:], capture_output=True, check=True
    ).stdout
    assert opened == FILE
    made = subprocess.run([*openssl, "-iv", "00" * 16], input=FILE, capture_output=True, check=True).stdout
    out.write_bytes(bytes(16) + made)
    plain = tmp_path / "plain.cfg"
    crypt("decrypt", str(out), "-o", str(plain), "--key-file", str(key_file))
    assert plain.read_bytes() == FILE
    assert plain.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_pipes_the_environment_and_a_vector_of_its_own_each_time() -> None:
    first, said = crypt("encrypt", "-", data=FILE, ACS_CRYPT_KEY=KEY)
    second, _ = crypt("encrypt", "-", data=FILE, ACS_CRYPT_KEY=KEY)
    assert not said
    assert first[:16] != second[:16]
    assert crypt("decrypt", "-", data=first, ACS_CRYPT_KEY=KEY)[0] == FILE


@pytest.mark.slow
def test_the_key_from_standard_input_and_as_an_argument(tmp_path: Path) -> None:
    source = tmp_path / "phone.cfg"
    source.write_bytes(FILE)
    for name in ENCRYPTING[1:3]:
        sealed, said = crypt("encrypt", str(source), "--key", "-", "--container", name, data=KEY.encode())
        assert not said
        opened, said = crypt("decrypt", "-", "--key", KEY, "--container", name, data=sealed)
        assert opened == FILE
        assert "list of processes" in said


@pytest.mark.slow
def test_what_is_off_is_told_and_the_key_is_not() -> None:
    sealed, _ = crypt("encrypt", "-", data=FILE, ACS_CRYPT_KEY=KEY)
    assert "key does not fit" in crypt("decrypt", "-", data=sealed, code=1, ACS_CRYPT_KEY="ab" * 32)[1]
    assert "64 hexadecimal" in crypt("decrypt", "-", data=sealed, code=2, ACS_CRYPT_KEY=KEY[:-1])[1]
    assert "No key" in crypt("encrypt", "-", data=FILE, code=2)[1]
    assert "both come from standard input" in crypt("encrypt", "-", "--key", "-", code=2)[1]
    assert "no container 'plain'" in crypt("encrypt", "-", "--container", "plain", code=2, ACS_CRYPT_KEY=KEY)[1]
    assert "cannot be read" in crypt("encrypt", "/nowhere.cfg", code=3, ACS_CRYPT_KEY=KEY)[1]
    zeros = ("--container", "aes-256-ecb-zero-padding")
    assert "no configuration file" in crypt("decrypt", "-", *zeros, data=bytes(32), ACS_CRYPT_KEY=KEY)[1]


def test_the_containers_are_listed() -> None:
    listed = crypt("--list-containers")[0].decode()
    assert all(name in listed for name in ENCRYPTING)
