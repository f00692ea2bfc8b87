#!/usr/bin/env python3
"""Makes the bitmap fonts of this folder; README.md says from what.

    python3 make.py FOLDER_WITH_THE_X11_FONTS

The form of a font file, all numbers little endian: the octets `PF1`, width,
height and rows above the base line (one octet each), the number of ranges (two
octets), the ranges (first character four octets, how many two octets), then
the glyphs in that order, each `height` rows of whole octets, most significant
bit left.
"""

import gzip
import struct
import sys
from pathlib import Path

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


def main():
    source = Path(sys.argv[1])
    target = Path(__file__).parent
    for name, file in FACES.items():
        ascent, glyphs = read_pcf(source / file)
        width, rows = glyphs[ord("M")]
        height = len(rows)
        plain = {
            character: rows
            for character, (own_width, rows) in glyphs.items()
            if own_width == width and len(rows) == height and not 0xE000 <= character <= 0xF8FF
        }
        write(target / f"{name}.font", width, height, ascent, plain)


if __name__ == "__main__":
    main()
