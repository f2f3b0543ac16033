"""App configuration of allauth's accounts: only the tables of its second factors, without its pages and middleware."""

from allauth.account.apps import AccountConfig


class AccountsWithoutPages(AccountConfig):  # type: ignore[misc]  # allauth has no types
    """Entry of INSTALLED_APPS.

    The original requires a middleware on every page; none of its views is reachable here, so it is not needed
    (docs/decisions/0015-mfa-on-allauth-models.md).
    """

    def ready(self) -> None: ...
