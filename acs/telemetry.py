"""What the program says about itself: log lines without secrets, counters, background tasks that cannot die unseen.

Nothing here decides anything. The pure layers return what they noticed as values and do not log, so they need not
import this module (it imports asyncio, which their import contract forbids).

    setup_logging("INFO", "human")              once, by the CLI
    log = logging.getLogger(__name__)           as everywhere in Python; every line passes ``redact`` on its way out
    SESSIONS = counters.counter("acs_cwmp_sessions_total", result="ok"); SESSIONS.add()
    spawn(keep_warm(), name="keep-warm")        instead of asyncio.create_task
"""

import asyncio
import json
import logging
import re
import sys
import threading
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple, TextIO, TypeVar

T = TypeVar("T")
LogFormat = Literal["human", "json"]
MASK: Final = "***"

log = logging.getLogger(__name__)

# --- Redaction -------------------------------------------------------------------------------------------------------

_SECRET_WORD = (
    r"(?:passw(?:or)?d|passphrase|passwort|pwd|secret|aes_?key|device_key|common_key|private_key|api_key|token)"
)
# A key begins where a word does and ends where it ends (hence the look-behind and "*+"), so that hostile text in a log
# line costs linear time.
_KEY = rf"(?<![\w.\-])[\w.\-]*{_SECRET_WORD}[\w\-]*+"
_SECRET_KEY = re.compile(rf"(?i){_KEY}\Z")
_MASKED_AFTER = rf"\1{MASK}"

_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    # The whole header value: Basic and Bearer carry the secret itself, Digest a response that can be attacked offline.
    (
        re.compile(
            r"(?i)((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?)(?:(?:basic|bearer|digest)\s+)?[^\r\n\"'][^\r\n]*"
        ),
        _MASKED_AFTER,
    ),
    (re.compile(r"(?i)((?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+"), _MASKED_AFTER),
    (re.compile(r"(?i)\b((?:basic|bearer)\s+)[A-Za-z0-9+/=._~\-]{8,}"), _MASKED_AFTER),
    # API tokens. A capital or a digit is required, so that metric and column names which begin alike stay readable.
    (re.compile(r"\b(acs_)(?=[A-Za-z0-9_\-]*[A-Z0-9])[A-Za-z0-9_\-]{12,}"), _MASKED_AFTER),
    # Sealed values (acs/storage/secrets.py): ciphertext, but no log's business either.
    (re.compile(r"\b(v1\.)[0-9A-Za-z_\-]+\.[0-9A-Za-z_\-]{20,}"), _MASKED_AFTER),
    # Signed download URLs: the path segment is the permission.
    (re.compile(r"(/t/)[^/\s\"'<>]+"), _MASKED_AFTER),
    # user:password@ in URLs (databases, Download.URL of foreign servers).
    (re.compile(r"(\b[a-z][a-z0-9+.\-]{0,20}://[^\s/:@]*:)[^\s/@]+(?=@)"), _MASKED_AFTER),
    # Keys of encrypted files: 64 hexadecimal digits, wherever they stand. It hides digests too, and nobody misses them.
    (re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])"), MASK),
    # CWMP: <Password>x</Password>, and a ParameterValueStruct whose name ends in a secret word.
    (re.compile(rf"(?i)(<(?:\w+:)?{_KEY}(?:\s[^<>]*)?(?<!/)>)[^<]+"), _MASKED_AFTER),
    (re.compile(rf"(?i)({_SECRET_WORD}\s*</(?:\w+:)?Name>\s*<(?:\w+:)?Value[^<>]*>)[^<]+"), _MASKED_AFTER),
    # key=value, "key": "value", and a phone's own text format ("SIP1 Register Pwd  :value").
    (re.compile(rf"(?i)({_KEY}[\"']?\s*[:=]\s*[bu]?\")[^\"]+"), _MASKED_AFTER),
    (re.compile(rf"(?i)({_KEY}[\"']?\s*[:=]\s*[bu]?')[^']+"), _MASKED_AFTER),
    (re.compile(rf"(?i)({_KEY}[\"']?\s*[:=]\s*)(?!{re.escape(MASK)})[^\s\"',;&<>)}}\]]+"), _MASKED_AFTER),
)


