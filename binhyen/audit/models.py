"""Who did or saw what: append-only, hash-chained a moment after the commit (see services.chain)."""

from django.db import models


class AuditEntry(models.Model):
    """One act. `detail` holds codes and ids only. `seq`, `previous` and `hash` are set by the chainer."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=60)  # "officer:<public id>", "citizen", "system:<job>", "token:<id>"
    verb = models.CharField(max_length=40)
    object = models.CharField(max_length=80, blank=True)  # "case:K7M29QXD"
    unit_id = models.BigIntegerField(null=True)  # whose book it belongs to
    detail = models.JSONField(default=dict)
    seq = models.BigIntegerField(null=True, unique=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["object"]),
            models.Index(fields=["id"], condition=models.Q(seq__isnull=True), name="audit_unchained"),
        ]
