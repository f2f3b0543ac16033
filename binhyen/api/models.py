"""API tokens of other systems."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from binhyen.kit.ids import generate_uuid7


class Token(models.Model):
    """A scoped token; only its hash is stored. It has its officer's visibility, limited by its scopes."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    name = models.CharField(max_length=60)
    officer = models.ForeignKey("people.Officer", models.CASCADE, related_name="tokens")
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class Answer(models.Model):
    """Stored answer to a write with an `Idempotency-Key`. `answer`: codes and ids only; kept until `expires_at`."""

    token = models.ForeignKey(Token, models.CASCADE)
    key_hash = models.CharField(max_length=64)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key_hash"], name="api_answer_once")]
