"""A made-up city in mid-term, the same for the same seed: places, children, what they have done.

Every name is put together by chance from lists of syllables. Facts are written in bulk, school by
school; the roll-ups are then counted from them, so that they fit by construction.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Role
from quizapp.accounts import credentials
from quizapp.accounts.models import Consent, Enrolment, Person, Posting, Pupil
from quizapp.campaigns import actions as campaigns
from quizapp.campaigns.models import Campaign, CampaignKind
from quizapp.core.clock import end_of, school_year, start_of
from quizapp.core.ids import new_id
from quizapp.core.pinyin import spelled
from quizapp.lessons.models import Lesson
from quizapp.orgs import actions as orgs
from quizapp.orgs import rolls
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import IN_SCOPE, Exclusion, Stage, UnitKind

CITY = ("990100", "青禾市")
CAMPAIGN = "contest-2026"
CLASS_SIZE = 40
DISTRICTS = (
    "春江 松湖 云溪 秋山 临川 望海 石桥 桃源 金沙 竹林 梅岭 白鹭 柳岸 丰泽 长河 翠屏".split()
)
PLACES = "育英 启明 实验 文昌 晨曦 博雅 向阳 求真 青云 新华 明德 星河 南山 北苑 东湖 西园".split()
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
GIVEN = "子雨欣怡佳浩宇梓涵思嘉一诺博文心悦若曦明轩晨俊杰诗琪可馨天睿语桐景行安然知远书瑶"
KINDS = (
    ((Stage.PRIMARY,), "小学", 5),
    ((Stage.JUNIOR,), "初级中学", 4),
    ((Stage.PRIMARY, Stage.JUNIOR), "学校", 2),
    ((Stage.SENIOR,), "高级中学", 2),
    ((Stage.VOCATIONAL,), "职业技术学校", 1),
)


@dataclass(frozen=True)
class Child:
    """A pupil of the city with what the rest of the making needs to know."""

    school_id: UUID
    id: UUID
    login: str
    school_class: SchoolClass
    able: float  # The share of questions that this child gets right.


@dataclass
class City:
    """What has been made."""

    unit: Unit
    districts: list[Unit] = field(default_factory=list)
    schools: list[Unit] = field(default_factory=list)
    classes: dict[UUID, list[SchoolClass]] = field(default_factory=dict)


def places(session: Session, *, schools: int, pupils: int, today: date, chance: Random) -> City:
    """Make the tree down to the classes, the terms of the year, and a signed roll."""
    nation = orgs.add_unit(session, kind=UnitKind.NATION, code="cn", name="中国", parent=None)
    province = orgs.add_unit(
        session, kind=UnitKind.PROVINCE, code="990000", name="示例省", parent=nation
    )
    unit = orgs.add_unit(session, kind=UnitKind.CITY, code=CITY[0], name=CITY[1], parent=province)
    session.flush()
    city = City(unit)
    year = school_year(today)
    for number in range(max(3, min(len(DISTRICTS), schools // 12))):
        code, name = f"9901{number + 1:02d}", f"{DISTRICTS[number]}区"
        city.districts.append(
            orgs.add_unit(session, kind=UnitKind.DISTRICT, code=code, name=name, parent=unit)
        )
    session.flush()
    weights = [weight for _stages, _name, weight in KINDS]
    sizes = shares(pupils, [chance.uniform(0.5, 1.5) for _ in range(schools)])
    for number in range(schools):
        stages, kind, _weight = KINDS[number] if number < len(KINDS) else chance.choices(
            KINDS, weights
        )[0]  # fmt: skip
        district = city.districts[number % len(city.districts)]
        place = PLACES[number % len(PLACES)] + ("" if number < len(PLACES) else f"第{number + 1}")
        school = orgs.add_unit(
            session, kind=UnitKind.SCHOOL, code=f"{district.code}{number + 1:04d}",
            name=f"{district.name.removesuffix('区')}{place}{kind}", parent=district,
        )  # fmt: skip
        city.schools.append(school)
        session.flush()
        city.classes[school.id] = _classes(session, school, stages, sizes[number], year)
    for number, (starts, ends) in enumerate(
        ((date(year, 9, 1), date(year + 1, 1, 31)), (date(year + 1, 2, 15), date(year + 1, 7, 10)))
    ):
        orgs.set_term(
            session, unit, school_year=year, number=number + 1, starts=starts, ends=ends,
            by=SYSTEM, now=start_of(today),
        )  # fmt: skip
    session.flush()
    return city


def staff(session: Session, city: City, *, password: str, today: date) -> list[dict[str, str]]:
    """Make one member of staff of each role; return how they sign in."""
    school = city.schools[0]
    class_unit = city.classes[school.id][0].unit
    seats = {
        Role.TEACHER: class_unit, Role.SCHOOL_ADMIN: school, Role.LECTURER: city.districts[0],
        Role.EDUCATION_OFFICER: city.unit, Role.ANTIDRUG_OFFICER: city.unit,
        Role.AUDITOR: city.unit,
    }  # fmt: skip
    kept, told = credentials.hashed(password), []
    nation = city.unit.parent.parent if city.unit.parent else None
    people = [(role, seats.get(role, nation or city.unit), role.value) for role in Role]
    people += [
        (Role.EDUCATION_OFFICER, city.districts[0], "district_education"),
        (Role.ANTIDRUG_OFFICER, city.districts[0], "district_antidrug"),
    ]
    for role, unit, login in people:
        if role in (Role.PUPIL, Role.SUPPORT_VISIT):  # Neither is a posting.
            continue
        person = Person(login=login.replace("_", "-"), name=_title(role), password_hash=kept)
        session.add(person)
        session.flush()
        session.add(
            Posting(person_id=person.id, unit_id=unit.id, role=role, from_on=term_began(today))
        )
        told.append(
            {"role": role.value, "unit": unit.code, "login": person.login, "password": password}
        )
    return told


def children(
    session: Session, city: City, school: Unit, *, size: int, today: date, chance: Random
) -> list[Child]:
    """Make the pupils of a school, evenly over its classes, all enrolled since the term began."""
    made, pupils, enrolments = [], [], []
    classes = city.classes[school.id]
    logins = iter(chance.sample(range(1_000_000, 10_000_000), size))
    for school_class, share in zip(classes, shares(size, [1.0] * len(classes)), strict=True):
        for seat in range(1, share + 1):
            child = Child(
                school.id, new_id(), str(next(logins)), school_class,
                min(0.98, max(0.3, chance.gauss(0.78, 0.12))),
            )  # fmt: skip
            made.append(child)
            name = _name(chance)
            pupils.append(
                {
                    "school_id": child.school_id,
                    "id": child.id,
                    "child_id": new_id(),
                    "login": child.login,
                    "name": name,
                    "pinyin": _sound(name),
                    "number": None,
                    "secret_hash": None,
                    "consent": _consent(school_class, chance),
                }
            )
            enrolments.append(
                {
                    "school_id": child.school_id,
                    "id": new_id(),
                    "pupil_id": child.id,
                    "class_id": school_class.unit_id,
                    "seat": seat if seat < 100 else None,
                    "from_on": term_began(today),
                    "until_on": None,
                    "signed_in_at": None,
                }
            )
    session.execute(insert(Pupil), pupils)
    session.execute(insert(Enrolment), enrolments)
    return made


def contest(session: Session, city: City, *, now: datetime, today: date) -> Campaign:
    """Start the city's contest three weeks ago; it goes on for two more."""
    plan = campaigns.Plan(
        title=f"{today.year}年{CITY[1]}青少年禁毒知识竞赛", kind=CampaignKind.CONTEST,
        opens_at=start_of(today - timedelta(days=21)), closes_at=end_of(today + timedelta(days=14)),
        audience=_everybody(), items=20, minutes=10, attempts=2, target_percent=90,
    )  # fmt: skip
    return campaigns.start(session, city.unit, plan, by=SYSTEM, now=now, key=CAMPAIGN)


