"""Tables of the statistics: contributions of cases, and their sums.

One row a case and metric, so that a number links to its cases; sums by day and commune.
"""

from django.db import models
from django.db.models import Q


class Contribution(models.Model):
    """One case counted once for a metric, on a Vietnamese day, in a commune (null: unknown place), at a unit."""

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="contributions")
    metric = models.CharField(max_length=24)
    day = models.DateField()
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True)
    unit = models.ForeignKey("areas.Unit", models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "metric"], name="stats_contribution_once")]
        indexes = [models.Index(fields=["metric", "unit", "day"]), models.Index(fields=["metric", "day"])]


class Count(models.Model):
    """Sum of contributions of a day, unit, commune and metric."""

    day = models.DateField()
    unit = models.ForeignKey("areas.Unit", models.PROTECT)
    commune = models.ForeignKey("areas.Area", models.PROTECT, null=True)
    metric = models.CharField(max_length=24)
    value = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "unit", "day", "commune"], name="stats_count_once", nulls_distinct=False
            ),
            models.CheckConstraint(name="stats_count_positive", condition=Q(value__gte=0)),
        ]
        indexes = [models.Index(fields=["metric", "day"])]