def redact(text: str) -> str:
    """The same text with passwords, credentials, tokens and signed URLs masked.

    It is the last line of defence for log lines, not a way to hand secrets on: answers and documents are redacted by
    path, where their structure is known.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _redacted_fact(key: str, value: object) -> object:
    if _SECRET_KEY.match(key):
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact(str(value))


# --- Logging ---------------------------------------------------------------------------------------------------------

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def _facts(record: logging.LogRecord) -> dict[str, object]:
    """What the caller gave as ``extra=``, redacted."""
    return {key: _redacted_fact(key, value) for key, value in vars(record).items() if key not in _STANDARD}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class HumanFormatter(logging.Formatter):
    """One line a person can read: time, level, logger, message, facts; a traceback below it where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Render and redact."""
        line = f"{_time(record)} {record.levelname:<7} {record.name} - {record.getMessage()}"
        if facts := _facts(record):
            line += "  " + " ".join(f"{key}={value}" for key, value in facts.items())
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        if record.stack_info:
            line += "\n" + self.formatStack(record.stack_info)
        return redact(line)


class JsonFormatter(logging.Formatter):
    """One JSON object per line: ``time, level, logger, message``, the facts, and ``exception`` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Render; each string is redacted before quoting, because quoting would hide what the patterns look for."""
        entry: dict[str, object] = {
            **_facts(record),
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def setup_logging(level: str = "INFO", log_format: LogFormat = "human", stream: TextIO | None = None) -> None:
    """Send every log line of the process, redacted, to ``stream`` (default: standard error). May be called again.

    Args:
        level: a level's name, in any case.
        log_format: ``human`` or ``json``.
        stream: where lines go.
    """
    handler = logging.StreamHandler(stream if stream is not None else sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else HumanFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
    # A line per request would be a line per phone and minute; counters tell that story.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    # What these two say at "info" (a line per listener and per look at the schema) is said better by our own lines.
    for name in ("uvicorn.error", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING if level.upper() == "INFO" else logging.NOTSET)


# --- Counters --------------------------------------------------------------------------------------------------------

Labels = tuple[tuple[str, str], ...]


class Sample(NamedTuple):
    """One counter as it stands: ``name``, its sorted ``labels``, and the ``value`` since the process began."""

    name: str
    labels: Labels
    value: int


class Counter:
    """A number that only grows. Bind it once at import or start; ``add`` then costs about a tenth of a microsecond."""

    __slots__ = ("_lock", "labels", "name", "value")

    def __init__(self, name: str, labels: Labels) -> None:
        self.name = name
        self.labels = labels
        self.value = 0
        # "+=" is not atomic, and the writer thread counts as well as the event loop.
        self._lock = threading.Lock()

    def add(self, amount: int = 1) -> None:
        """Count ``amount`` more."""
        with self._lock:
            self.value += amount


class Counters:
    """Every counter of a process, by name and labels."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[tuple[str, Labels], Counter] = {}

    def counter(self, name: str, /, **labels: str) -> Counter:
        """The counter of that name and those labels; always the same object. Names end in ``_total``."""
        key = name, tuple(sorted(labels.items()))
        with self._lock:
            return self._counters.setdefault(key, Counter(*key))

    def add(self, name: str, amount: int = 1, /, **labels: str) -> None:
        """Count by name, where the labels are known only now. Keep labels few: each new value is a new counter."""
        self.counter(name, **labels).add(amount)

    def snapshot(self) -> tuple[Sample, ...]:
        """All counters now, sorted by name and labels."""
        with self._lock:
            found = list(self._counters.values())
        return tuple(sorted(Sample(counter.name, counter.labels, counter.value) for counter in found))

    def totals(self) -> Mapping[str, int]:
        """The sum over all labels, by name."""
        sums: dict[str, int] = {}
        for sample in self.snapshot():
            sums[sample.name] = sums.get(sample.name, 0) + sample.value
        return sums


counters: Final = Counters()
"""The process's own counters. Tests that count make their own ``Counters``, or compare before and after."""

# --- Background tasks ------------------------------------------------------------------------------------------------

_running: set[asyncio.Task[Any]] = set()


def spawn(work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Run ``work`` in the background of the running loop, keep it alive, and log its failure.

    The loop holds tasks only weakly, so a bare ``create_task`` can vanish half way, and its error with it. Prefer a
    ``TaskGroup`` where the caller can wait.
    """
    task = asyncio.get_running_loop().create_task(work, name=name)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if task.cancelled():
        return
    if error := task.exception():
        log.error("background task failed", exc_info=error, extra={"task": task.get_name()})
