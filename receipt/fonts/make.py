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
import unicodedata
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

# A zero with a stroke through it is read as an 8, by people in a hurry and by programs: ours has
# none, and is slimmer than the letter. Rows of dots from the first that has any, and how many are
# above it.
ZEROS = {
    "receipt-24": (4, ["...####...", "..##..##..", ".##....##."] + [".##....##."] * 9
        + [".##....##.", "..##..##..", "...####..."]),
    "receipt-16": (2, ["..##..", ".#..#.", "#....#", "#....#", "#....#", "#....#", "#....#", "#....#", ".#..#.", "..##.."]),
    "receipt-12": (2, [".##..", "#..#.", "#..#.", "#..#.", "#..#.", "#..#.", "#..#.", ".##.."]),
}

# The caron of these is an apostrophe beside the letter. For each font its first
# row, its dots, and how many columns of the d make room for it, beside its stem.
APOSTROPHES = {"ď": "d", "ť": "t", "ľ": "l", "Ľ": "L"}
APOSTROPHE = {
    "receipt-24": (3, [0b11, 0b11, 0b01, 0b10], 2),
    "receipt-16": (1, [0b1, 0b1, 0b1], 1),
    "receipt-12": (1, [0b1, 0b1], 1),
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


# Scripts that the small fonts lack: the outline font that draws them, the dots
# between two letters, the characters.
SCRIPTS = [
    # Vietnam's letters, Africa's, and signs of currencies.
    ("NotoSansMono-Regular.ttf", 0, [0x0300, 0x0301, 0x0303, 0x0309, 0x0323, 0x2113, 0x037A] + list(range(0x20A0, 0x20C1))
        + list(range(0x01A0, 0x01B1)) + list(range(0x1EA0, 0x1EFA))
        + [ord(letter) for letter in "ƁƆƉƊƎƐƓƔƖƘƙƝƲƳƴǝɓɔɖɗɛɠɣɩɲʋ"]),
    ("NotoSansHebrew-Regular.ttf", 1, list(range(0x0591, 0x05F5))),
    ("NotoSansGeorgian-Regular.ttf", 1, list(range(0x10D0, 0x1100)) + [0x20BE]),
    ("NotoSansArmenian-Regular.ttf", 1, list(range(0x0531, 0x0590))),
]
HALF_WIDTH = list(range(0xFF61, 0xFFA0)) + [0x2594, 0x2595]


def zero(name, width, height):
    """The rows of our own zero."""
    above, drawn = ZEROS[name]
    rows = [0] * height
    for y, row in enumerate(drawn, above):
        bits = row.center(width, ".").replace(".", "0").replace("#", "1")
        rows[y] = int(bits, 2)
    return rows


def with_apostrophe(name, letter, accented):
    """The rows of a letter with an apostrophe at its upper right."""
    above, drawn, room = APOSTROPHE[name]
    rows = list(letter)
    if accented == "ď":
        stem = 0b11111 if room == 2 else 0b111
        rows = [row & ~(stem << room | (1 << room) - 1 | stem) | (row & stem) << room for row in letter]
    for y, bits in enumerate(drawn, above):
        rows[y] |= bits
    return rows


def outline(face, character, width, height, base, size, threshold, gap=0, joined=False):
    """Draws a character of an outline font into a cell, or gives None."""
    face.set_pixel_sizes(size, size)
    if not face.get_char_index(character):
        return None
    face.load_char(chr(character), freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_LIGHT)
    room = width - gap
    if face.glyph.bitmap.width > room:
        # Too wide for its cell: drawn narrower, not cut.
        face.set_pixel_sizes(size * room // face.glyph.bitmap.width, size)
        face.load_char(chr(character), freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_LIGHT)
    below = face.glyph.bitmap.rows - face.glyph.bitmap_top
    if below > height - base and joined:
        # Its line must stay where its neighbors' is.
        face.set_pixel_sizes(face.size.x_ppem, size * (height - base) // below)
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


def middle(rows, width):
    """Rows moved so that their dots stand in the middle."""
    used = 0
    for row in rows:
        used |= row
    if not used:
        return rows
    right = (used & -used).bit_length() - 1
    dots = used.bit_length() - right
    return [row >> right << (width - dots) // 2 for row in rows]


# Points of Hebrew that do not stand in the middle of their letter: dots from the middle.
HEBREW_POINTS = {0x05B9: 4, 0x05C1: -4, 0x05C2: 4}

# What stands above and below Thai letters.
THAI_VOWELS = [0x0E31, 0x0E34, 0x0E35, 0x0E36, 0x0E37, 0x0E47, 0x0E4D, 0x0E4E]
THAI_TONES = [0x0E48, 0x0E49, 0x0E4A, 0x0E4B, 0x0E4C]
THAI_BELOW = [0x0E38, 0x0E39, 0x0E3A]
# The same beside a letter that is high, and tones where no vowel is below them: at the places where
# Windows' Thai fonts keep them.
THAI_LEFT = {0x0E34: 0xF701, 0x0E35: 0xF702, 0x0E36: 0xF703, 0x0E37: 0xF704, 0x0E31: 0xF710, 0x0E4D: 0xF711, 0x0E47: 0xF712}
THAI_TONE_LOW_LEFT, THAI_TONE_LOW, THAI_TONE_LEFT = 0xF705, 0xF70A, 0xF713
# Letters that lose their tail above a vowel.
THAI_WITHOUT_TAIL = {0x0E10: 0xF700, 0x0E0D: 0xF70F}
# Size of the marks, the last rows of vowels and of tones, dots to the left of a high letter.
THAI_PLACES = {24: (16, 6, 2, 3), 16: (11, 3, 1, 2)}


def thai(face, width, height, base, size):
    """Thai letters, their marks at two heights above them."""
    mark_size, vowel_row, tone_row, left_dots = THAI_PLACES[height]
    glyphs = {}
    for character in range(0x0E01, 0x0E5C):
        rows = outline(face, character, width, height, base, size, 110, 1)
        if rows is not None and any(rows):
            glyphs[character] = rows

    def mark(character, last_row, left=0):
        rows = outline(face, character, width, height, base, mark_size, 90)
        used = 0
        for row in rows:
            used |= row
        right = (used & -used).bit_length() - 1
        dots = [row >> right << 1 + left for row in rows if row]
        placed = [0] * height
        first = max(0, last_row + 1 - len(dots))
        for y, row in enumerate(dots, first):
            placed[y] = row
        return placed

    for character in THAI_VOWELS:
        glyphs[character] = mark(character, vowel_row)
    for character, left in THAI_LEFT.items():
        glyphs[left] = mark(character, vowel_row, left_dots)
    for place, character in enumerate(THAI_TONES):
        glyphs[character] = mark(character, tone_row)
        glyphs[THAI_TONE_LOW + place] = mark(character, vowel_row)
        glyphs[THAI_TONE_LEFT + place] = mark(character, tone_row, left_dots)
        glyphs[THAI_TONE_LOW_LEFT + place] = mark(character, vowel_row, left_dots)
    for character in THAI_BELOW:
        glyphs[character] = mark(character, height - 1)
    for character, without in THAI_WITHOUT_TAIL.items():
        glyphs[without] = [row if y < base else 0 for y, row in enumerate(glyphs[character])]
    return glyphs


# Size of Arabic letters and how black a dot must be, for each height of the cell.
ARABIC = {24: (20, 100), 16: (14, 90)}
ARABIC_CHARACTERS = list(range(0x060C, 0x06D5)) + list(range(0xFB50, 0xFBFF)) + list(range(0xFE70, 0xFEFD))


def arabic(face, width, height, base):
    """Arabic letters in each of their forms, joined to the edges of the cell."""
    size, threshold = ARABIC[height]
    glyphs = {}
    for character in ARABIC_CHARACTERS:
        rows = outline(face, character, width, height, base, size, threshold, joined=True)
        if rows is None or not any(rows):
            continue
        form = unicodedata.decomposition(chr(character)).split(" ")[0]
        used = 0
        for row in rows:
            used |= row
        right = (used & -used).bit_length() - 1
        left = width - used.bit_length()
        if form == "<initial>":
            rows = [row << left for row in rows]
        if form == "<final>":
            rows = [row >> right for row in rows]
        if form == "<medial>":
            # The line that goes on at either side is where the letter reaches furthest.
            first, last = 1 << width - 1 - left, 1 << right
            to_left, to_right = (1 << width) - first, last - 1
            rows = [
                row | (to_left if row & first else 0) | (to_right if row & last else 0) for row in rows
            ]
        glyphs[character] = rows
    return glyphs


def scripts(folder, cjk, known, width, height, base, size):
    """What is not known yet of SCRIPTS, and half-width katakana, in one cell size."""
    glyphs = {}
    noto = folder / "usr/share/fonts/truetype/noto"
    for file, gap, characters in SCRIPTS:
        face = freetype.Face(str(noto / file))
        for character in set(characters) - known:
            rows = outline(face, character, width, height, base, size, 110, gap)
            if rows is not None and any(rows):
                if 0x0591 <= character <= 0x05C7:
                    move = HEBREW_POINTS.get(character, 0) * width // 12
                    rows = [row << move if move > 0 else row >> -move for row in middle(rows, width)]
                glyphs[character] = rows
    glyphs |= thai(freetype.Face(str(noto / "NotoSansThai-Regular.ttf")), width, height, base, size)
    letters = arabic(freetype.Face(str(noto / "NotoSansArabic-Regular.ttf")), width, height, base - 1)
    glyphs |= {character: rows for character, rows in letters.items() if character not in known}
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
        plain[ord("0")] = zero(name, width, height)
        for accented, letter in APOSTROPHES.items():
            plain[ord(accented)] = with_apostrophe(name, plain[ord(letter)], accented)
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
