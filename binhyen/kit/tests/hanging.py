"""A WSGI application with planted hangs, for granian: `/hold` keeps the interpreter lock in C, `/spin` loops in Python.

WATCHED=1 runs it under the watchdog. Every response is the process id.
"""

import ctypes
import os
import time
from collections.abc import Iterable
from typing import Any

from binhyen.kit.watchdog import Watchdog, lift_time_limit


def respond(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/hold":  # PyDLL, unlike CDLL, keeps the lock during the call
        ctypes.PyDLL(None).sleep(int(environ["QUERY_STRING"]))
    if path in ("/spin", "/export"):
        if path == "/export":
            lift_time_limit(environ)
        end = time.monotonic() + int(environ["QUERY_STRING"])
        while time.monotonic() < end:
            pass
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]


application: Any = respond
if os.environ.get("WATCHED"):
    application = Watchdog(respond, 1.0, hang_seconds=1)
    application.start()
