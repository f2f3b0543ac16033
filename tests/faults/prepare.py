"""A database of the test's own: logins, tables, areas, the web channel, the stand-in's account, the fence. Run as a process.

DATABASE_URL=… python -m tests.faults.prepare http://127.0.0.1:<stand-in>
"""

import os
import sys


def main(stand_in: str) -> None:
    import django

    from binhyen import settings
    from binhyen.fence import building, logins

    assert not logins.ensure(settings.database_url())
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_areas", "--demo", verbosity=0)
    call_command("set_up", verbosity=0)
    call_command("connect_stand_in", stand_in, verbosity=0)
    assert building.build(settings.database_url())


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "binhyen.settings"
    main(sys.argv[1])
