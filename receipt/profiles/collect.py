#!/usr/bin/env python3
"""Writes models.tsv and code_tables.tsv from the capability data base.

    python3 collect.py capabilities.json

capabilities.json is the collated file of the project escpos-printer-db, which
python-escpos ships too. See README.md for its license.
"""

import json
import pathlib
import sys

MODELS = [
    "TM-T20II", "TM-T20II-42col", "TM-T88II", "TM-T88IV", "TM-T88V", "TM-P80", "TM-L90",
    "TM-U220", "CT-S651", "RP-F10-80mm", "RP-F10-58mm", "RP326", "P822D", "POS-5890",
    "NT-5890K", "NT-80-V-UL", "ZJ-5870", "Sunmi-V2", "TH230", "TSP600", "SP2000",
]

# What the data base calls a table, and what the crate does.
TABLES = {
    "CP932": "katakana", "KATAKANA": "katakana",
    "TCVN-3-1": "tcvn3", "TCVN-3-2": "tcvn3-capitals",
    "RK1048": "kz-1048", "CP928": "iso-8859-7",
    "ISO_8859-2": "iso-8859-2", "ISO_8859-7": "iso-8859-7", "ISO_8859-15": "iso-8859-15",
    **{f"CP{n}": f"windows-{n}" for n in range(1250, 1259)},
    **{f"CP{n}": f"cp{n}" for n in (
        437, 720, 737, 772, 774, 775, 850, 851, 852, 853, 855, 857, 858, 860, 861, 862,
        863, 864, 865, 866, 869, 874, 1098, 1125)},
}

FEATURES = {
    "paperFullCut": "full-cut", "paperPartCut": "partial-cut", "qrCode": "qr",
    "pdf417Code": "pdf417", "barcodeB": "long-barcodes", "bitImageRaster": "raster",
    "bitImageColumn": "columns", "graphics": "graphics", "pulseStandard": "drawer",
}


def number(value, otherwise):
    return value if isinstance(value, (int, float)) else otherwise


def main():
    folder = pathlib.Path(__file__).parent
    profiles = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))["profiles"]
    models = ["# name\tmaker\tcolumns of fonts A, B, C\tdots\tdots per inch\tfeatures"]
    tables = ["# model\tESC t n = table ..."]
    for name in MODELS:
        profile = profiles[name]
        fonts = profile["fonts"]
        columns = [fonts[n]["columns"] for n in ("0", "1", "2") if n in fonts and fonts[n]["name"] != "Kanji"]
        media = profile["media"]
        dots = number(media.get("width", {}).get("pixels"), columns[0] * 12)
        if columns[0] < 20:  # one profile gives the width of a character instead
            columns = [dots // width for width in columns]
        features = [ours for theirs, ours in FEATURES.items() if profile["features"].get(theirs)]
        models.append("\t".join([
            name, profile["vendor"], " ".join(map(str, columns)), str(dots),
            str(number(media.get("dpi"), 203)), " ".join(features)]))
        pages = sorted((int(n), TABLES[page]) for n, page in profile["codePages"].items() if page in TABLES)
        tables.append(name + "\t" + " ".join(f"{n}={page}" for n, page in pages))
    (folder / "models.tsv").write_text("\n".join(models) + "\n", "utf-8")
    (folder / "code_tables.tsv").write_text("\n".join(tables) + "\n", "utf-8")


if __name__ == "__main__":
    main()
