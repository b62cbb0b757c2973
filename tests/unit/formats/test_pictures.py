"""Backgrounds: a bitmap's header read with struct here and with Pillow there, bitmaps made from other pictures."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from acs.errors import BadFile
from acs.formats import pictures

RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    made = io.BytesIO()
    picture.save(made, kind, **options)
    return made.getvalue()


def halves(size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, *size))
    return picture


def opened(bitmap: bytes) -> Image.Image:
    with Image.open(io.BytesIO(bitmap)) as picture:
        assert picture.format == "BMP"
        return picture.convert("RGB")


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_every_pixel_of_a_picture_of_the_right_size_is_kept(kind: str) -> None:
    bitmap = pictures.to_bitmap(saved(halves(), kind), (40, 20))
    assert opened(bitmap).tobytes() == halves().tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_a_bitmap_is_as_plain_as_can_be(kind: str) -> None:
    bitmap = pictures.to_bitmap(saved(halves((99, 55)), kind), (33, 17), fit="stretch")
    magic, size, _, offset, header, width, height, planes, depth, compression = struct.unpack_from(
        "<2sIIIIiiHHI", bitmap
    )
    assert (magic, size, offset, header) == (b"BM", len(bitmap), 54, 40)
    assert (width, height, planes, depth, compression) == (33, 17, 1, 24, 0)
    assert len(bitmap) == 54 + 17 * 100  # 33 pixels of three bytes, filled up to four
    assert pictures.read_bitmap(bitmap) == pictures.Bitmap(33, 17, 24)


def test_how_a_picture_is_fitted() -> None:
    wide = saved(halves((80, 20)), "PNG")
    cover = opened(pictures.to_bitmap(wide, (40, 40)))
    assert (cover.getpixel((1, 1)), cover.getpixel((38, 38))) == (RED, BLUE)
    contain = opened(pictures.to_bitmap(wide, (40, 40), fit="contain"))
    assert (contain.getpixel((1, 1)), contain.getpixel((1, 20)), contain.getpixel((38, 20))) == (BLACK, RED, BLUE)
    stretch = opened(pictures.to_bitmap(wide, (40, 40), fit="stretch"))
    assert (stretch.getpixel((1, 1)), stretch.getpixel((38, 38))) == (RED, BLUE)
    tall = Image.new("RGB", (20, 80), RED)
    tall.paste(BLUE, (0, 0, 20, 10))
    assert opened(pictures.to_bitmap(saved(tall, "PNG"), (40, 40))).getpixel((20, 2)) == RED  # the top is cut off


def test_a_photograph_is_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise is wanted
    photo = saved(halves((400, 200)), "JPEG", exif=exif, quality=95)
    turned = opened(pictures.to_bitmap(photo))
    assert turned.size == (200, 400)
    top, bottom = turned.getpixel((100, 20)), turned.getpixel((100, 380))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > top[2]
    assert bottom[2] > 200 > bottom[0]
    assert opened(pictures.to_bitmap(photo, (100, 300))).size == (100, 300)


def test_what_is_transparent_becomes_black() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    clear.putpixel((1, 1), (0, 255, 0, 255))
    flat = opened(pictures.to_bitmap(saved(clear, "PNG")))
    assert (flat.getpixel((0, 0)), flat.getpixel((1, 1))) == (BLACK, GREEN)
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([*RED, *GREEN])
    palette.putpixel((1, 1), 1)
    flat = opened(pictures.to_bitmap(saved(palette, "PNG", transparency=0)))
    assert (flat.getpixel((0, 0)), flat.getpixel((1, 1))) == (BLACK, GREEN)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "CMYK", "YCbCr"])
def test_grey_and_other_colours(mode: str) -> None:
    colours: dict[str, int | tuple[int, ...]] = {
        "I;16": 0xFFFF,
        "LA": (255, 255),
        "CMYK": (0, 0, 0, 0),
        "YCbCr": (255, 128, 128),
    }
    picture = Image.new(mode, (8, 8), colours.get(mode, 255))
    data = saved(picture, "JPEG" if mode in ("CMYK", "YCbCr") else "PNG")
    assert opened(pictures.to_bitmap(data)).getpixel((4, 4)) == (255, 255, 255)


def test_sixteen_bits_of_grey_are_scaled() -> None:
    data = saved(Image.new("I;16", (8, 8), 0x8000), "PNG")
    assert opened(pictures.to_bitmap(data)).getpixel((4, 4)) == (128, 128, 128)


def bomb(width: int, height: int) -> bytes:
    """The beginning of a PNG that says it is large; nothing of it can be decoded."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(30_000, 30_000), (10_000, 10_000), (6_000, 5_000), (2_000_000_000, 2)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    for use in (pictures.look, pictures.to_bitmap):
        with pytest.raises(BadFile, match=r"24000000|no picture that can be read"):
            use(bomb(*size))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no picture"),
        (b"hello", "no picture"),
        (b"II*\x00 tiff", "no picture"),
        (bomb(100, 100), "cannot be decoded"),
        (saved(halves(), "PNG")[:60], "cannot be decoded"),
        (bytes(pictures.MAX_BYTES + 1), "at most"),
        (saved(Image.new("RGB", (1281, 10)), "PNG"), "give width and height"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        pictures.to_bitmap(data)


def header(**changes: Any) -> bytes:
    fields = {
        "width": 8,
        "height": 8,
        "planes": 1,
        "depth": 24,
        "compression": 0,
        "offset": 54,
        "header": 40,
        **changes,
    }
    head = struct.pack("<2sIII", b"BM", 0, 0, fields["offset"])
    rest = struct.pack(
        "<IiiHHI", *(fields[name] for name in ("header", "width", "height", "planes", "depth", "compression"))
    )
    return head + rest + bytes(20) + bytes(changes.get("pixels", 8 * 24))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"BM", "no BMP"),
        (b"PNG" + bytes(60), "no BMP"),
        (header(header=41), "no known kind"),
        (header(planes=2), "header is off"),
        (header(depth=7), "header is off"),
        (header(width=0), "header is off"),
        (header(width=-8), "header is off"),
        (header(compression=1, depth=8), "compressed"),
        (header(compression=4), "compressed"),
        (header(compression=3), "compressed"),
        (header(width=4000, pixels=4000 * 8 * 3), "at most 2048"),
        (header(pixels=8 * 24 - 1), "cut off"),
        (header(offset=10), "cut off"),
    ],
)
def test_what_is_no_plain_bitmap_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=says):
        pictures.read_bitmap(data)


@pytest.mark.parametrize(("mode", "depth"), [("1", 1), ("L", 8), ("P", 8), ("RGB", 24), ("RGBA", 32)])
def test_bitmaps_as_pillow_writes_them(mode: str, depth: int) -> None:
    assert pictures.read_bitmap(saved(Image.new(mode, (31, 9)), "BMP")) == pictures.Bitmap(31, 9, depth)


def test_a_bitmap_from_top_to_bottom_and_the_oldest_header() -> None:
    assert pictures.read_bitmap(header(height=-8)) == pictures.Bitmap(8, 8, 24)
    old = struct.pack("<2sIII", b"BM", 0, 0, 26) + struct.pack("<IHHHH", 12, 8, 8, 1, 24) + bytes(8 * 24)
    assert pictures.read_bitmap(old) == pictures.Bitmap(8, 8, 24)
