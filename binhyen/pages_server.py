"""Page server: granian, whose page processes are forked after the program was imported.

One import serves all page processes and those that granian starts in place of a hung one, and they share its memory.
"""

import os
import runpy

import django

from binhyen.kit.process_setup import gc_frozen_startup

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
    with gc_frozen_startup():
        django.setup()
        import binhyen.urls  # noqa: F401  settings first
    runpy.run_module("granian", run_name="__main__")
