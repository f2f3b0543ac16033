"""How a process starts: nothing that is read then is ever thrown away, so nobody looks through it for garbage; and it
lives no longer than who started it.
"""

import ctypes
import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """No collection of garbage inside, and none ever of what was made inside.

    Modules, screens and word lists are some hundred thousand objects: to go through them took a tenth of the start, and
    later 60 to 90 ms at a time in the middle of somebody's page.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Killed when the process that started this one is gone, however that ended: nobody would stop it otherwise, and it
    would keep its connections, its place to listen, and opened keys.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
