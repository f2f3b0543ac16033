"""Django's database sessions, stored under a digest of their key: reading the table does not suffice to sign in.

`SESSION_ENGINE` names this module. The key is the cookie: 32 random characters of a–z and 0–9 (165 bits), so a plain
SHA-256 needs neither salt nor stretching. The column holds its first 40 hexadecimal digits (160 bits), which is the
width of Django's own column; `SignIn.key_hash` is the same digest in full.
"""

import datetime as dt
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session

from binhyen.kit import clock
from binhyen.kit.ids import hash_token

DIGEST_LENGTH = 40


def shorten_hash(key_hash: str) -> str:
    """Return what `django_session.session_key` holds for a session key with this `token_hash`."""
    return key_hash[:DIGEST_LENGTH]


def hash_key(session_key: str | None) -> str:
    """Return the stored form of a session key as it stands in the cookie."""
    return shorten_hash(hash_token(session_key or ""))


class SessionStore(db.SessionStore):
    """Database session store that hashes the key on every way to the table.

    The qualified name of the class is part of the salt that signs the data (`SessionBase.key_salt`). It equals that of
    Django's class, so sessions of the version before stay readable.
    """

    # The base class goes through the methods below, in a thread; Django's database class has its own queries.
    aload, aexists, acreate, asave, adelete = (
        SessionBase.aload,
        SessionBase.aexists,
        SessionBase.acreate,
        SessionBase.asave,
        SessionBase.adelete,
    )

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        row = Session.objects.filter(session_key=hash_key(self.session_key), expire_date__gt=clock.now()).first()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def get_expiry_date(self, **options: Any) -> dt.datetime:
        """Count from our clock, like `load`; Django counts from the machine's."""
        return super().get_expiry_date(**{"modification": clock.now()} | options)

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=hash_key(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = hash_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        if (key := session_key or self.session_key) is not None:
            Session.objects.filter(session_key=hash_key(key)).delete()
