"""Lost ⇄ found matching: found posts ranked for a lost item, best first, with reasons for an officer."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold
from binhyen.language.dedup.idf import common, weight
from binhyen.language.lostfound.attribute_score import compare
from binhyen.language.lostfound.event_dates import Window, apart, moment, window
from binhyen.language.lostfound.post_features import Particulars, particulars
from binhyen.language.lostfound.similarity import keys, looks
from binhyen.language.places import Gazetteer
from binhyen.language.report_profile import Rarity

LOST, FOUND = "lost", "found"
_POSTINGS: Final = 20_000  # limit on index entries read by one search
_RESCORED: Final = 200  # limit on candidates compared in full
_FEW: Final = 2_000
_ENOUGH: Final = 0.05
_ALIKE: Final = L_("lời kể giống nhau")
_BESIDE: Final = L_("hai xã giáp nhau")
_FAR: Final = L_("hai nơi cách xa")
_SAME_GROUP: Final = L_("cùng nhóm")
_FOUND_BEFORE: Final = L_("nhặt được trước khi báo mất")
_NEAR_IN_TIME: Final = L_("gần nhau về thời gian")
_SAID_BEFORE: Final = L_("lời kể: nhặt được trước lúc mất")
_SAME_TIME: Final = L_("kể cùng một lúc")
_SAME_PLACE: Final = L_("cùng địa bàn: {name}")
_BOTH_SAY: Final = L_("cùng nói «{words}»")
_BOTH_NAME: Final = L_("cùng nhắc «{name}»")
_TELLING, _TELLING_MOST = 0.24, 0.56  # score of one rare shared word, and limit for all of them
_NUMERAL: Final = 1.6  # «casio 580»
_QUOTED, _WORD = re.compile(r"«[^»]+»"), re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Post:
    """A lost or found post. `group`: the commune code or the name of the group it was written in."""

    id: str
    kind: str
    text: str
    posted_at: datetime
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score in 0..1 and short Vietnamese reasons, strongest first."""

    id: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Indexed post. `length`: TF-IDF length of the text at arrival, cached because idf values drift slowly."""

    post: Post
    profile: Particulars
    length: float
    window: Window | None


def rank(lost: Post, founds: Sequence[Post], gazetteer: Gazetteer | None = None) -> list[Ranked]:
    """Rank all `founds`, best first. For repeated use keep a `Matcher`."""
    matcher = Matcher(gazetteer)
    for post in founds:
        matcher.add(post)
    return matcher.candidates(lost, limit=len(founds))


class Matcher:
    """Index of open lost and found posts. A new post is compared with those of the other kind."""

    def __init__(self, gazetteer: Gazetteer | None = None) -> None:
        self._gazetteer = gazetteer or Gazetteer.load_default()
        self._entries: dict[str, _Entry] = {}
        self._index: dict[str, dict[str, set[str]]] = {LOST: defaultdict(set), FOUND: defaultdict(set)}
        self._rarity = Rarity()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, post: Post) -> None:
        """Index `post`; the same id replaces the earlier post. Raises ValueError for an unknown kind."""
        if post.kind not in self._index:
            raise ValueError(f"kind must be lost or found, not {post.kind!r}")
        self.remove(post.id)
        entry = self._entry(post)
        self._entries[post.id] = entry
        self._rarity.add(entry.profile.grams)
        for key in _index_keys(entry.profile):
            self._index[post.kind][key].add(post.id)

    def remove(self, post_id: str) -> None:
        """Remove a post that is closed; unknown ids are ignored."""
        entry = self._entries.pop(post_id, None)
        if entry is None:
            return
        self._rarity.remove(entry.profile.grams)
        index = self._index[entry.post.kind]
        for key in _index_keys(entry.profile):
            index[key].discard(post_id)
            if not index[key]:
                del index[key]

    def candidates(self, post: Post, limit: int = 10) -> list[Ranked]:
        """Return open posts of the other kind that may concern the same item, best first, at most `limit`."""
        known = self._entries.get(post.id)
        entry = known if known and known.post == post else self._entry(post)
        side = FOUND if post.kind == LOST else LOST
        ranked = [self._score(entry, self._entries[other]) for other in self._near(entry, side, limit)]
        ranked.sort(key=lambda r: (-r.score, r.id))
        return _as_told(ranked[:limit], post.text)

    def _entry(self, post: Post) -> _Entry:
        near = post.group if post.group in self._gazetteer.communes else None
        features = particulars(post.text, self._gazetteer, near)
        return _Entry(post, features, self._rarity.length(features.grams), window(features.days, post.posted_at))

    def _near(self, entry: _Entry, side: str, limit: int) -> list[str]:
        """Return ids worth a full comparison: rare shared words and attributes first, within a fixed budget."""
        index = self._index[side]
        if len(self._entries) <= _RESCORED:
            return [key for key, e in self._entries.items() if e.post.kind == side and key != entry.post.id]
        votes: dict[str, float] = defaultdict(float)
        keys = [(len(index[key]), vote, key) for key, vote in self._search_keys(entry.profile) if key in index]
        budget = _POSTINGS
        for size, vote, key in sorted(keys, key=lambda item: (item[0] > 200, -item[1], item[0])):
            if size > budget:
                continue
            budget -= size
            for other in index[key]:
                votes[other] += vote
        votes.pop(entry.post.id, None)
        count = max(_RESCORED, limit)
        return sorted(votes, key=lambda other: -votes[other])[:count] if len(votes) > count else list(votes)

    def _search_keys(self, profile_: Particulars) -> Iterator[tuple[str, float]]:
        for key in _index_keys(profile_):
            if key[0] == "=":
                yield key, 40.0
            elif key[0] == "+":
                yield key, 6.0
            else:
                yield key, profile_.grams.get(key[1:], 1.0) * self._rarity.of(key[1:])

    def _parts(self, mine: _Entry, other: _Entry) -> list[tuple[float, str]]:
        """Return all scores for and against, each with its reason; a reason may be empty."""
        spots = shared_spots(mine.profile, other.profile)
        theirs, rarity = other.profile.grams, self._rarity.of
        grams = [(gram, rarity(gram)) for gram in mine.profile.grams if gram in theirs]
        return [
            *keys(mine.profile, other.profile),
            *looks(mine.profile, other.profile),
            *compare(mine.profile.aspects, other.profile.aspects),
            *self._places(mine, other, spots),
            _days(mine.post, other.post),
            _moments(mine, other),
            (0.4 * self._alike(mine, other, grams), _ALIKE),
            self._telling(mine.profile, other.profile, grams, spots),
        ]

    def _score(self, mine: _Entry, other: _Entry) -> Ranked:
        parts = self._parts(mine, other)
        total = sum(weight for weight, _ in parts)
        reasons = tuple(t for w, t in sorted(parts, key=lambda p: -abs(p[0])) if t and abs(w) >= _ENOUGH)
        return Ranked(other.post.id, round(1 / (1 + math.exp(-5 * (total - 0.5))), 4), reasons)

    def _alike(self, mine: _Entry, other: _Entry, shared: Sequence[tuple[str, float]]) -> float:
        """Return the TF-IDF cosine: exact for few posts, with the cached lengths for many."""
        if not shared:
            return 0.0
        ours, theirs = mine.profile.grams, other.profile.grams
        dot = sum(ours[gram] * theirs[gram] * rarity**2 for gram, rarity in shared)
        long = len(self._entries) > _FEW
        lengths = (e.length if long else self._rarity.length(e.profile.grams) for e in (mine, other))
        return min(1.0, dot / math.prod(lengths))

    def _telling(
        self, mine: Particulars, other: Particulars, shared: Sequence[tuple[str, float]], spots: set[str]
    ) -> tuple[float, str]:
        """Score shared words that are rare in general and among these posts: «cub 50 yên đỏ», «thùng ong VT»."""
        known = {word for name in spots | (mine.people & other.people) for word in name.split()} | mine.brands
        total, most = 0.0, self._rarity.most()
        best: list[tuple[float, str]] = []
        for gram, rarity in shared:
            worth = _worth(gram)
            if worth and not (known and not known.isdisjoint(gram.split())):
                worth *= (rarity - 1.0) / most if most else 1.0
                total += worth
                if " " not in gram or gram[0] == "~":
                    best.append((-worth, gram))
        words = ", ".join(gram.removeprefix("~") for _, gram in sorted(best)[:3])
        return min(_TELLING_MOST, _TELLING * total), _BOTH_SAY.format(words=words) if best else ""

    def _places(self, mine: _Entry, other: _Entry, shared: set[str]) -> list[tuple[float, str]]:
        out: list[tuple[float, str]] = []
        if shared:
            spots = [p for p in shared if not self._gazetteer.is_unit(p)]
            out.append(
                (0.14 + 0.1 * min(2, len(spots)), _BOTH_NAME.format(name=max(shared, key=lambda p: (len(p), p))))
            )
        group = mine.post.group is not None and mine.post.group == other.post.group
        codes, others = mine.profile.communes, other.profile.communes
        if set(codes) & set(others):
            code = next(c for c in codes if c in others)
            same = _SAME_PLACE.format(name=self._gazetteer.commune_name(code))
            out.append((0.14 if len(codes) == 1 == len(others) else 0.08, same))
        elif codes and others and any(self._gazetteer.adjoining(c, o) for c in codes for o in others):
            out.append((0.06, _BESIDE))
        elif codes and others:
            out.append((0.0 if shared else -0.1, _FAR))
        if group:
            out.append((0.07 if codes and others else 0.16, _SAME_GROUP))
        elif not (codes and others):
            out.append((self._groups(codes or _group(mine.post), others or _group(other.post)), ""))
        return out

    def _groups(self, mine: tuple[str, ...], other: tuple[str, ...]) -> float:
        """Score the communes of the groups, with a lower weight, if a text names no place."""
        if not mine or not other:
            return 0.0
        if set(mine) & set(other):
            return 0.08
        return 0.03 if any(self._gazetteer.adjoining(a, b) for a in mine for b in other) else -0.06


def _as_told(ranked: list[Ranked], text: str) -> list[Ranked]:
    """Restore the words of a reason to the spelling of the post, for people to read: «loc ha» → «Lộc Hà»."""
    told = {fold(word): word for word in reversed(_WORD.findall(text))}

    def again(said: re.Match[str]) -> str:
        return _WORD.sub(lambda word: told.get(fold(word[0]), word[0]), said[0])

    return [replace(one, reasons=tuple(_QUOTED.sub(again, each) for each in one.reasons)) for one in ranked]


@lru_cache(maxsize=65536)
def _worth(gram: str) -> float:
    """Return the weight of a shared word before its idf among the posts; a pair counts half, as its words count too."""
    if common(gram):
        return 0.0
    if gram[0] == "~":
        return weight(gram)
    return weight(gram) * (0.5 if " " in gram else _NUMERAL if len(gram) > 2 and gram.isdecimal() else 1.0)


def shared_spots(mine: Particulars, other: Particulars) -> set[str]:
    """Return places named in one and mentioned in the other text: the end of a road, its bridge, the market."""
    spots = {p for p in mine.places & other.places if len(p) > 4}
    spots |= {p for p in mine.places if " " in p and f" {p} " in other.told}
    spots |= {p for p in other.places if " " in p and f" {p} " in mine.told}
    return spots and {p for p in spots if not any(p != q and p in q for q in spots)}


def _group(post: Post) -> tuple[str, ...]:
    return (post.group,) if post.group else ()


def _index_keys(profile_: Particulars) -> list[str]:
    keys = [f"={key}" for key in profile_.keys] + [f"={name}" for name in profile_.full_names]
    for item in profile_.items:
        keys += [f"+{item}|{extra}" for extra in (*profile_.colors, *profile_.brands, *profile_.communes)]
        keys.append(f"+{item}")
    keys += [f" {gram}" for gram in profile_.grams]
    return keys


def _days(mine: Post, other: Post) -> tuple[float, str]:
    """Score posting dates: a find after the loss is usual; over a day before it is odd but possible (late posts)."""
    lost, found = (mine, other) if mine.kind == LOST else (other, mine)
    days = (found.posted_at - lost.posted_at).total_seconds() / 86400
    if days < -1:
        return -0.15 - 0.15 * min(1.0, (-days - 1) / 5), _FOUND_BEFORE
    counts = 0.12 * math.exp(-abs(days) / 6) - 0.1 * min(1.0, max(0.0, days - 20) / 40)
    return counts, _NEAR_IN_TIME if abs(days) <= 3 else ""


def _moments(mine: _Entry, other: _Entry) -> tuple[float, str]:
    """Score the stated days: «tối qua», «chiều thứ 7»; an item cannot be found before it is lost."""
    lost, found = (mine, other) if mine.post.kind == LOST else (other, mine)
    if lost.window is None:
        return 0.0, ""
    if found.window is None:
        early = lost.window[0] - moment(found.post.posted_at)
        return (-0.1 - 0.15 * min(1.0, early / 2), _FOUND_BEFORE) if early > 0 else (0.0, "")
    days = apart(lost.window, found.window)
    if days < 0:
        return -0.1 - 0.15 * min(1.0, -days / 2), _SAID_BEFORE
    return (0.1, _SAME_TIME) if days == 0 else (0.04 if days <= 1 else 0.0, "")
