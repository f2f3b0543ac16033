"""Random police organisations with their conflicts of interest, for attack A2. The conflicts are recorded while the
organisation is generated, independently of the program's own rule.
"""

import datetime as dt
import random
from dataclasses import dataclass, field

from binhyen.areas.models import Unit
from binhyen.kit.text import fold_text
from binhyen.people.models import Appointment, Officer, Relationship

_FAMILIES = [
    "Trần",
    "Nguyễn",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Võ",
    "Đặng",
    "Bùi",
    "Dương",
    "Hồ",
    "Đinh",
    "Trương",
    "Cao",
    "Thái",
]
_MIDDLES = ["Văn", "Thị", "Đình", "Quang", "Hữu", "Xuân", "Minh", "Đức", "Thanh", "Ngọc", "Khắc", "Sỹ"]
_GIVEN = [
    "Bình",
    "Hạnh",
    "Dũng",
    "Lý",
    "Thắng",
    "Mai",
    "Khánh",
    "Tứ",
    "Cường",
    "Ngà",
    "Lam",
    "Hòa",
    "Thu",
    "Sáu",
    "Sơn",
    "Lan",
    "Phước",
    "Quý",
    "Tâm",
    "Oanh",
    "Hiền",
    "Thảo",
]
_PLACES = {
    "18568": "Lộc Hà",
    "18073": "Thành Sen",
    "18406": "Can Lộc",
    "18652": "Hà Huy Tập",
    "18586": "Đông Kinh",
}
HANDLERS = ("PROVINCE_DUTY", "PROVINCE_STAFF", "DIRECTOR", "INSPECTOR")
# Kinds of people with a conflict, in turn, so that every role appears equally often.
CONFLICT_KINDS = (
    "INSPECTOR",
    "DIRECTOR",
    "CUSTODIAN",
    "OPERATOR",
    "PROVINCE_STAFF",
    "PROVINCE_DUTY",
    "CHIEF",
    "OFFICER",
)
_URGENT = ("", "", ", đang đánh người bất tỉnh ngay tại trụ sở")


@dataclass(slots=True)
class Organisation:
    """One generated organisation. `subject`: the person complained about; `excluded_officers`: the people who must learn nothing,
    by reason; `free`: some who may handle it; `words`: text of the complaint; `unit`: the subject's.
    """

    subject: Officer
    unit: Unit
    place: str
    words: str
    excluded: dict[str, list[Officer]] = field(default_factory=dict)
    possible_handlers: list[Officer] = field(default_factory=list)

    def is_excluded(self, officer: Officer) -> bool:
        return any(officer.pk == other.pk for group in self.excluded.values() for other in group)