def first_lesson(
    session: Session, city: City, lessons: Sequence[Lesson], *, now: datetime, today: date
) -> Campaign:
    """Start the first lesson of the term, one for each stage; it ends together with the contest."""
    began = term_began(today)
    plan = campaigns.Plan(
        title=f"{began.year}年秋季禁毒第一课", kind=CampaignKind.FIRST_LESSON,
        opens_at=start_of(began), closes_at=end_of(today + timedelta(days=14)),
        audience=_everybody(), lessons=lessons, target_percent=95,
    )  # fmt: skip
    return campaigns.start(session, city.unit, plan, by=SYSTEM, now=now, key="first-lesson-2026")


def headcounts(
    city: City, made: dict[UUID, list[Child]], chance: Random
) -> Iterator[rolls.Headcount]:
    """Yield the official count of each school and grade: about the roster, never quite the same."""
    for school in city.schools:
        counts: dict[tuple[Stage, int], int] = {}
        for child in made[school.id]:
            key = (child.school_class.stage, child.school_class.grade)
            counts[key] = counts.get(key, 0) + 1
        for (stage, grade), pupils in sorted(counts.items()):
            excluded = {reason: chance.choice((0, 0, 0, 0, 1)) for reason in Exclusion}
            yield rolls.Headcount(
                school, stage, grade, pupils + chance.choice((0, 0, 0, 1, 1, 2)),
                along=chance.choice((0, 0, 1)), excluded=excluded,
            )  # fmt: skip


