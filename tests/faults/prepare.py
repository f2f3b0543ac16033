"""A separate test database: database roles, tables, areas, the web channel, the emulator's account, row-level security
(helper.py).
"""


def main(stand_in: str) -> None:
    from django.core.management import call_command

    from binhyen import settings
    from binhyen.rls import apply

    assert not apply.ensure_logins(settings.get_database_url())

    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_areas", "--demo", verbosity=0)
    call_command("set_up", verbosity=0)
    call_command("connect_stand_in", stand_in, verbosity=0)
    assert apply.apply_rls(settings.get_database_url())
