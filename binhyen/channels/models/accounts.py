"""Our accounts on the kinds of channels, and what comes in from them."""

import json

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from binhyen.channels.rules import credential_context
from binhyen.kit.ids import uuid7
from binhyen.vault import keys, machines


class Channel(models.Model):
    """One account on one kind of channel, e.g. the province's Official Account. `settings`: nothing secret."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True)  # set when the channel refuses everything for a while
    paused_reason = models.CharField(max_length=200, blank=True)
    heard_at = models.DateTimeField(null=True)  # when the last webhook came, to the minute; the webhooks themselves go


class Credential(models.Model):
    """Secrets of a channel, sealed: to the process that sends (all of them), to the door (what signs webhooks).

    The refresh token is single-use: it is read and replaced under a row lock only. Whatever reads a secret raises
    keyfiles.NotHere outside the process that sends.
    """

    SEALED = ("sealed", "door_sealed")  # what `put` changes

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True)
    sealed = models.BinaryField(default=b"")  # JSON: app_secret, webhook_secret, access_token, refresh_token
    door_sealed = models.BinaryField(default=b"")  # JSON: app_secret or webhook_secret, whichever signs
    expires_at = models.DateTimeField(null=True)
    refresh_started_at = models.DateTimeField(null=True)  # set while a refresh is under way
    lost_at = models.DateTimeField(null=True)  # the grant is gone: an operator must authorise again
    refused_since = models.DateTimeField(null=True)  # since when refreshes are refused for a reason that is not known
    refusal = models.CharField(max_length=60, blank=True, db_default="")  # the channel's own words for it

    def opened(self) -> dict[str, str]:
        """Everything by its name."""
        if not self.sealed:
            return {}
        told: dict[str, str] = json.loads(machines.open_("DELIVERY", self.sealed, context=credential_context(self.pk)))
        return told

    @property
    def secrets(self) -> dict[str, str]:
        return {name: value for name, value in self.opened().items() if name.endswith("_secret")}

    @property
    def access_token(self) -> str:
        return self.opened().get("access_token", "")

    @property
    def refresh_token(self) -> str:
        return self.opened().get("refresh_token", "")

    def put(self, **changes: str) -> None:
        """Change some of app_secret, webhook_secret, access_token, refresh_token; the caller saves `SEALED`."""
        known = self.opened() | changes
        self.sealed = keys.seal("DELIVERY", json.dumps(known).encode(), context=credential_context(self.pk))
        if not self.door_sealed or any(name.endswith("_secret") for name in changes):
            self.door_sealed = self._for_door(known)

    def for_door(self) -> bytes:
        """The signing secrets sealed anew to the door's key of the moment."""
        return self._for_door(self.opened())

    def _for_door(self, known: dict[str, str]) -> bytes:
        """Zalo signs with the account's own key; where it was switched, with the app's."""
        chosen = self.channel.settings.get("switches") or {}
        signs = "app_secret" if chosen.get("webhook_secret") == "app" else "webhook_secret"
        signing = {name: value for name, value in known.items() if name == signs}
        return keys.seal("DOOR", json.dumps(signing).encode(), context=credential_context(self.pk))


class Inbound(models.Model):
    """A webhook as it came, until it is read. The raw body holds outside ids and words: it is sealed to the reader at
    the door, and goes as soon as it was read.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", _("Chờ đọc")
        DONE = "DONE", _("Đã đọc")
        UNKNOWN = "UNKNOWN", _("Sự kiện lạ")
        DEAD = "DEAD", _("Không đọc được")

    channel = models.ForeignKey(Channel, models.PROTECT)
    outside_id = models.CharField(max_length=100)
    event = models.CharField(max_length=60)
    raw = models.BinaryField()
    received_at = models.DateTimeField()  # by our clock
    signed_at = models.DateTimeField(null=True)  # by the sender's own clock, as the webhook was signed
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "outside_id"], name="channels_inbound_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="PENDING"), name="channels_inbound_pending"),
            models.Index(fields=["received_at"], condition=Q(state="DEAD"), name="channels_inbound_dead"),
        ]


class EventCount(models.Model):
    """How many events of a name a channel sent on a day; unknown names show up here."""

    channel = models.ForeignKey(Channel, models.CASCADE)
    day = models.DateField()
    event = models.CharField(max_length=60)
    known = models.BooleanField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "day", "event"], name="channels_event_count_once")]
