"""Reporters: a pseudonym for everybody else, the identity for the vault alone.

Names, phones and channel ids live only here, behind `seal` and `open_`. They are stored plainly for now; the
sealed boxes come in a later issue and change `crypto.py` alone.
"""

from django.db import models

from binhyen.kit.ids import code, uuid7


class Reporter(models.Model):
    """A person who wrote to us, known to officers by `pseudonym` only."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    pseudonym = models.CharField(max_length=8, default=code, unique=True)
    created_at = models.DateTimeField()


class Contact(models.Model):
    """How a channel reaches a reporter. `key` is a keyed hash of the outside id; `sealed` is the id itself."""

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="contacts")
    channel_id = models.BigIntegerField()
    key = models.CharField(max_length=64)
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel_id", "key"], name="vault_contact_once")]


class Identity(models.Model):
    """One sealed fact about a reporter."""

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