def _classes(
    session: Session, school: Unit, stages: Sequence[Stage], pupils: int, year: int
) -> list[SchoolClass]:
    """Make as many classes of about forty as the pupils fill, at least one for each grade."""
    grades = [(stage, grade) for stage in stages for grade in IN_SCOPE[stage]]
    wanted = max(len(grades), round(pupils / CLASS_SIZE))
    each, rest = divmod(wanted, len(grades))
    return [
        orgs.add_class(session, school, school_year=year, stage=stage, grade=grade, number=n + 1)
        for index, (stage, grade) in enumerate(grades)
        for n in range(each + (index < rest))
    ]


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """Share the total out by weight, without loss."""
    shares, given, passed = [], 0, 0.0
    for weight in weights:
        passed += weight
        share = round(total * passed / sum(weights)) - given
        shares.append(share)
        given += share
    return shares


def _everybody() -> list[tuple[Stage, int]]:
    return [(stage, grade) for stage in Stage for grade in IN_SCOPE[stage]]


_sound = cache(spelled)  # Many children share a name.


def _name(chance: Random) -> str:
    given = "".join(chance.sample(GIVEN, 1 if chance.random() < 0.2 else 2))
    return chance.choice(SURNAMES) + given


def _consent(school_class: SchoolClass, chance: Random) -> Consent:
    if school_class.grade > 8:  # older than 14 by the grade.
        return Consent.OF_AGE
    return chance.choices((Consent.GIVEN, Consent.NONE, Consent.REFUSED), (90, 8, 2))[0]


def _title(role: Role) -> str:
    return {
        Role.TEACHER: "演示班主任", Role.SCHOOL_ADMIN: "演示学校管理员", Role.LECTURER: "演示讲师",
        Role.EDUCATION_OFFICER: "演示教育局人员", Role.ANTIDRUG_OFFICER: "演示禁毒办人员",
        Role.EDITOR: "演示编辑", Role.REVIEWER_FACTS: "演示审核（禁毒）",
        Role.REVIEWER_LEVEL: "演示审核（教研）", Role.REVIEWER_SAFETY: "演示审核（心理）",
        Role.AUDITOR: "演示审计员", Role.SUPPORT: "演示支持人员",
        Role.PLATFORM_ADMIN: "演示平台管理员",
    }.get(role, role.value)  # fmt: skip


def term_began(today: date) -> date:
    return date(school_year(today), 9, 1)
