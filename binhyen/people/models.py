"""Officers, their sign-ins and the duty roster."""

import datetime as dt
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from binhyen.kit.ids import generate_uuid7
from binhyen.kit.text import FOLD_PAIRS
from binhyen.people.conflicts import DESK_LABELS, Desk
from binhyen.people.roles import LABELS, Permission, Role, role_may


class OfficerManager(BaseUserManager["Officer"]):
    def get_by_natural_key(self, username: str | None) -> "Officer":
        return self.select_related("unit").get(username=username)


class Officer(AbstractBaseUser):
    """A user that works with cases. One unit and one role at a time; a transfer ends every sign-in."""

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="officers")
    role = models.CharField(max_length=16, choices=[(r.value, LABELS[r]) for r in Role])
    is_active = models.BooleanField(default=True)
    # Grants made before this moment (sessions, API tokens) are revoked.
    permissions_changed_at = models.DateTimeField(default=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    # Restored from a backup of then: what changed since is not known, until somebody who keeps the account has looked.
    unsure_since = models.DateTimeField(null=True)
    password_is_temporary = models.BooleanField(
        default=False
    )  # somebody else chose it: a new one is asked at activation
    subject = models.CharField(max_length=255, null=True, unique=True)  # who this is at the identity provider, if any
    search_text = models.GeneratedField(  # the name without marks and capitals, for searching
        expression=Func(F("name"), Value(FOLD_PAIRS[0]), Value(FOLD_PAIRS[1]), function="translate"),
        output_field=models.CharField(max_length=80),
        db_persist=True,
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[OfficerManager] = OfficerManager()

    def __str__(self) -> str:
        return self.name

    @property
    def role_label(self) -> str:
        return _(LABELS[Role(self.role)]) if self.role in LABELS else ""  # a role of another release

    @property
    def is_staff(self) -> bool:
        """Django's admin is for operators only."""
        return self.is_active and self.role == Role.OPERATOR

    def may(self, ability: Permission) -> bool:
        return self.is_active and role_may(self.role, ability)

    # Django's admin calls these two; operators read, others have no access.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class SignIn(models.Model):
    """One session of an officer, created after the second factor; the live feed finds it by the hash of the session
    key.

    After `idle_at` the screen is locked: pages ask to sign in again, the live feed continues to ring until
    `expires_at`.
    """

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    officer = models.ForeignKey(Officer, models.CASCADE, related_name="sign_ins")
    key_hash = models.CharField(max_length=64, unique=True)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    idle_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)  # last proof of presence
    factor = models.CharField(max_length=20, default="")  # the factor that proved it
    browser = models.CharField(max_length=40, default="")  # short name for the list of own sessions; no address


class Activation(models.Model):
    """A one-time code from a second person: it lets an officer without a second factor enrol the first."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="activations")
    code_hash = models.CharField(max_length=128)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class DutyShift(models.Model):
    """Duty shift of a unit. An empty roster means that the whole unit is on duty."""

    unit = models.ForeignKey("areas.Unit", models.CASCADE, related_name="shifts")
    officer = models.ForeignKey(Officer, models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="people_shift_ends", condition=Q(ends_at__gt=F("starts_at")))]
        indexes = [models.Index(fields=["unit", "starts_at"])]


class DutyPhone(models.Model):
    """The number of an officer on duty, called when no officer acknowledges an alarm; given by themselves."""

    officer = models.OneToOneField(Officer, models.CASCADE, primary_key=True, related_name="duty_phone")
    phone = models.CharField(max_length=20)  # digits
    changed_at = models.DateTimeField()


class LoginAttempts(models.Model):
    """Tries in a row for one name from one known device or from the unknown ones of one network, and the name's budget
    of wrong passwords: only as hashes, those with a network under a key.
    """

    key_hash = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField()
    last_at = models.DateTimeField()
    next_at = models.DateTimeField()


class Appointment(models.Model):
    """An appointment beside the present one: a past one (`until` is past), or an acting one, e.g. acting chief."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="postings")
    unit = models.ForeignKey("areas.Unit", models.PROTECT, related_name="+")
    role = models.CharField(max_length=16)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["unit", "until"], name="people_appointment_unit")]


class Relationship(models.Model):
    """A declared relationship (relatives or other partiality) between two officers. `one` has the lower id.

    `mutual`: False while only one of the two declared it. It then excludes only the declaring officer: an officer
    cannot take a complaint about themselves out of another's hands.
    """

    class Kind(models.TextChoices):
        RELATIVE = "RELATIVE", gettext_lazy("Vợ chồng, ruột thịt")
        IN_LAW = "IN_LAW", gettext_lazy("Thông gia, bên vợ, bên chồng")
        OTHER = "OTHER", gettext_lazy("Quan hệ khác có thể làm mất khách quan")

    public_id = models.UUIDField(default=generate_uuid7, unique=True, editable=False)
    officer_a = models.ForeignKey(Officer, models.CASCADE, related_name="+")
    officer_b = models.ForeignKey(Officer, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    mutual = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="people_relationship_two", condition=Q(officer_a__lt=F("officer_b"))),
            models.UniqueConstraint(
                fields=["officer_a", "officer_b"], condition=Q(ended_at=None), name="people_relationship_once"
            ),
        ]
        indexes = [models.Index(fields=["officer_b"], condition=Q(ended_at=None), name="people_relationship_other")]


class ConflictRule(models.Model):
    """Exclusions from a subject (conflicts.py). `matter`, `alias`: audit subject; `desk`: handling queue.

    `since`: earlier audit entries are not secret, readers of the log have seen them; empty: all are secret.
    """

    subject_ref = models.CharField(max_length=60, unique=True)
    alias = models.CharField(max_length=60, blank=True, db_index=True)
    desk = models.CharField(max_length=12, choices=[(d.value, DESK_LABELS[d]) for d in Desk])
    conflict_keys = ArrayField(models.CharField(max_length=40), default=list)
    since = models.DateTimeField(null=True)

    class Meta:
        indexes = [GinIndex(fields=["conflict_keys"], name="people_conflictrule_sides")]
