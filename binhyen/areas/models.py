"""Administrative units over time, their names and successors, and the police unit responsible.

An `Area` is a piece of land; its type, name, code and parent are in dated versions; mergers and splits are
successions. Codes are not identities: all 69 codes of Hà Tĩnh's communes belonged to other areas before.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from binhyen.kit.ids import generate_uuid7


class Level(models.IntegerChoices):
    PROVINCE = 1, _("Tỉnh, thành phố")
    DISTRICT = 2, _("Huyện (trước 01/07/2025)")
    COMMUNE = 3, _("Xã, phường, đặc khu")
    VILLAGE = 4, _("Thôn, tổ dân phố")


class Area(models.Model):
    """Identity of a piece of land. The name on a given day is in its versions."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    key = models.CharField(max_length=40, unique=True)  # uid of its first version; our own for a village
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    demo = models.BooleanField(default=False)  # fictitious, for a demo; never in a real report


class AreaVersion(models.Model):
    """Name and parent of an area from `valid_from` to the day before `valid_to`."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="versions")
    code = models.CharField(max_length=12)
    # tinh thanh_pho_tw quan huyen thi_xa thanh_pho phuong xa thi_tran dac_khu thon to_dan_pho
    type = models.CharField(max_length=16)
    name = models.CharField(max_length=80)
    full_name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=120)  # kit.text.name_key: identity of the name
    search_text = models.CharField(max_length=100)  # kit.text.fold(full_name): search
    parent = models.ForeignKey(Area, models.PROTECT, null=True, related_name="child_versions")
    valid_from = models.DateField(null=True)  # null: older than the oldest list
    valid_to = models.DateField(null=True)  # null: in force
    legal_basis = models.CharField(max_length=80, blank=True)
    date_quality = models.CharField(max_length=40, blank=True)
    current = models.GeneratedField(
        expression=Q(valid_to__isnull=True),  # type: ignore[arg-type]  # stubs ask for Expression; Q is one
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="areas_one_version_a_day",
                expressions=[
                    ("area", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                name="areas_version_ends_after_start",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(fields=["code", "valid_to"]),
            models.Index(fields=["parent", "valid_to"]),
            models.Index(fields=["name_key"]),
            GinIndex(fields=["search_text"], name="areas_folded_trgm", opclasses=["gin_trgm_ops"]),
        ]


class Succession(models.Model):
    """`old` became `new` on a day; `part` if the old area was divided among several."""

    class Share(models.TextChoices):
        WHOLE = "WHOLE", _("toàn bộ")
        PART = "PART", _("một phần")

    old = models.ForeignKey(Area, models.PROTECT, related_name="became")
    new = models.ForeignKey(Area, models.PROTECT, related_name="formed_from")
    event_date = models.DateField()
    share = models.CharField(max_length=8, choices=Share.choices)
    legal_basis = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["old", "new", "event_date"], name="areas_succession_once")]


class Alias(models.Model):
    """Another name in use for an area: «Nghèn», «TDP Phú Mậu», a landmark."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=80)
    search_text = models.CharField(max_length=80, db_index=True)
    kind = models.CharField(max_length=16, default="ALIAS")  # ALIAS or LANDMARK

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "search_text"], name="areas_alias_once")]


class Landmark(models.Model):
    """A case whose officers confirmed the location of a place name: «quán bà Hoa».

    `source`: a fingerprint of the case, so that each counts once. `gone`: removed by an operator; never learned again.
    """

    name = models.CharField(max_length=80)
    search_text = models.CharField(max_length=80, db_index=True)
    area = models.ForeignKey(Area, models.CASCADE, related_name="landmarks")  # a commune
    source = models.CharField(max_length=32)
    at = models.DateTimeField()
    gone = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["search_text", "source"], name="areas_landmark_once")]


class Unit(models.Model):
    """A police unit: the province's, a commune's, a village security team. `area` is its area of responsibility."""

    class Level(models.TextChoices):
        PROVINCE = "PROVINCE", _("Công an tỉnh")
        COMMUNE = "COMMUNE", _("Công an xã, phường")
        VILLAGE = "VILLAGE", _("Tổ bảo vệ an ninh trật tự")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    area = models.ForeignKey(Area, models.PROTECT, related_name="units")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "level"], condition=Q(valid_to__isnull=True), name="areas_one_unit")
        ]

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """Cache invalidation token in one row; it changes with every change of areas or units, so that processes reload.

    A random token, not a counter: two histories after a rollback are never equal.
    """

    token = models.CharField(max_length=32)


class Reorganisation(models.Model):
    """A planned change of communes on a day; `stats` applies it, with all rows that follow the unit.

    MERGE: `old_areas` become a new commune. SPLIT: the `villages` of the one old area become a new commune, the rest of
    it stays. RENAME: the one old area gets the new name, type and code. Until its day it may be cancelled.
    `moved_rows`: table → number of rows, once applied.
    """

    class Kind(models.TextChoices):
        MERGE = "MERGE", _("Nhập")
        SPLIT = "SPLIT", _("Tách")
        RENAME = "RENAME", _("Đổi tên")

    class State(models.TextChoices):
        PLANNED = "PLANNED", _("Đã lên lịch")
        APPLIED = "APPLIED", _("Đã làm")
        CANCELLED = "CANCELLED", _("Đã bỏ")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    day = models.DateField()
    old_areas = ArrayField(models.BigIntegerField())
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.MERGE, db_default=Kind.MERGE)
    villages = ArrayField(models.BigIntegerField(), null=True)
    code = models.CharField(max_length=12)
    type = models.CharField(max_length=16)
    name = models.CharField(max_length=80)
    full_name = models.CharField(max_length=100)
    name_key = models.CharField(max_length=120)
    search_text = models.CharField(max_length=100)
    unit_name = models.CharField(max_length=120)
    legal_basis = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    planned_by = models.CharField(max_length=60)
    planned_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    new_area = models.ForeignKey(Area, models.PROTECT, null=True, related_name="+")
    moved_rows = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["day"], condition=Q(state="PLANNED"), name="areas_reorganisation_planned"),
        ]
