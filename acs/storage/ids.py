"""Opaque identifiers: 20 characters of lower-case Crockford base32, the first eight of them time.

They sort by creation (milliseconds in 40 bits, which last until the year 2059), fit a CommandKey (32 characters, TR-069
A.3.2.8) and hold 60 random bits.
"""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = 1_735_689_600.0  # 2025-01-01T00:00:00Z


def new_id(now: float, random: int) -> str:
    """Make an identifier from the time in POSIX seconds and 60 random bits."""
    number = ((int((now - _EPOCH) * 1000) & 0xFF_FFFF_FFFF) << 60) | (random & 0xFFF_FFFF_FFFF_FFFF)
    letters = []
    for _ in range(20):
        letters.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(letters))
