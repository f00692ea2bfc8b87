#!/usr/bin/env python3
"""Makes the bitmap fonts of this folder; README.md says from what.

    python3 make.py FOLDER

FOLDER is where the Debian packages named in README.md were unpacked. Needs
`freetype-py` for the outline fonts.

The form of a font file, all numbers little endian: the octets `PF1`, width,
height and rows above the base line (one octet each), the number of ranges (two
octets), the ranges (first character four octets, how many two octets), then
the glyphs in that order, each `height` rows of whole octets, most significant
bit left. A packed font is the octets `PFZ`, the length of the font (four octets),
and the font compressed with zlib.
"""

import gzip
import struct
import sys
import zlib
from pathlib import Path

import freetype

# Name here, file there. The largest is the bold cut: its strokes are two dots
# wide, as a thermal printer's font A has them.
FACES = {
    "receipt-24": "ter-u24b_unicode.pcf.gz",
    "receipt-16": "ter-u16n_unicode.pcf.gz",
    "receipt-12": "ter-u12n_unicode.pcf.gz",
}

# Tables of a PCF file.
ACCELERATORS, METRICS, BITMAPS, ENCODINGS = 2, 4, 8, 32


def read_pcf(path):
    """Gives rows above the base line, and rows of bits by character."""
    data = gzip.open(path).read()
    (count,) = struct.unpack_from("<I", data, 4)
    tables = {}
    for number in range(count):
        kind, _, _, offset = struct.unpack_from("<IIII", data, 8 + 16 * number)
        tables[kind] = offset

    def form(offset):
        (bits,) = struct.unpack_from("<I", data, offset)
        return bits, ">" if bits & 4 else "<"

    offset = tables[ACCELERATORS]
    _, order = form(offset)
    ascent, _ = struct.unpack_from(order + "ii", data, offset + 12)

    offset = tables[METRICS]
    bits, order = form(offset)
    metrics = []
    if bits & 0x100:
        (count,) = struct.unpack_from(order + "H", data, offset + 4)
        for number in range(count):
            start = offset + 6 + 5 * number
            metrics.append([octet - 0x80 for octet in data[start : start + 5]])
    else:
        (count,) = struct.unpack_from(order + "I", data, offset + 4)
        for number in range(count):
            metrics.append(struct.unpack_from(order + "5h", data, offset + 8 + 12 * number))

    offset = tables[BITMAPS]
    bits, order = form(offset)
    padding = 1 << (bits & 3)
    if not (bits & 8 and bits & 4):
        raise SystemExit(f"{path}: its bits stand in another order than this program reads")
    (count,) = struct.unpack_from(order + "I", data, offset + 4)
    starts = struct.unpack_from(f"{order}{count}I", data, offset + 8)
    base = offset + 8 + 4 * count + 16

    offset = tables[ENCODINGS]
    _, order = form(offset)
    low_first, low_last, high_first, high_last, _ = struct.unpack_from(order + "5H", data, offset + 4)
    glyphs = {}
    at = offset + 14
    for high in range(high_first, high_last + 1):
        for low in range(low_first, low_last + 1):
            (glyph,) = struct.unpack_from(order + "H", data, at)
            at += 2
            if glyph == 0xFFFF:
                continue
            left, right, _, above, below = metrics[glyph]
            width = right - left
            octets = (width + 7) // 8
            stride = (octets + padding - 1) // padding * padding
            rows = []
            for row in range(above + below):
                start = base + starts[glyph] + row * stride
                rows.append(int.from_bytes(data[start : start + octets], "big") >> (8 * octets - width))
            glyphs[high << 8 | low] = (width, rows)
    return ascent, glyphs


def write(path, width, height, ascent, glyphs):
    """Writes a font file; glyphs are rows of bits by character."""
    ranges = []
    for character in sorted(glyphs):
        if ranges and ranges[-1][0] + ranges[-1][1] == character and ranges[-1][1] < 0xFFFF:
            ranges[-1][1] += 1
        else:
            ranges.append([character, 1])
    octets = (width + 7) // 8
    with open(path, "wb") as file:
        file.write(b"PF1" + bytes([width, height, ascent]) + struct.pack("<H", len(ranges)))
        for first, count in ranges:
            file.write(struct.pack("<IH", first, count))
        for character in sorted(glyphs):
            for row in glyphs[character]:
                file.write((row << (8 * octets - width)).to_bytes(octets, "big"))


