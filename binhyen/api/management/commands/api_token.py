"""Command `api_token create|revoke|list`: tokens for other systems. The value is printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from binhyen.api import services
from binhyen.api.models import Token
from binhyen.api.scopes import Scope, TokenRejected
from binhyen.kit import clock
from binhyen.people.models import Officer

_ACTOR = "system:api_token"


class Command(BaseCommand):
    help = "Create, revoke and list API tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="does", required=True)
        create = commands.add_parser("create", help="create a token and print it once")
        create.add_argument("officer", help="username of the officer for whom the other system acts")
        create.add_argument("name", help="purpose of the token")
        create.add_argument("--scopes", default="read", help="read,write,ledger")
        create.add_argument("--days", type=int, default=90)
        commands.add_parser("revoke", help="revoke a token").add_argument("id", help="the token's id, from list")
        commands.add_parser("list", help="list active tokens")

    def handle(self, *args: Any, **options: Any) -> None:
        {"create": self._create, "revoke": self._revoke, "list": self._list}[options["does"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        officer = Officer.objects.filter(username=options["officer"]).first()
        if officer is None:
            raise CommandError(f"No officer is called {options['officer']}.")
        try:
            scopes = frozenset(Scope(name.strip()) for name in options["scopes"].split(",") if name.strip())
            new_token = services.create_token(
                officer=officer,
                name=options["name"],
                scopes=scopes,
                days=options["days"],
                actor=_ACTOR,
                now=clock.now(),
            )
        except (TokenRejected, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{new_token.value}\nid {new_token.token.public_id}, until {new_token.token.expires_at:%Y-%m-%d}"
        )

    def _revoke(self, options: dict[str, Any]) -> None:
        try:
            was_active = services.revoke_token(public_id=options["id"], actor=_ACTOR, now=clock.now())
        except ValidationError as error:
            raise CommandError("This is not a token id.") from error
        if not was_active:
            raise CommandError("No such token, or it was revoked before.")
        self.stdout.write("Revoked.")

    def _list(self, options: dict[str, Any]) -> None:
        for token in Token.objects.filter(revoked_at=None, expires_at__gt=clock.now()).select_related("officer"):
            scopes = ",".join(token.scopes)
            self.stdout.write(f"{token.public_id}  {token.officer.username}  {scopes}  {token.name}")
