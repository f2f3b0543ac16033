"""How a process starts: nothing that is read then is ever thrown away, so nobody looks through it for garbage."""

import gc
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
