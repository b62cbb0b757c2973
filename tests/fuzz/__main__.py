"""Fuzz one target with atheris (libFuzzer), for example for a minute::

    pip install --group fuzz
    python -m tests.fuzz sanitize -max_total_time=60
    python -m tests.fuzz codec -max_total_time=60

What follows the target's name is libFuzzer's: options, and folders with inputs, the first of which takes new ones.
Without a folder the seeds of ``seeds.py`` are used. What breaks is written to ``crash-…`` in the working folder; keep
it as a regression test in ``test_fuzz.py``.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.seeds import LONGEST, dictionary, plant
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Prepare the seeds, run the fuzzer, give its exit status: 0 if it found nothing."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        print(f"usage: python -m tests.fuzz {{{','.join(TARGETS)}}} [libFuzzer's options and folders]", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        words, corpus = Path(folder) / "words", Path(folder) / "corpus"
        dictionary(words)
        options = [f"-dict={words}", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=2048", *sys.argv[2:]]
        if all(option.startswith("-") for option in sys.argv[2:]):
            corpus.mkdir()
            plant(corpus)
            options.append(str(corpus))
        return subprocess.run([sys.executable, "-m", "tests.fuzz.child", sys.argv[1], *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