# Scripts that the small fonts lack, and the outline font that draws them.
SCRIPTS = [
    ("NotoSansMono-Regular.ttf", [0x0300, 0x0301, 0x0303, 0x0309, 0x0323, 0x2113, 0x037A] + list(range(0x20A0, 0x20C1))
        + list(range(0x01A0, 0x01B1)) + list(range(0x1EA0, 0x1EFA))),
    ("NotoSansHebrew-Regular.ttf", list(range(0x0591, 0x05F5))),
    ("NotoSansThai-Regular.ttf", list(range(0x0E01, 0x0E5C))),
    ("NotoSansArabic-Regular.ttf", list(range(0x060C, 0x06D5)) + list(range(0xFB56, 0xFBFF))
        + list(range(0xFE70, 0xFEFD))),
]
HALF_WIDTH = list(range(0xFF61, 0xFFA0)) + [0x2594, 0x2595]


def outline(face, character, width, height, base, size, threshold):
    """Draws a character of an outline font into a cell, or gives None."""
    face.set_pixel_sizes(size, size)
    if not face.get_char_index(character):
        return None
    face.load_char(chr(character), freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_LIGHT)
    bitmap = face.glyph.bitmap
    # In the middle of what it moves on, and in the cell if it fits at all.
    left = face.glyph.bitmap_left + (width - (face.glyph.advance.x >> 6)) // 2
    left = max(0, min(left, width - bitmap.width))
    top = base - face.glyph.bitmap_top
    top = max(0, min(top, height - bitmap.rows))
    gray, pitch, wide = bitmap.buffer, bitmap.pitch, bitmap.width
    rows = [0] * height
    for y in range(bitmap.rows):
        for x in range(wide):
            black = gray[y * pitch + x] >= threshold
            if black and 0 <= left + x < width and 0 <= top + y < height:
                rows[top + y] |= 1 << (width - 1 - left - x)
    return rows


def scripts(folder, cjk, known, width, height, base, size):
    """What is not known yet of SCRIPTS, and half-width katakana, in one cell size."""
    glyphs = {}
    for file, characters in SCRIPTS:
        face = freetype.Face(str(folder / "usr/share/fonts/truetype/noto" / file))
        for character in set(characters) - known:
            rows = outline(face, character, width, height, base, size, 110)
            if rows is not None and any(rows):
                glyphs[character] = rows
    for character in HALF_WIDTH:
        rows = outline(cjk, character, width, height, base, 2 * width, 115)
        if rows is not None and any(rows):
            glyphs[character] = rows
    return glyphs


def east_asian_characters():
    """What the two-byte codings of printers can say."""
    found = set()
    for coding in ("shift_jis", "cp932", "gb2312", "big5", "euc_kr"):
        for first in range(0x81, 0xFF):
            for second in range(0x40, 0xFF):
                try:
                    text = bytes([first, second]).decode(coding)
                except UnicodeDecodeError:
                    continue
                if len(text) == 1 and 0x2000 <= ord(text) <= 0xFFFF and not "\ue000" <= text <= "\uf8ff":
                    found.add(ord(text))
    # Letters and lines of one column are those of the small fonts.
    found -= set(range(0x2500, 0x25A0)) | set(HALF_WIDTH)
    return sorted(found | set(range(0xFF01, 0xFF5F)))


def main():
    folder = Path(sys.argv[1])
    source = folder / "usr/share/fonts/X11/misc"
    target = Path(__file__).parent
    known = set()
    for name, file in FACES.items():
        ascent, glyphs = read_pcf(source / file)
        width, rows = glyphs[ord("M")]
        height = len(rows)
        plain = {
            character: rows
            for character, (own_width, rows) in glyphs.items()
            if own_width == width and len(rows) == height and not 0xE000 <= character <= 0xF8FF
        }
        known |= set(plain)
        write(target / f"{name}.font", width, height, ascent, plain)

    cjk = freetype.Face(str(folder / "usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 0)
    write(target / "scripts-24.font", 12, 24, 19, scripts(folder, cjk, known, 12, 24, 19, 19))
    write(target / "scripts-16.font", 8, 16, 12, scripts(folder, cjk, known, 8, 16, 12, 13))
    glyphs = {}
    for character in east_asian_characters():
        rows = outline(cjk, character, 24, 24, 21, 24, 115)
        if rows is not None and any(rows):
            glyphs[character] = rows
    large = target / "east-asia-24.font"
    write(large, 24, 24, 21, glyphs)
    font = large.read_bytes()
    (target / "east-asia-24.packed").write_bytes(
        b"PFZ" + struct.pack("<I", len(font)) + zlib.compress(font, 9)
    )
    large.unlink()


if __name__ == "__main__":
    main()
