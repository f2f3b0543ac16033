"""Reporters: a pseudonym for everybody else, the identity for the vault alone.

Names, phones and channel ids are sealed as they enter (boxes.py). The database holds public keys; who holds the
private ones is said at `Group`.
"""

from django.db import models

from binhyen.kit.ids import code, uuid7


class Group(models.TextChoices):
    """Who can open what is sealed to a group's key. The first three are machines: key files of one process each."""

    DOOR = "DOOR", "cửa nhận webhook"  # the channels' webhook secrets
    INTAKE = "INTAKE", "bộ đọc tin"  # bodies of webhooks until they are read
    DELIVERY = "DELIVERY", "bộ gửi tin"  # outside ids to send to; tokens and secrets of channels
    IDENTITY = "IDENTITY", "người giữ danh tính"  # who a reporter is; two of them together
    TIPS = "TIPS", "bàn tin kín"  # text of anonymous tips
    CONDUCT = "CONDUCT", "thanh tra"  # text of complaints about police


class GroupKey(models.Model):
    """A public key of a group. The newest that is not retired is sealed to; a retired one opens what it sealed."""

    group = models.CharField(max_length=8, choices=Group.choices)
    public = models.BinaryField(max_length=32)
    key_id = models.BinaryField(max_length=8, unique=True)  # as envelopes name it
    created_at = models.DateTimeField()
    founding = models.BooleanField(default=False)  # its private half still lies in a file, no person has taken it over
    retired_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["group", "-id"], condition=models.Q(retired_at=None), name="vault_group_key")]


class Lock(models.Model):
    """A key pair of one reporter or one conversation. Its private half exists only inside `LockCopy` rows: when these
    are deleted, all that is sealed to `public` is gone for good, wherever copies of it lie.
    """

    public = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()


class LockCopy(models.Model):
    """The private half of a lock, sealed to one group's key."""

    lock = models.ForeignKey(Lock, models.CASCADE, related_name="copies")
    group_key = models.ForeignKey(GroupKey, models.PROTECT, related_name="copies")
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lock", "group_key"], name="vault_copy_once")]


class Reporter(models.Model):
    """A person who wrote to us, known to officers by `pseudonym` only."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    pseudonym = models.CharField(max_length=8, default=code, unique=True)
    created_at = models.DateTimeField()
    lock = models.OneToOneField(Lock, models.SET_NULL, null=True)  # made with the first fact that is sealed


class Contact(models.Model):
    """How a channel reaches a reporter. `key` is a keyed hash of the outside id; the id itself is sealed twice: to the
    process that sends, and to the custodians.
    """

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="contacts")
    channel_id = models.BigIntegerField()
    key = models.CharField(max_length=64)
    sealed = models.BinaryField()
    custody_sealed = models.BinaryField(default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel_id", "key"], name="vault_contact_once")]


class Identity(models.Model):
    """One fact about a reporter, sealed to the reporter's lock."""

    class Field(models.TextChoices):
        NAME = "NAME", "họ tên"
        PHONE = "PHONE", "số điện thoại"
        ADDRESS = "ADDRESS", "địa chỉ"

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="identities")
    field = models.CharField(max_length=8, choices=Field.choices)
    sealed = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reporter", "field"], name="vault_identity_once")]
