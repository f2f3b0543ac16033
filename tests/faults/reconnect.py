"""The stand-in was emptied: authorise its account anew (helper.py)."""

import io


def main(stand_in: str) -> None:
    from django.core.management import call_command

    call_command("connect_stand_in", stand_in, stdout=io.StringIO())
