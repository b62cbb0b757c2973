"""TLS of one listener: certificate, versions and ciphers, and whose certificates are asked for.

Old phones speak TLS 1.0 with small keys and SHA-1 only (quirk 38). They get a listener of their own with ``minimum``
1.0, so that the others need not share it.
"""

from __future__ import annotations

import contextlib
import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from acs.errors import NeedsOperator

VERSIONS: Final = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
OLD_CIPHERS: Final = "DEFAULT:!aNULL:!eNULL:!EXPORT:@SECLEVEL=0"
"""What phones of 2008 can do; security level 0 lets SHA-1 and 1024-bit keys of theirs pass."""
CERTIFICATES: Final = {"off": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS settings of one listener; ``prefix`` is what their names begin with, for messages."""

    prefix: str
    certificate: Path
    key: Path | None = None
    """None: it is in the certificate's file."""
    minimum: str = "1.2"
    ciphers: str = ""
    """An OpenSSL list; empty: OpenSSL's own, or what old phones can do if ``minimum`` is below 1.2."""
    client_ca: Path | None = None
    client_certificates: Literal["off", "optional", "required"] = "off"

    def context(self) -> ssl.SSLContext:
        """Make what connections are taken with.

        Raises:
            NeedsOperator: a file or a list is of no use; names the setting.
        """
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with warnings.catch_warnings():  # Python calls old versions deprecated; who sets one knows
            warnings.simplefilter("ignore", DeprecationWarning)
            made.minimum_version = VERSIONS[self.minimum]
        made.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        # Phones and proxies often end without a close_notify; that is an end, not an error.
        made.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        ciphers = self.ciphers or (OLD_CIPHERS if self.minimum in ("1.0", "1.1") else "")
        if ciphers:
            try:
                made.set_ciphers(ciphers)
            except ssl.SSLError as error:
                raise NeedsOperator(
                    f"{self.prefix}_TLS_CIPHERS is no list of ciphers that OpenSSL knows: {error}"
                ) from error
        self._load(made)
        if self.client_certificates != "off":
            if self.client_ca is None:
                raise NeedsOperator(
                    f"{self.prefix}_CLIENT_CERTIFICATES is {self.client_certificates}: set {self.prefix}_CLIENT_CA to "
                    "the file with the certificates of those who issue them."
                )
            try:
                made.load_verify_locations(cafile=self.client_ca)
            except (OSError, ssl.SSLError) as error:
                raise NeedsOperator(f"{self.prefix}_CLIENT_CA: {self.client_ca} cannot be used: {error}") from error
            made.verify_mode = CERTIFICATES[self.client_certificates]
            # A phone whose clock stands at 1970 is not wrong about our certificate only; strict checks of chains
            # that phone makers' authorities issue would refuse most of them.
            made.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        with contextlib.suppress(NotImplementedError):  # no ALPN in this OpenSSL: nothing is offered anyway
            made.set_alpn_protocols(["http/1.1"])
        return made

    def load_into(self, context: ssl.SSLContext) -> None:
        """Load the certificate and its key anew into a context in use: connections from now on get it.

        Raises:
            NeedsOperator: they cannot be read, or do not belong together; then the old ones stay in use.
        """
        self.context()  # OpenSSL takes the certificate before it finds that the key is another's
        self._load(context)

    def _load(self, context: ssl.SSLContext) -> None:
        for name, path in (("CERTIFICATE", self.certificate), ("KEY", self.key)):
            if path is not None and not path.is_file():
                raise NeedsOperator(f"{self.prefix}_TLS_{name}: there is no file {path}.")
        try:
            context.load_cert_chain(self.certificate, self.key, password=_no_password)
        except (OSError, ssl.SSLError, ValueError) as error:
            raise NeedsOperator(
                f"{self.prefix}_TLS_CERTIFICATE and {self.prefix}_TLS_KEY cannot be used: {error}. Both are PEM files, "
                "the certificate with its chain, the key without a password and readable for this user."
            ) from error


def _no_password() -> str:
    """Keep OpenSSL from asking on the terminal."""
    raise ValueError("the key is protected by a password")