class OrganisationFactory:
    """A generator of organisations. `units`: communes by code, `province`, `merged`: closed units by their successor.
    The same seed gives the same world.
    """

    def __init__(self, seed: int, *, units: dict[str, Unit], province: Unit, merged: dict[int, Unit], now: dt.datetime):
        self.chance = random.Random(seed)
        self.units, self.province, self.merged, self.now = units, province, merged, now
        self.number = seed * 100
        self.turn = seed

    def make(self) -> Organisation:
        chance = self.chance
        code, other = chance.sample(sorted(self.units), 2)
        unit, away = self.units[code], self.units[other]
        team = Unit.objects.create(
            code=f"TO-{self.number}",
            name="Tổ bảo vệ thôn",
            level=Unit.Level.VILLAGE,
            parent=unit,
            area=self.pick_village(unit),
            valid_from=dt.date(2025, 7, 1),
        )
        staff = [self.officer("OFFICER", unit) for _ in range(chance.randint(1, 3))]
        chiefs = [self.officer("CHIEF", unit) for _ in range(chance.randint(1, 2))]
        village = [self.officer("VILLAGE_TEAM", team) for _ in range(chance.randint(1, 2))]
        strangers = [self.officer("OFFICER", away), self.officer("CHIEF", away)]
        handlers = [self.officer(role, self.province) for role in HANDLERS for _ in range(chance.randint(1, 2))]
        subject = chance.choice([*staff, *chiefs, *village, handlers[0]])
        if subject is handlers[0]:
            return self.make_province_complaint(subject, handlers, strangers)
        mates = [o for o in (*staff, *chiefs, *village) if o is not subject]
        made = Organisation(subject, unit, _PLACES[code], self.words(subject, _PLACES[code]))
        made.excluded = {"subject": [subject], "colleague": mates}
        free = set(handlers)
        for why, pick in self.make_conflicts(made, handlers, strangers, away).items():
            made.excluded[why] = pick
            free -= set(pick)
        made.possible_handlers = sorted(free, key=lambda o: o.pk)
        return made

    def make_conflicts(
        self, made: Organisation, handlers: list[Officer], strangers: list[Officer], away: Unit
    ) -> dict[str, list[Officer]]:
        """Draw some conflicts: a relative, a transferred officer, an acting chief, an officer of a unit that was merged
        into it.
        """
        conflicts_by_reason: dict[str, list[Officer]] = {}
        beside = [self.officer(role, self.province) for role in ("CUSTODIAN", "OPERATOR")]
        pool = [*handlers, *strangers, *beside]
        self.chance.shuffle(pool)
        if self.chance.random() < 0.6:
            relative = self.draw_officer(pool)
            first_officer, second_officer = sorted((made.subject, relative), key=lambda o: o.pk)
            Relationship.objects.create(
                officer_a=first_officer,
                officer_b=second_officer,
                kind=Relationship.Kind.RELATIVE,
                declared_at=self.now,
                declared_by=relative,
            )
            conflicts_by_reason["relative"] = [relative]
        if self.chance.random() < 0.5:
            moved = self.draw_officer(pool)
            Appointment.objects.create(
                officer=moved,
                unit=made.unit,
                role="OFFICER",
                until=self.now - dt.timedelta(days=self.chance.randint(1, 900)),
            )
            conflicts_by_reason["transferred"] = [moved]
        if self.chance.random() < 0.4:
            acting = self.draw_officer(pool)
            Appointment.objects.create(officer=acting, unit=made.unit, role="CHIEF", since=self.now)
            conflicts_by_reason["acting chief"] = [acting]
        if self.chance.random() < 0.4 and made.unit.pk in self.merged:
            former = self.draw_officer(pool)
            Appointment.objects.create(
                officer=former, unit=self.merged[made.unit.pk], role="CHIEF", until=self.now - dt.timedelta(days=500)
            )
            conflicts_by_reason["merged unit"] = [former]
        return conflicts_by_reason

    def draw_officer(self, pool: list[Officer]) -> Officer:
        """Draw an officer of the next role that the pool still has."""
        while True:
            role = CONFLICT_KINDS[self.turn % len(CONFLICT_KINDS)]
            self.turn += 1
            for officer in pool:
                if officer.role == role:
                    pool.remove(officer)
                    return officer

    def make_province_complaint(
        self, subject: Officer, handlers: list[Officer], strangers: list[Officer]
    ) -> Organisation:
        """Generate a complaint about an officer of the province's own desk: everyone of that desk and staff has a
        conflict.
        """
        made = Organisation(subject, self.province, "", self.words(subject, ""))
        office = [o for o in handlers if o.role in ("PROVINCE_DUTY", "PROVINCE_STAFF") and o is not subject]
        made.excluded = {"subject": [subject], "colleague": office, "elsewhere": strangers}
        made.possible_handlers = [o for o in handlers if o.role not in ("PROVINCE_DUTY", "PROVINCE_STAFF")]
        return made

    def words(self, subject: Officer, place: str) -> str:
        """Return a complaint in one of the usual forms; the reader classifies each as a complaint."""
        where = f" xã {place}" if place else " tỉnh"
        phrase = self.chance.choice(
            (
                "Cán bộ công an{where} tên {name} thái độ hách dịch, đòi tiền khi tôi làm giấy tờ",
                "Tôi phản ánh anh {name} công an{where} quát nạt dân, thái độ hách dịch khi làm căn cước",
                "toi phan anh can bo cong an{where} {plain} thai do hach dich, doi tien dan lam giay to",
            )
        ).format(where=where, name=subject.name, plain=fold_text(subject.name))
        phrase += self.chance.choice(_URGENT)
        return fold_text(phrase) if phrase.islower() else phrase

    def officer(self, role: str, unit: Unit) -> Officer:
        self.number += 1
        c = self.chance
        name = f"{c.choice(_FAMILIES)} {c.choice(_MIDDLES)} {c.choice(_GIVEN)} {c.choice(_GIVEN)}"
        return Officer.objects.create(username=f"a2-{self.number}", name=name, unit=unit, role=role, password="!")

    def pick_village(self, unit: Unit) -> "object":
        """Return a village of the unit's commune that has no team yet."""
        from binhyen.areas.models import Area

        taken = Unit.objects.filter(level=Unit.Level.VILLAGE).values("area")
        return Area.objects.filter(level=4, versions__parent=unit.area, versions__valid_to=None).exclude(pk__in=taken)[
            0
        ]
