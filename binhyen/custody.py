"""WSGI application of the custody process: only the screens where officers unlock their keys.

Unlocked keys are only in this process's memory (vault/key_session.py), so it leaves no core dump and cannot be traced.
"""

import ctypes
import os
import resource

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from binhyen.kit.process_setup import end_with_parent, gc_frozen_startup
from binhyen.kit.watchdog import Watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
_PR_SET_DUMPABLE = 4
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)  # no core dump; other processes of the user cannot read this memory
end_with_parent()  # its server's first process
with gc_frozen_startup():
    application = Watchdog(get_wsgi_application(), settings.PAGE_SECONDS)
    from binhyen.vault.key_session import start_sweeper  # after Django is set up

start_sweeper()
application.start()
