"""TLS settings: what is made of them, and what is refused with the name of the setting."""

import contextlib
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from acs.edges.listener.tls import OLD_CIPHERS, Tls
from acs.errors import NeedsOperator
from tests.certificates import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def test_the_default_is_tls_1_2_and_nobody_is_asked(authority: Authority) -> None:
    made = Tls("ACS_CWMP", authority.server().path).context()
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2
    assert made.verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize("minimum", ["1.0", "1.1", "1.2", "1.3"])
def test_quirk_038_old_versions_come_with_old_ciphers(authority: Authority, minimum: str) -> None:
    made = Tls("ACS_CWMP", authority.server().path, minimum=minimum).context()
    # Debian's own Python begins with all ciphers that OpenSSL has: what was not asked for is left as it is there.
    wanted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if minimum in ("1.0", "1.1"):
        wanted.set_ciphers(OLD_CIPHERS)
    assert made.get_ciphers() == wanted.get_ciphers()
    assert made.security_level == wanted.security_level
    assert made.minimum_version.name == "TLSv1" + ("" if minimum == "1.0" else "_" + minimum[2:])


def test_key_and_certificate_in_files_of_their_own(authority: Authority, tmp_path: Path) -> None:
    pair = authority.server()
    (tmp_path / "chain.pem").write_text(pair.pem)
    key = pair.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(key)
    Tls("ACS_CWMP", tmp_path / "chain.pem", tmp_path / "key.pem").context()


@pytest.mark.parametrize(("asked", "mode"), [("optional", ssl.CERT_OPTIONAL), ("required", ssl.CERT_REQUIRED)])
def test_client_certificates(authority: Authority, asked: Any, mode: int) -> None:
    tls = Tls("ACS_CWMP", authority.server().path, client_ca=authority.own.path, client_certificates=asked)
    assert tls.context().verify_mode == mode


def test_what_cannot_be_used_names_its_setting(authority: Authority, tmp_path: Path) -> None:
    good = authority.server().path
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    locked = tmp_path / "locked.pem"
    pair = authority.server()
    locked.write_bytes(
        pair.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
        + pair.pem.encode()
    )
    for tls, message in (
        (Tls("ACS_FILES", tmp_path / "none.pem"), "ACS_FILES_TLS_CERTIFICATE: there is no file"),
        (Tls("ACS_FILES", good, tmp_path / "none.pem"), "ACS_FILES_TLS_KEY: there is no file"),
        (Tls("ACS_API", nonsense), "ACS_API_TLS_CERTIFICATE and ACS_API_TLS_KEY cannot be used"),
        (Tls("ACS_API", good, authority.server().path), "ACS_API_TLS_CERTIFICATE and ACS_API_TLS_KEY cannot be used"),
        (Tls("ACS_CWMP", locked), "without a password"),
        (Tls("ACS_CWMP", good, ciphers="NO-SUCH"), "ACS_CWMP_TLS_CIPHERS"),
        (Tls("ACS_CWMP", good, client_certificates="required"), "set ACS_CWMP_CLIENT_CA"),
        (Tls("ACS_CWMP", good, client_certificates="required", client_ca=nonsense), "ACS_CWMP_CLIENT_CA"),
    ):
        with pytest.raises(NeedsOperator, match=message):
            tls.context()


def shown_by(context: ssl.SSLContext) -> bytes | None:
    """Shake hands in memory; give the certificate that the server shows."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return client.getpeercert(binary_form=True)


def test_a_certificate_without_its_key_leaves_the_old_one_in_use(authority: Authority, tmp_path: Path) -> None:
    old, new = authority.server(), authority.server()
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.write_text(old.pem)
    key.write_bytes(old.path.read_bytes())
    tls = Tls("ACS_CWMP", certificate, key)
    context = tls.context()
    before = shown_by(context)

    certificate.write_text(new.pem)  # a renewal whose key is not there yet
    with pytest.raises(NeedsOperator, match="ACS_CWMP_TLS_KEY"):
        tls.load_into(context)
    assert shown_by(context) == before

    key.write_bytes(new.path.read_bytes())
    tls.load_into(context)
    assert shown_by(context) not in (before, None)
