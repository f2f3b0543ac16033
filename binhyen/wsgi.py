"""WSGI application of the pages process."""

import os

from django.core.wsgi import get_wsgi_application

from binhyen.kit.starting import end_with_parent, starting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
end_with_parent()  # its server's first process
with starting():
    application = get_wsgi_application()

    import binhyen.urls  # noqa: F401  otherwise Django loads the screens at the first request, which would wait
    from binhyen.tips.receipts import salts  # settings first

    salts()  # two equal salts stop the start here, with the reason
