"""The pages' WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
application = get_wsgi_application()

from binhyen.intake.reading import load  # noqa: E402  settings first
from binhyen.tips.receipts import salts  # noqa: E402

salts()  # two equal salts end the start here, with the reason
load()  # a form is read while its sender waits
