"""Measures python-escpos: a line for each task, with the fastest tenth in microseconds."""

import contextlib
import io
import pathlib
import sys
import time

from escpos.printer import Dummy
from PIL import Image

WHO = "python-escpos"
folder = pathlib.Path(sys.argv[1])
picture = Image.frombytes("RGBA", (576, 2000), (folder / "picture.rgba").read_bytes())
items = [(f"Flat white no {row}", f"{row}.80") for row in range(18)]


def measure(task, act):
    for _ in range(3):
        assert act(), task
    times = []
    begun = time.perf_counter()
    while len(times) < 11 or time.perf_counter() - begun < 0.4:
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    times.sort()
    print(f"{task}\t{WHO}\t{times[len(times) // 10] * 1e6}")


def write():
    printer = Dummy()
    printer.set(align="center", double_width=True, double_height=True)
    printer.textln("Harbour Coffee")
    printer.set_with_default()
    for name, price in items:
        printer.textln(f"{name:<38}{price:>10}")
    printer.set(bold=True)
    printer.textln("TOTAL 167.40")
    printer.cut()
    return printer.output


def dither():
    printer = Dummy()
    # It says that it does not know the width of the paper.
    with contextlib.redirect_stdout(io.StringIO()):
        printer.image(picture)
    return printer.output


measure("write", write)
# Pillow's way to black and white is that of Floyd and Steinberg.
measure("floyd-steinberg", dither)
