"""The stand-in was emptied: authorise its account anew. Run as a process: python -m tests.faults.reconnect <address>."""

import io
import os
import sys

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "binhyen.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("connect_stand_in", sys.argv[1], stdout=io.StringIO())
