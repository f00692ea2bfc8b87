"""Reads barcodes from the PNGs of a folder with zxing-cpp and zbar.

Prints one JSON object: for each file the texts that each reader found. The
margin is that of 80 mm paper, of which 72 mm can be printed on.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import zxingcpp
from PIL import Image, ImageOps

MARGIN_DOTS = 32


def zxing(image):
    return [code.text for code in zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)]


def zbar(path):
    # One line a code: no code of the tests has a line feed in it.
    command = ["zbarimg", "--quiet", "--raw", "-Senable", str(path)]
    answer = subprocess.run(command, capture_output=True, check=False).stdout
    return answer.decode("utf-8", "replace").split("\n")[:-1]


def main():
    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        for path in sorted(pathlib.Path(sys.argv[1]).glob("*.png")):
            image = ImageOps.expand(Image.open(path).convert("L"), MARGIN_DOTS, 255)
            padded = pathlib.Path(scratch) / path.name
            image.save(padded)
            found[path.stem] = {"zxing": zxing(image), "zbar": zbar(padded)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
