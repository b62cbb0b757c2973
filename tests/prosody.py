"""A real XMPP server for tests: Prosody from the distribution, on loopback, with its own configuration and data."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = shutil.which("prosody")
needs_prosody = pytest.mark.skipif(PROGRAM is None, reason="Prosody is not installed: apt-get install prosody")
DOMAIN = "xmpp.example"

_CONFIG = """
run_as_root = true
daemonize = false
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
certificates = "{folder}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "ping" }}
modules_disabled = {{ "s2s", "offline" }}
c2s_require_encryption = {encrypted}
authentication = "internal_plain"
storage = "internal"
log = {{ info = "{folder}/log" }}
ssl = {{ key = "{folder}/key.pem"; certificate = "{folder}/certificate.pem" }}
VirtualHost "{domain}"
"""


@contextmanager
def prosody(folder: Path, accounts: dict[str, str], *, encrypted: bool = False) -> Iterator[int]:
    """Run a server with these accounts of ``DOMAIN``; give its port."""
    assert PROGRAM is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    certificate(folder)
    kept = folder / "data" / DOMAIN.replace(".", "%2e") / "accounts"
    kept.mkdir(parents=True)
    for user, password in accounts.items():
        (kept / f"{user}.dat").write_text(f'return {{ ["password"] = "{password}"; }};\n')
    config = folder / "prosody.cfg.lua"
    config.write_text(
        _CONFIG.format(folder=folder, port=port, encrypted="true" if encrypted else "false", domain=DOMAIN)
    )
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen([PROGRAM, "--config", str(config)], stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 20.0
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "output").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def certificate(folder: Path) -> None:
    """Make a certificate that nobody signed but its holder: ``certificate.pem`` and ``key.pem``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(DOMAIN)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
