"""Rows of the live event feed. A row says that something changed; its content is read through `people.access`."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models


class Heartbeat(models.Model):
    """A sign that periodic work is still done: `beats` goes up, whatever any clock says. `stepped_at`, `stepped_by`:
    when the clock last jumped, and by how many seconds (negative: backwards).
    """

    name = models.CharField(max_length=40, primary_key=True)
    beats = models.BigIntegerField(default=0)
    at = models.DateTimeField()  # by the database's clock
    stepped_at = models.DateTimeField(null=True)  # by the database's clock
    stepped_by = models.FloatField(default=0)


class LiveEvent(models.Model):
    """One change on the live feed. `data` holds public ids and codes only, never words or names of people.

    Pages identify it by its `mark`: row numbers would reveal how many events they did not receive.
    """

    topics = ArrayField(models.CharField(max_length=60))
    name = models.CharField(max_length=40)
    data = models.JSONField()
    at = models.DateTimeField(db_index=True)
    mark = models.UUIDField(db_default=RandomUUID(), editable=False)
