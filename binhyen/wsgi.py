"""WSGI application of the pages process."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from binhyen.kit.process_setup import end_with_parent, gc_frozen_startup
from binhyen.kit.watchdog import Watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
end_with_parent()  # its server's first process
with gc_frozen_startup():
    application = Watchdog(get_wsgi_application(), settings.PAGE_SECONDS)

    import binhyen.urls  # noqa: F401  Django would read the screens for the first visitor, who would wait
    from binhyen.conduct.services.alarms import watch_alarms
    from binhyen.tips.receipts import load_salts  # settings first

    load_salts()  # two equal salts end the start here, with the reason
    watch_alarms()
application.start()
