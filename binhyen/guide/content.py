"""Content of the user guide: guides by role, tasks with steps, which task a page is about. Pure; read once."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA_FILE = Path(__file__).parent / "data" / "guide.toml"
GUIDE_URL = "/huong-dan"


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `pages`: first parts of the addresses it is about. `picture`: name of a file below static/ui/guide."""

    slug: str
    title: str
    pages: tuple[str, ...]
    steps: tuple[str, ...]
    notes: tuple[str, ...] = ()
    picture: str = ""

    @property
    def picture_path(self) -> str:
        return f"ui/guide/{self.picture}.png"


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide of one role; `role` is "" for citizens. `first`: its first three tasks."""

    slug: str
    title: str
    role: str
    about: str
    first: tuple[Task, ...]
    tasks: tuple[Task, ...]

    @property
    def url(self) -> str:
        return f"{GUIDE_URL}/{self.slug}"


@cache
def load_guides() -> dict[str, Guide]:
    """Return the guides by slug, in the order of the file. Raises KeyError for a task that is not there."""
    data = tomllib.loads(DATA_FILE.read_text("utf-8"))
    tasks = {row["slug"]: _build_task(row) for row in data["task"]}
    return {
        row["slug"]: Guide(
            slug=row["slug"],
            title=row["title"],
            role=row["role"],
            about=row["about"],
            first=tuple(tasks[slug] for slug in row["first"]),
            tasks=tuple(tasks[slug] for slug in row["tasks"]),
        )
        for row in data["guide"]
    }


def _build_task(row: dict[str, Any]) -> Task:
    return Task(
        slug=row["slug"],
        title=row["title"],
        pages=tuple(row["pages"]),
        steps=tuple(row["steps"]),
        notes=tuple(row.get("notes", ())),
        picture=row.get("picture", ""),
    )


def get_guide_of_role(role: str) -> Guide | None:
    """Return the guide of a role; "" is the citizen. None for an unknown role."""
    return next((guide for guide in load_guides().values() if guide.role == role), None)


def build_help_url(role: str, first_path_part: str) -> str:
    """Return the address of the help about a page: its task in the role's guide, else the guide's beginning.

    Not cached by page: strangers choose the addresses that they ask for.
    """
    guide = get_guide_of_role(role)
    if guide is None:
        return GUIDE_URL
    task = next((task for task in guide.tasks if first_path_part in task.pages), None)
    return f"{guide.url}#{task.slug}" if task else guide.url
