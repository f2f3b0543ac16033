"""allauth's accounts as we use them: the tables that its second factors lean on, without its pages and middleware."""

from allauth.account.apps import AccountConfig


class AccountsWithoutPages(AccountConfig):  # type: ignore[misc]  # allauth has no types
    """For INSTALLED_APPS. The original insists on a middleware for every page of the program; none of its views is
    reachable here, so nothing needs it (docs/decisions/0015-mfa-on-allauth-models.md).
    """

    def ready(self) -> None: ...
