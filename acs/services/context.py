"""What services need besides the database: keys, blobs, addresses and policies, chosen once by ``acs.app``."""

from dataclasses import dataclass, field

from acs.domain.phones.catalogue import BUILT_IN, Catalogue
from acs.domain.planning.retries import Backoff
from acs.protocols.addresses import Network
from acs.storage.blobs import BlobStore
from acs.storage.secrets import SecretBox, derive


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that stays the same while the program runs."""

    secret_key: bytes
    blobs: BlobStore
    files_url: str
    """Where phones reach the file server, without a trailing slash: ``http://192.0.2.1:7567``."""
    acs_url: str
    """Where phones reach the CWMP endpoint."""
    cpe_auth: str = "digest"
    """``digest``, ``basic`` or ``none``."""
    cpe_username: str = ""
    cpe_password: str = ""
    """The shared pair for first contact."""
    stun_host: str = ""
    stun_port: int = 0
    """Our STUN server as phones reach it; port 0: there is none."""
    open_networks: tuple[Network, ...] = ()
    """Where phones that cannot authenticate at all call from (quirk 164)."""
    realm: str = "acs"
    request_download: str = "own"
    """What becomes of a phone's RequestDownload: ``own`` (its configuration, its firmware) or ``off``."""
    backoff: Backoff = field(default_factory=Backoff)
    task_lifetime: float = 7 * 86400.0
    """Seconds until a task that was not done expires."""
    link_lifetime: float = 86400.0
    """Seconds for which the link of a Download is good."""
    catalogue: Catalogue = BUILT_IN
    """The phone models that are known."""
    box: SecretBox = field(init=False)
    nonce_key: bytes = field(init=False)
    link_key: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Derive one key per purpose."""
        object.__setattr__(self, "box", SecretBox(derive(self.secret_key, "secrets at rest")))
        object.__setattr__(self, "nonce_key", derive(self.secret_key, "digest nonces"))
        object.__setattr__(self, "link_key", derive(self.secret_key, "download links"))
