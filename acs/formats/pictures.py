"""Backgrounds: what a bitmap's header says, and bitmaps made from other pictures.

A phone takes ``background.bmp`` and nothing else (the manual's 4.4), and says nothing about a picture that it cannot
show. So what is handed over is as plain as a bitmap can be: 24 bits a pixel, not compressed, the longest-known header.
"""

import io
import struct
from dataclasses import dataclass
from typing import Any, Literal, get_args

from PIL import Image, ImageOps, UnidentifiedImageError

from acs.errors import BadFile

Fit = Literal["cover", "contain", "stretch"]
FITS: tuple[str, ...] = get_args(Fit)

MAX_BYTES = 16 * 1024 * 1024
"""Bytes of the largest picture."""
MAX_PIXELS = 24_000_000
"""Pixels of the largest picture that is decoded; looked at before anything is."""
MAX_SIDE = 2048
"""Pixels of the longest side of a background; the largest screens of these phones have 1280."""
MAX_OWN_SIDE = 1280
"""Longest side of a picture that may keep its own size."""
DEPTHS = frozenset({1, 4, 8, 16, 24, 32})
_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})
_COMPRESSIONS = {1: "run lengths (RLE8)", 2: "run lengths (RLE4)", 4: "JPEG", 5: "PNG"}
_FORMATS = ("PNG", "JPEG", "GIF", "BMP")


@dataclass(frozen=True, slots=True)
class Bitmap:
    """What the header of a BMP file says."""

    width: int
    height: int
    depth: int

    def facts(self) -> dict[str, Any]:
        """What is shown of it."""
        return {"format": "BMP", "width": self.width, "height": self.height, "depth": self.depth}


def is_bitmap(data: bytes) -> bool:
    """Whether a file begins as a BMP does."""
    return data[:2] == b"BM"


def read_bitmap(data: bytes) -> Bitmap:
    """Check a BMP file by its header.

    Raises:
        BadFile: it is none, is cut off, is compressed or too large; says which.
    """
    if not is_bitmap(data) or len(data) < 26:
        raise BadFile("it is no BMP file")
    offset, header = struct.unpack_from("<II", data, 10)
    if header not in _HEADERS or 14 + header > len(data):
        raise BadFile(f"its BMP header has {header} bytes, which is no known kind")
    compression = 0
    if header == 12:
        width, height, planes, depth = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, planes, depth, compression = struct.unpack_from("<iiHHI", data, 18)
    lines = abs(height)  # negative: from top to bottom
    if planes != 1 or depth not in DEPTHS or width < 1 or lines < 1:
        raise BadFile(f"its BMP header is off: {width} x {height} pixels, {depth} bits, {planes} planes")
    if compression not in (0, 3) or (compression == 3 and depth not in (16, 32)):
        how = _COMPRESSIONS.get(compression, f"method {compression}")
        raise BadFile(f"the BMP is compressed ({how}), which phones do not show; save it without, or upload a PNG")
    if max(width, lines) > MAX_SIDE:
        raise BadFile(f"the BMP has {width} x {lines} pixels; a background has at most {MAX_SIDE} on a side")
    wanted = offset + (width * depth + 31) // 32 * 4 * lines
    if offset < 14 + header or len(data) < wanted:
        raise BadFile(f"the BMP is cut off: {len(data)} bytes, and its header speaks of {wanted}")
    return Bitmap(width, lines, depth)


@dataclass(frozen=True, slots=True)
class Source:
    """A picture that was not yet decoded."""

    format: str
    width: int
    height: int


def look(data: bytes) -> Source:
    """Say what a picture is, from its header alone.

    Raises:
        BadFile: it is no picture of a known kind, or has more pixels than are decoded.
    """
    with _opened(data) as picture:
        return Source(str(picture.format), *picture.size)


def to_bitmap(data: bytes, size: tuple[int, int] | None = None, *, fit: Fit = "cover") -> bytes:
    """Make a BMP of 24 bits from a PNG, JPEG, GIF (its first frame) or BMP.

    Args:
        data: the picture.
        size: width and height in pixels; None: its own.
        fit: ``cover`` fills the screen and cuts what stands over, ``contain`` shows all of it on black, ``stretch``
            pulls it to the size.

    Raises:
        BadFile: it cannot be read, or is too large.
    """
    with _opened(data) as picture:
        try:
            if size is not None:
                side = max(size)  # both ways: it may lie on its side
                picture.draft("RGB", (side, side))  # a JPEG is decoded no larger than is needed
            turned = ImageOps.exif_transpose(picture)
            flat = _flat(turned)
        except (OSError, SyntaxError, ValueError, struct.error) as error:
            raise BadFile(f"the picture cannot be decoded: {str(error)[:120]}") from None
    if size is None:
        if max(flat.size) > MAX_OWN_SIDE:
            raise BadFile(
                f"the picture has {flat.width} x {flat.height} pixels, too many for any phone: give width and height, "
                "or models whose screen is known"
            )
    elif fit == "stretch":
        flat = flat.resize(size, Image.Resampling.LANCZOS)
    elif fit == "contain":
        flat = ImageOps.pad(flat, size, Image.Resampling.LANCZOS, color=(0, 0, 0))
    else:
        flat = ImageOps.fit(flat, size, Image.Resampling.LANCZOS)
    made = io.BytesIO()
    flat.save(made, "BMP")
    return made.getvalue()


def _opened(data: bytes) -> Image.Image:
    if len(data) > MAX_BYTES:
        raise BadFile(f"a picture has at most {MAX_BYTES} bytes")
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadFile(f"the picture has far more pixels than the {MAX_PIXELS} that are decoded") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
        raise BadFile("it is no picture that can be read: wanted BMP, PNG, JPEG or GIF") from None
    if picture.width * picture.height > MAX_PIXELS:
        raise BadFile(
            f"the picture has {picture.width} x {picture.height} pixels; at most {MAX_PIXELS} are decoded: make it "
            "smaller first"
        )
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    """The picture without its transparency, on black as phones show it."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        flat = Image.new("RGB", clear.size, (0, 0, 0))
        flat.paste(clear, mask=clear.getchannel("A"))
        return flat
    if picture.mode in ("I", "I;16", "I;16B", "I;16L"):
        # Pillow cuts 16 bits of grey off at 255 instead of scaling them.
        return picture.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    return picture.convert("RGB")
