"""Reauthorisation of the account after the emulator was emptied (helper.py)."""

import io


def main(stand_in: str) -> None:
    from django.core.management import call_command

    call_command("connect_stand_in", stand_in, stdout=io.StringIO())
