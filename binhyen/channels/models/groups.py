"""Chat groups of areas."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from binhyen.channels.models.accounts import Channel
from binhyen.kit.ids import generate_uuid7


class Group(models.Model):
    """A chat group of an area, created by our account."""

    class Level(models.TextChoices):
        COMMUNE = "COMMUNE", _("Nhóm xã, phường")
        VILLAGE = "VILLAGE", _("Nhóm thôn, tổ dân phố")

    class State(models.TextChoices):
        CREATING = "CREATING", _("Đang mở")
        OPEN = "OPEN", _("Đang hoạt động")
        CLOSED = "CLOSED", _("Đã đóng")
        FAILED = "FAILED", _("Mở không thành")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="groups")
    area = models.ForeignKey("areas.Area", models.PROTECT, related_name="groups")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="groups")
    level = models.CharField(max_length=8, choices=Level.choices)
    name = models.CharField(max_length=30)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CREATING)
    reason = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=64, blank=True)
    link = models.CharField(max_length=200, blank=True)
    rules_version = models.PositiveIntegerField(default=0)
    welcomed_at = models.DateTimeField(null=True)  # last post that welcomes new members
    members = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    last_message_at = models.DateTimeField(null=True)
    asset_type = models.CharField(max_length=20, blank=True, db_default="")  # type of the package: gmf100
    asset_until = models.DateField(null=True)  # last day of it
    asset_renews = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], condition=~Q(external_id=""), name="channels_group_once"
            )
        ]
        indexes = [models.Index(fields=["unit", "state"])]


class Membership(models.Model):
    """A reporter in a group, or one with a join request (not in the group yet).

    The external id stays in the vault. `answer`: the decision of an officer, until the channel has accepted it.
    `in_several_groups`: present here and in another group; kept by the trigger of channels_mark_several_groups.sql.
    """

    class Answer(models.TextChoices):
        NONE = "", "–"
        LET_IN = "IN", _("cho vào")
        TURNED_AWAY = "OUT", _("không nhận")

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    reporter = models.ForeignKey("vault.Reporter", models.CASCADE)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=3, choices=Answer.choices, blank=True, default="", db_default="")
    in_several_groups = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "reporter"], name="channels_member_once")]
        indexes = [
            models.Index(fields=["group"], condition=Q(asked_at__isnull=False), name="channels_member_asks"),
            # Ordered by person, so that people in several groups are counted without a sort or hash table.
            models.Index(
                fields=["reporter", "group"],
                condition=Q(left_at__isnull=True, asked_at__isnull=True, in_several_groups=True),
                name="channels_member_several",
            ),
        ]


class GroupSize(models.Model):
    """Number of members at the end of a Vietnamese day; a row for each day on which it changed.

    Memberships do not show the past: they are deleted some time after leaving, and a return reuses the same one.
    """

    group = models.ForeignKey(Group, models.CASCADE, related_name="sizes")
    day = models.DateField()
    members = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "day"], name="channels_size_once")]


class GroupRules(models.Model):
    """A version of the group rules, as sent when a group opens, and the text that welcomes new members."""

    version = models.PositiveIntegerField(unique=True)
    text = models.TextField()
    welcome = models.TextField(blank=True, default="", db_default="")
    at = models.DateTimeField()
