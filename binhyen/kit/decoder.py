"""Decodes one picture of a stranger and encodes it anew, in a process that lives for this one picture.

Run as a script by `kit/files.py`: the picture on standard input, the clean one on standard output. Whatever a hostile
file makes of the decoder, it has little memory and time, cannot open a file or a connection (no descriptor more than
the three it has), starts nothing, and is nobody where the program is root. Imports neither Django nor us; and who asks
for its numbers alone (`kit/files.py`, in every process) does not pay for Pillow.
"""

import ctypes
import io
import os
import resource
import struct
import sys
import warnings

MEMORY = 512 * 1024 * 1024  # bytes of address space
CPU_SECONDS = 8
PIXELS = 50_000_000
SIDE = 2048  # the clean copy's longer side
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
TOO_LARGE, UNREADABLE = 3, 4  # exit statuses
SIZE = struct.Struct(">II")  # width and height, before the JPEG
_NOBODY = 65534
_NO_NEW_PRIVS, _PDEATHSIG, _KILL = 38, 1, 9


def confine() -> None:
    """Give up everything that decoding does not need. For good: limits are hard, and root becomes nobody."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PDEATHSIG, _KILL, 0, 0, 0)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    limits = {
        resource.RLIMIT_AS: MEMORY, resource.RLIMIT_CPU: CPU_SECONDS, resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0, resource.RLIMIT_NPROC: 0, resource.RLIMIT_NOFILE: 3,
    }  # fmt: skip
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))


def clean(data: bytes) -> tuple[int, int, bytes]:
    """Width, height and JPEG: upright, at most SIDE long, without metadata. Ends the process where it cannot."""
    from PIL import Image, ImageOps

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    if image.width * image.height > PIXELS:
        sys.exit(TOO_LARGE)
    turn = image.getexif().get(0x0112, 1)
    if image.mode not in {"L", "RGB"}:
        image = image.convert("RGB")
    image.thumbnail((SIDE, SIDE), reducing_gap=2.0)  # a JPEG is decoded no larger than needed
    fresh = Image.new("RGB", image.size)
    fresh.paste(image)
    if turn in range(2, 9):
        exif = fresh.getexif()
        exif[0x0112] = turn
        fresh = ImageOps.exif_transpose(fresh)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85, optimize=True)
    return *fresh.size, out.getvalue()


def main() -> None:
    from PIL.Image import DecompressionBombError as BombError
    from PIL.Image import DecompressionBombWarning as BombWarning

    _warm()
    confine()
    data = sys.stdin.buffer.read()
    try:
        width, height, jpeg = clean(data)
    except (BombError, BombWarning, MemoryError):
        sys.exit(TOO_LARGE)
    except Exception:  # whatever a decoder raises for a broken file
        sys.exit(UNREADABLE)
    sys.stdout.buffer.write(SIZE.pack(width, height) + jpeg)
    sys.stdout.buffer.flush()


def _warm() -> None:
    """A picture of ours in each format: what the decoders load when they are first used, they load while they can."""
    from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401  later no file opens

    turned = Image.Exif()
    turned[0x0112] = 6
    for name in FORMATS:
        out = io.BytesIO()
        Image.new("P" if name == "GIF" else "RGB", (8, 8)).save(out, name, exif=turned)
        clean(out.getvalue())


if __name__ == "__main__":
    main()
