"""Channel accounts and the webhooks received from them."""

import json

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from binhyen.channels.retry_policy import format_credential_context
from binhyen.kit.ids import generate_uuid7
from binhyen.vault import group_keys, process_keys


class Channel(models.Model):
    """One account on one kind of channel, e.g. the province's Official Account. `settings` holds no secrets."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)  # set when the channel rejects everything for a while
    paused_reason = models.CharField(max_length=200, blank=True)
    last_webhook_at = models.DateTimeField(
        null=True
    )  # time of the last webhook, to the minute; outlives the webhook rows
    unit = models.ForeignKey("areas.Unit", models.PROTECT, null=True, related_name="+")  # null: of the whole province
    # Catch-up (services/catch_up.py): the channel's own time up to which its history was read, and what no webhook
    # had brought.
    history_until = models.DateTimeField(null=True)
    missed_count = models.PositiveIntegerField(default=0, db_default=0)
    missed_at = models.DateTimeField(null=True)
    plan = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))  # services/account_plans.py
    plan_read_at = models.DateTimeField(null=True)


class Credential(models.Model):
    """Secrets of a channel, encrypted: all for the sender process, the signing secret for the gateway.

    The refresh token is single-use: it is read and replaced only under a row lock. Reading a secret outside the sender
    process raises key_files.KeyFileMissing.
    """

    SEALED = ("ciphertext", "gateway_ciphertext")  # the fields that `update_secrets` changes

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True)
    ciphertext = models.BinaryField(default=b"")  # JSON: app_secret, webhook_secret, access_token, refresh_token
    gateway_ciphertext = models.BinaryField(default=b"")  # JSON: the secret that signs, app_secret or webhook_secret
    expires_at = models.DateTimeField(null=True)
    refresh_started_at = models.DateTimeField(null=True)  # set while a refresh is under way
    lost_at = models.DateTimeField(null=True)  # the grant is gone: an operator must authorise again
    refused_since = models.DateTimeField(null=True)  # since when refreshes are refused for a reason that is not known
    refusal = models.CharField(max_length=60, blank=True, db_default="")  # the channel's own words for it

    def opened(self) -> dict[str, str]:
        """Return all secrets by name."""
        if not self.ciphertext:
            return {}
        secrets: dict[str, str] = json.loads(
            process_keys.open_with_process_key("DELIVERY", self.ciphertext, context=format_credential_context(self.pk))
        )
        return secrets

    @property
    def secrets(self) -> dict[str, str]:
        return {name: value for name, value in self.opened().items() if name.endswith("_secret")}

    @property
    def access_token(self) -> str:
        return self.opened().get("access_token", "")

    @property
    def refresh_token(self) -> str:
        return self.opened().get("refresh_token", "")

    def update_secrets(self, **changes: str) -> None:
        """Change some of app_secret, webhook_secret, access_token, refresh_token.

        The caller saves `ENCRYPTED_FIELDS`.
        """
        secrets = self.opened() | changes
        self.ciphertext = group_keys.seal_to_group(
            "DELIVERY", json.dumps(secrets).encode(), context=format_credential_context(self.pk)
        )
        if not self.gateway_ciphertext or any(name.endswith("_secret") for name in changes):
            self.gateway_ciphertext = self._encrypt_signing_secret(secrets)

    def encrypt_for_gateway(self) -> bytes:
        """Return the signing secret encrypted with the current key of the gateway."""
        return self._encrypt_signing_secret(self.opened())

    def _encrypt_signing_secret(self, secrets: dict[str, str]) -> bytes:
        """Return the encrypted signing secret.

        Zalo signs with the secret of the account or, by a setting, with that of the app.
        """
        switches = self.channel.settings.get("switches") or {}
        signing_name = "app_secret" if switches.get("webhook_secret") == "app" else "webhook_secret"
        signing_secret = {name: value for name, value in secrets.items() if name == signing_name}
        return group_keys.seal_to_group(
            "GATEWAY", json.dumps(signing_secret).encode(), context=format_credential_context(self.pk)
        )


class Inbound(models.Model):
    """A webhook as received, until it is processed.

    The raw body holds external ids and texts: the gateway encrypts it for the inbox worker, and it is deleted once
    processed.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", _("Chờ đọc")
        DONE = "DONE", _("Đã đọc")
        UNKNOWN = "UNKNOWN", _("Sự kiện lạ")
        DEAD = "DEAD", _("Không đọc được")

    channel = models.ForeignKey(Channel, models.PROTECT)
    external_id = models.CharField(max_length=100)
    event = models.CharField(max_length=60)
    sealed_body = models.BinaryField()
    received_at = models.DateTimeField()  # by our clock
    signed_at = models.DateTimeField(null=True)  # by the sender's own clock, as the webhook was signed
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="channels_inbound_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="PENDING"), name="channels_inbound_pending"),
            models.Index(fields=["received_at"], condition=Q(state="DEAD"), name="channels_inbound_dead"),
        ]


class EventCount(models.Model):
    """Number of events of a name that a channel sent on a day; unknown names are listed here."""

    channel = models.ForeignKey(Channel, models.CASCADE)
    day = models.DateField()
    event = models.CharField(max_length=60)
    known = models.BooleanField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "day", "event"], name="channels_event_count_once")]
