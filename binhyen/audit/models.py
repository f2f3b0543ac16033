"""Audit log: append-only; chained, signed and published shortly after the commit (see services)."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy

from binhyen.audit.rules.chain import Start
from binhyen.audit.rules.merkle import Range


class AuditEntry(models.Model):
    """One action. `detail` holds codes and ids only. Never changed, never deleted."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=60)  # "officer:<public id>", "citizen", "system:<job>", "token:<id>"
    verb = models.CharField(max_length=40)
    object = models.CharField(max_length=80, blank=True)  # "case:K7M29QXD"
    unit_id = models.BigIntegerField(null=True)  # the unit whose log it belongs to
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["object", "-id"], name="audit_object"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["unit_id", "-id"], name="audit_unit"),
            models.Index(fields=["verb", "-id"], name="audit_verb"),
            BrinIndex(fields=["at"], name="audit_at", pages_per_range=16, autosummarize=True),
        ]


class Waiting(models.Model):
    """Work queue of entries without a position in the chain; written with the entry, removed by the chainer."""

    entry_id = models.BigIntegerField(primary_key=True)


class Link(models.Model):
    """Position of an entry in the chain. No foreign key: a deleted entry must be detectable."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField(max_length=32)  # over the entry, its position and the previous hash


class Checkpoint(models.Model):
    """Signed checkpoint: the tree over the first `size` links, and the state needed to continue from there."""

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    head = models.BinaryField(max_length=32)  # hash of the last link
    roots = models.JSONField()  # of the complete subtrees, hexadecimal
    note = models.TextField()  # as it is published

    def to_start(self) -> Start:
        """Return the starting point for verification after it."""
        return Start(bytes(self.head), Range(self.size, tuple(bytes.fromhex(hex_root) for hex_root in self.roots)))


class CheckpointDelivery(models.Model):
    """Delivery of a checkpoint to a second party. `receipt`: the witness's line; for paper, the recipient."""

    class To(models.TextChoices):
        FOLDER = "FOLDER", gettext_lazy("Tệp ở thư mục bàn giao")
        WITNESS = "WITNESS", gettext_lazy("Máy làm chứng")
        PAPER = "PAPER", gettext_lazy("Bản in")

    size = models.BigIntegerField()
    to = models.CharField(max_length=8, choices=To)
    at = models.DateTimeField()
    receipt = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["size", "to"], name="audit_checkpointdelivery_once")]


class Check(models.Model):
    """One verification of the whole log: its length, and the first faults."""

    at = models.DateTimeField()
    size = models.BigIntegerField()
    faults = models.JSONField(default=list)
