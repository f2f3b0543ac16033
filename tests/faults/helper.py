"""A process with Django loaded that runs test tasks, each in a fork: loading costs seconds.

python -m tests.faults.helper      reads JSON lines [module, arguments, stdin], writes [status, stdout, stderr]
"""

import importlib
import io
import json
import os
import sys
import tempfile
import traceback
from typing import Any, TextIO

MODULES = ("prepare", "reconnect", "verdict", "crash_points", "load_generator")


def import_modules() -> None:
    """Import the modules of every fork; open no connection here, or the forks would share it."""
    import django

    django.setup()
    import binhyen.urls  # noqa: F401
    from binhyen.channels.kinds.zalo_oa import tokens  # noqa: F401
    from binhyen.channels.registry import get_channel_kinds

    get_channel_kinds()
    for name in MODULES:
        importlib.import_module(f"tests.faults.{name}")


def run_task(name: str, arguments: list[str], given: str) -> tuple[int, str, str]:
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as complained:
        pid = os.fork()
        if pid == 0:
            _run_module(name, arguments, given, output, complained)
        _, status = os.waitpid(pid, 0)
        output.seek(0)
        complained.seek(0)
        return os.waitstatus_to_exitcode(status), output.read(), complained.read()


def _run_module(name: str, arguments: list[str], given: str, output: TextIO, complained: TextIO) -> Any:
    status = 1
    try:
        os.dup2(output.fileno(), 1)
        os.dup2(complained.fileno(), 2)
        sys.stdin = io.StringIO(given)
        importlib.import_module(f"tests.faults.{name}").main(*arguments)
        sys.stdout.flush()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "binhyen.settings"
    import_modules()
    for line in sys.stdin:
        print(json.dumps(run_task(*json.loads(line))), flush=True)
