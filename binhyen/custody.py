"""The custody process's WSGI application: where people open their keys, and nothing else is served.

Opened keys live in this process's memory only (vault/unlocked.py), so it leaves no core dump and is not traced.
"""

import ctypes
import os
import resource

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from binhyen.kit.starting import end_with_parent, starting
from binhyen.kit.watchdog import Watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
_PR_SET_DUMPABLE = 4
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)  # no dump, and no other process of the same user reads this memory
end_with_parent()  # its server's first process
with starting():
    application = Watchdog(get_wsgi_application(), settings.PAGE_SECONDS)
    from binhyen.vault.unlocked import keep_sweeping  # after Django is set up

keep_sweeping()
application.start()
