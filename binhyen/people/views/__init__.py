"""Screens of people: signing in and out, the duty roster."""

from binhyen.people.views.roster import roster, roster_add, roster_remove
from binhyen.people.views.signing import sign_in, sign_out

__all__ = ["roster", "roster_add", "roster_remove", "sign_in", "sign_out"]
