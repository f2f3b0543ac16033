"""The pages' WSGI application."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "binhyen.settings")
application = get_wsgi_application()

# A page makes tens of thousands of short-lived objects: with Python's usual thresholds the collector walks the whole
# program dozens of times a page. What is loaded now stays for ever and need not be walked at all.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 50, 100)
