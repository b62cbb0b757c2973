"""Whatever an operator uploads as a side file is read or refused, never something else; what is made can be read."""

import contextlib
import csv
import io
import struct
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from acs.errors import BadFile
from acs.formats import certificates, packages, pictures, tables


def _picture(kind: str, mode: str = "RGB") -> bytes:
    made = io.BytesIO()
    Image.new(mode, (9, 7), 1).save(made, kind)
    return made.getvalue()


@cache
def seeds() -> dict[str, bytes]:
    """A good file for every suffix."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sips.example")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 77, now, now + timedelta(days=9))
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, None)
    )
    pem = certificate.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "a.pem": pem + private,
        "a.der": certificate.public_bytes(Encoding.DER),
        "a.key": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "b.key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hush")),
        "a.p12": pkcs12.serialize_key_and_certificates(b"a", key, certificate, None, NoEncryption()),
        "a.ovpn": b"client\nremote vpn.example.net\n<ca>\n" + pem + b"</ca>\n",
        "a.xml": b"<?xml version='1.0'?><a b='c'>d</a>",
        "a.csv": b'"Number","Destination"\r\n"1T","10.0.0.1"\r\n',
        "a.png": _picture("PNG"),
        "a.jpg": _picture("JPEG"),
        "a.gif": _picture("GIF", "P"),
        "a.bmp": _picture("BMP"),
        "b.bmp": _picture("BMP", "1"),
        "a.z": b"\x1f\x9d\x90",
    }


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good file with some of its bytes changed, cut out, doubled or put in."""
    name = draw(st.sampled_from(sorted(seeds())))
    data = bytearray(seeds()[name])
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case 1:
                del data[at : at + draw(st.integers(1, 40))]
            case 2:
                data[at:at] = data[at : at + draw(st.integers(1, 40))]
            case _:
                data[at:at] = draw(st.binary(max_size=8))
    return name, bytes(data)


def look(name: str, data: bytes) -> None:
    suffix = name[1:]
    with contextlib.suppress(BadFile):
        if suffix == ".csv":
            found = tables.read(data)
            assert found.facts()["rows"] >= 0
        elif suffix == ".z":
            packages.check_mmiset(name, data[:64])
        elif suffix in (".png", ".jpg", ".gif", ".bmp"):
            if suffix == ".bmp":
                with contextlib.suppress(BadFile):
                    pictures.read_bitmap(data)
            made = pictures.to_bitmap(data, (8, 6))
            assert struct.unpack_from("<iiHHI", made, 18) == (8, 6, 1, 24, 0)
            assert pictures.read_bitmap(made) == pictures.Bitmap(8, 6, 24)
        else:
            facts = certificates.read(name, data).facts()
            assert facts["kind"]


def test_every_seed_is_good() -> None:
    for name, data in seeds().items():
        look(name, data)
        if name[1:] in certificates.SUFFIXES:
            certificates.read(name, data)
    assert certificates.read("a.pem", seeds()["a.pem"]).facts()["subject"] == "CN=sips.example"


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_what_is_broken_is_refused_and_does_no_harm(file: tuple[str, bytes]) -> None:
    look(*file)
    for other in ("a.pem", "a.key", "a.p12"):
        look(other, file[1])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.text("abc ,;\"'\n\t1ä", max_size=6), min_size=3, max_size=3), max_size=5),
    st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]),
)
def test_every_table_that_python_writes_is_read(rows: list[list[str]], encoding: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["ID", "Name", "Card"])
    writer.writerows(rows)
    found = tables.read(out.getvalue().encode(encoding))
    assert found.columns == ("ID", "Name", "Card")
    assert found.rows == sum(1 for row in rows if any(cell.strip() for cell in row))
