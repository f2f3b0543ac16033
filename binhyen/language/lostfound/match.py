"""Lost ⇄ found matching: found posts ranked for a lost item, best first, with reasons for an officer."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text
from binhyen.language.dedup.report_features import idf_weight, is_common
from binhyen.language.lostfound.attributes import Attributes
from binhyen.language.lostfound.event_dates import Window, days_between, resolve_window, to_days
from binhyen.language.lostfound.post_features import PostFeatures, extract_post_features
from binhyen.language.lostfound.similarity import score_appearance, score_identifiers
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.report_profile import DocumentFrequency

# Score of the attributes of two posts: positive if the values agree, negative if they differ.

_WEIGHTS: Final[Mapping[str, tuple[float, float, str, str]]] = {
    # attribute: weight for agreement, weight for difference, both reasons
    "sex": (0.1, -0.4, L_("cùng là con đực, cùng là con cái"), L_("một con đực, một con cái")),
    "breed": (0.22, -0.4, L_("cùng giống chó"), L_("khác giống chó")),
    "cat": (0.2, -0.4, L_("cùng giống mèo"), L_("khác giống mèo")),
    "coat": (0.15, -0.1, L_("cùng kiểu lông"), L_("khác kiểu lông")),
    "collar": (0.06, -0.2, L_("cùng có vòng cổ, cùng không"), L_("một con đeo vòng cổ, một con không")),
    "nose": (0.08, -0.35, L_("cùng xỏ mũi, cùng chưa xỏ"), L_("một con xỏ mũi, một con chưa")),
    "horn": (0.15, -0.12, L_("sừng giống nhau"), L_("sừng khác nhau")),
    "tail": (0.1, -0.15, L_("đuôi giống nhau"), L_("đuôi khác nhau")),
    "ear": (0.06, -0.1, L_("tai giống nhau"), L_("tai khác nhau")),
    "earside": (0.15, -0.2, L_("dấu ở cùng một tai"), L_("dấu ở tai khác bên")),
    "legside": (0.1, -0.2, L_("dấu ở cùng một chân"), L_("dấu ở chân khác bên")),
    "hornside": (0.1, -0.2, L_("dấu ở cùng một sừng"), L_("dấu ở sừng khác bên")),
    "bud": (0.15, -0.4, L_("cùng một bên tai"), L_("tai khác bên")),
    "lens": (0.08, -0.25, L_("cùng loại kính"), L_("khác loại kính")),
    "fold": (0.12, -0.14, L_("cùng kiểu ví"), L_("khác kiểu ví")),
    "whose": (0.04, -0.16, L_("cùng cho nam, cho nữ hay cho trẻ em"), L_("khác người dùng: nam, nữ, trẻ em")),
    "helmet": (0.08, -0.2, L_("cùng kiểu mũ"), L_("khác kiểu mũ")),
    "cycle": (0.1, -0.2, L_("cùng kiểu xe đạp"), L_("khác kiểu xe đạp")),
    "bank": (0.1, -0.12, L_("cùng ngân hàng"), L_("khác ngân hàng")),
    "metal": (0.06, -0.25, L_("cùng chất vàng, bạc"), L_("một món vàng, một món bạc")),
    "hand": (0.04, -0.2, L_("cùng đeo tay, cùng đeo chân"), L_("một món đeo tay, một món đeo chân")),
    "stuff": (0.08, -0.1, L_("cùng chất liệu"), L_("khác chất liệu")),
    "shade": (0.06, -0.22, L_("cùng sắc xanh"), L_("khác sắc xanh")),
    "charm": (0.14, -0.12, L_("cùng hình trên đồ, trên móc"), L_("hình trên đồ, trên móc khác nhau")),
    "number": (0.15, -0.1, L_("cùng số trên đồ"), L_("số trên đồ khác nhau")),
    "year": (0.25, -0.4, L_("cùng năm sinh"), L_("khác năm sinh")),
    "size": (0.2, -0.22, L_("cùng kích cỡ"), L_("khác kích cỡ")),
    "storage": (0.1, -0.2, L_("cùng dung lượng"), L_("khác dung lượng")),
}
_COUNT: Final = (0.12, -0.2, L_("cùng số lượng: {what}"), L_("khác số lượng: {what}"))
_WRITING: Final = (0.25, -0.2, L_("cùng chữ trên đồ"), L_("chữ trên đồ khác nhau"))
_MISSING_PART: Final = (0.15, -0.14, L_("cùng không có {what}"), L_("một bên nói không có {what}"))
_NONE: Final[frozenset[str]] = frozenset()

ScoredReasons = list[tuple[float, str]]


def score_attributes(left: Attributes, right: Attributes) -> ScoredReasons:
    """Return score and reason of each attribute that both posts have."""
    if not left or not right:
        return []
    scores = _score_missing_parts(left, right)
    for aspect, values in left.items():
        right_values = right.get(aspect)
        if not right_values or aspect in ("with", "without"):
            continue
        if aspect == "@":
            same = any(
                left_value in right_value or right_value in left_value
                for left_value in values
                for right_value in right_values
            )
            scores.append((_WRITING[0], _WRITING[2]) if same else (_WRITING[1], _WRITING[3]))
        elif aspect[0] == "#":
            scores += _score_counts(aspect[1:], values, right_values)
        else:
            agreement, difference, same_reason, other_reason = _WEIGHTS[aspect]
            scores.append((agreement, same_reason) if values & right_values else (difference, other_reason))
    return scores


def _score_missing_parts(left: Attributes, right: Attributes) -> ScoredReasons:
    """Score a part that one post says is missing: the other item has it, or lacks it too."""
    missing = left.get("without", _NONE), right.get("without", _NONE)
    if not any(missing):
        return []
    present = (missing[0] & right.get("with", _NONE)) | (missing[1] & left.get("with", _NONE))
    missing_in_both = missing[0] & missing[1]
    scores = [(_MISSING_PART[1], _MISSING_PART[3].format(what=part)) for part in sorted(present)]
    return scores + [(_MISSING_PART[0], _MISSING_PART[2].format(what=part)) for part in sorted(missing_in_both)]


def _score_counts(noun: str, values: frozenset[str], other_values: frozenset[str]) -> ScoredReasons:
    """Score the quantities; «két và 2 chìa nhà» are three keys, and a quantity of one is no evidence."""
    same = values & other_values
    if same:
        return [] if same == {"1"} else [(_COUNT[0], _COUNT[2].format(what=noun))]
    if noun == "chia" and any(
        abs(int(left_count) - int(right_count)) == 1 for left_count in values for right_count in other_values
    ):
        return []
    return [(_COUNT[1], _COUNT[3].format(what=noun))]


LOST, FOUND = "lost", "found"
_MAX_POSTINGS: Final = 20_000  # limit on index entries read by one search
_MAX_RESCORED: Final = 200  # limit on candidates compared in full
_MAX_EXACT_POSTS: Final = 2_000
_MIN_REASON_SCORE: Final = 0.05
_ALIKE: Final = L_("lời kể giống nhau")
_BESIDE: Final = L_("hai xã giáp nhau")
_FAR: Final = L_("hai nơi cách xa")
_SAME_GROUP: Final = L_("cùng nhóm")
_FOUND_BEFORE: Final = L_("nhặt được trước khi báo mất")
_NEAR_IN_TIME: Final = L_("gần nhau về thời gian")
_SAID_BEFORE: Final = L_("lời kể: nhặt được trước lúc mất")
_SAME_TIME: Final = L_("kể cùng một lúc")
_SAME_PLACE: Final = L_("cùng địa bàn: {name}")
_BOTH_SAY: Final = L_("từ trùng: «{words}»")
_BOTH_NAME: Final = L_("cùng nhắc «{name}»")
_FAR_SCORE: Final = -0.3  # an item is seldom found in another commune that does not adjoin
_RARE_WORD_SCORE, _MAX_RARE_WORD_SCORE = 0.24, 0.56  # score of one rare shared word, and limit for all of them
_NUMERAL_FACTOR: Final = 1.6  # «casio 580»
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
class RankedPost:
    """A candidate with its score in 0..1 and short Vietnamese reasons, strongest first."""

    id: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Indexed post. `length`: TF-IDF length of the text at arrival, cached because idf values drift slowly."""

    post: Post
    profile: PostFeatures
    length: float
    window: Window | None


@dataclass(frozen=True, slots=True)
class _WeightedGram:
    """Gram of the new post, weighed once for all candidates. `score`: as a shared rare word; None for common words."""

    gram: str
    tf_idf: float  # times the idf of the other post's gram
    score: float | None
    words: tuple[str, ...]


def rank_posts(lost: Post, founds: Sequence[Post], gazetteer: Gazetteer | None = None) -> list[RankedPost]:
    """Rank all `founds`, best first. For repeated use keep a `Matcher`."""
    matcher = Matcher(gazetteer)
    for post in founds:
        matcher.add(post)
    return matcher.find_candidates(lost, limit=len(founds))


class Matcher:
    """Index of open lost and found posts. A new post is compared with those of the other kind."""

    def __init__(self, gazetteer: Gazetteer | None = None) -> None:
        self._gazetteer = gazetteer or Gazetteer.load_default()
        self._entries: dict[str, _Entry] = {}
        # The index holds slot numbers, so that the votes of all posts are one array.
        self._slots: dict[str, int] = {}
        self._ids: list[str] = []
        self._free_slots: list[int] = []
        self._index: dict[str, dict[str, set[int]]] = {LOST: defaultdict(set), FOUND: defaultdict(set)}
        self._rarity = DocumentFrequency()

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, post: Post) -> None:
        """Index `post`; the same id replaces the earlier post. Raises ValueError for an unknown kind."""
        if post.kind not in self._index:
            raise ValueError(f"kind must be lost or found, not {post.kind!r}")
        self.remove(post.id)
        entry = self._build_entry(post)
        self._entries[post.id] = entry
        self._rarity.add(entry.profile.grams)
        slot = self._slots[post.id] = self._allocate_slot(post.id)
        for key in _index_keys(entry.profile):
            self._index[post.kind][key].add(slot)

    def _allocate_slot(self, post_id: str) -> int:
        if self._free_slots:
            slot = self._free_slots.pop()
            self._ids[slot] = post_id
            return slot
        self._ids.append(post_id)
        return len(self._ids) - 1

    def remove(self, post_id: str) -> None:
        """Remove a post that is closed; unknown ids are ignored."""
        entry = self._entries.pop(post_id, None)
        if entry is None:
            return
        self._rarity.remove(entry.profile.grams)
        index, slot = self._index[entry.post.kind], self._slots.pop(post_id)
        self._free_slots.append(slot)
        for key in _index_keys(entry.profile):
            index[key].discard(slot)
            if not index[key]:
                del index[key]

    def find_candidates(self, post: Post, limit: int = 10) -> list[RankedPost]:
        """Return open posts of the other kind that may concern the same item, best first, at most `limit`."""
        cached = self._entries.get(post.id)
        entry = cached if cached and cached.post == post else self._build_entry(post)
        kind = FOUND if post.kind == LOST else LOST
        grams = self._weigh_grams(entry.profile)
        scored = [
            (-_compute_score(parts), post_id, parts)
            for post_id in self._select_candidates(entry, kind, limit)
            for parts in (self._score_parts(entry, self._entries[post_id], grams),)
        ]
        scored.sort(key=lambda candidate: candidate[:2])
        ranked = [RankedPost(post_id, -score, _list_reasons(parts)) for score, post_id, parts in scored[:limit]]
        return _restore_spelling(ranked, post.text)

    def _build_entry(self, post: Post) -> _Entry:
        near = post.group if post.group in self._gazetteer.communes else None
        features = extract_post_features(post.text, self._gazetteer, near)
        return _Entry(
            post, features, self._rarity.length(features.grams), resolve_window(features.days, post.posted_at)
        )

    def _select_candidates(self, entry: _Entry, kind: str, limit: int) -> list[str]:
        """Return ids worth a full comparison: rare shared words and attributes first, within a fixed budget."""
        index = self._index[kind]
        if len(self._entries) <= _MAX_RESCORED:
            return [key for key, indexed in self._entries.items() if indexed.post.kind == kind and key != entry.post.id]
        import numpy as np  # not loaded by processes that compare nothing

        votes = np.zeros(len(self._ids))
        keys = [(len(index[key]), vote, key) for key, vote in self._weigh_index_keys(entry.profile) if key in index]
        budget = _MAX_POSTINGS
        for size, vote, key in sorted(keys, key=lambda item: (item[0] > 200, -item[1], item[0])):
            if size > budget:
                continue
            budget -= size
            votes[np.fromiter(index[key], np.int64, size)] += vote
        if entry.post.id in self._slots:
            votes[self._slots[entry.post.id]] = 0.0
        chosen, count = np.flatnonzero(votes), max(_MAX_RESCORED, limit)
        if len(chosen) > count:
            chosen = chosen[np.argpartition(votes[chosen], -count)[-count:]]
        return [self._ids[slot] for slot in chosen.tolist()]

    def _weigh_index_keys(self, profile_: PostFeatures) -> Iterator[tuple[str, float]]:
        for key in _index_keys(profile_):
            if key[0] == "=":
                yield key, 40.0
            elif key[0] == "+":
                yield key, 6.0
            else:
                yield key, profile_.grams.get(key[1:], 1.0) * self._rarity.of(key[1:])

    def _weigh_grams(self, profile_: PostFeatures) -> list[_WeightedGram]:
        idf_range = self._rarity.idf_range()
        grams = []
        for gram, weight in profile_.grams.items():
            rarity, word_weight = self._rarity.of(gram), _shared_word_weight(gram)
            score = word_weight * ((rarity - 1.0) / idf_range if idf_range else 1.0) if word_weight else None
            grams.append(_WeightedGram(gram, weight * rarity**2, score, tuple(gram.split())))
        return grams

    def _score_parts(self, left: _Entry, right: _Entry, left_grams: Sequence[_WeightedGram]) -> ScoredReasons:
        """Return all scores for and against, each with its reason; a reason may be empty."""
        spots = find_shared_places(left.profile, right.profile)
        right_grams = right.profile.grams
        shared = [weighted for weighted in left_grams if weighted.gram in right_grams]
        return [
            *score_identifiers(left.profile, right.profile),
            *score_appearance(left.profile, right.profile),
            *score_attributes(left.profile.aspects, right.profile.aspects),
            *self._score_places(left, right, spots),
            _score_posting_dates(left.post, right.post),
            _score_event_days(left, right),
            (0.4 * self._cosine_similarity(left, right, shared), _ALIKE),
            _score_rare_words(left.profile, right.profile, shared, spots),
        ]

    def _cosine_similarity(self, left: _Entry, right: _Entry, shared: Sequence[_WeightedGram]) -> float:
        """Return the TF-IDF cosine: exact for few posts, with the cached lengths for many."""
        if not shared:
            return 0.0
        right_grams = right.profile.grams
        dot = sum(weighted.tf_idf * right_grams[weighted.gram] for weighted in shared)
        use_cached_lengths = len(self._entries) > _MAX_EXACT_POSTS
        lengths = (
            entry.length if use_cached_lengths else self._rarity.length(entry.profile.grams) for entry in (left, right)
        )
        return min(1.0, dot / math.prod(lengths))

    def _score_places(self, left: _Entry, right: _Entry, shared: set[str]) -> list[tuple[float, str]]:
        scores: list[tuple[float, str]] = []
        if shared:
            spots = [name for name in shared if not self._gazetteer.is_unit(name)]
            scores.append(
                (
                    0.14 + 0.1 * min(2, len(spots)),
                    _BOTH_NAME.format(name=max(shared, key=lambda name: (len(name), name))),
                )
            )
        is_same_number = not left.profile.keys.isdisjoint(right.profile.keys)
        is_same_group = left.post.group is not None and left.post.group == right.post.group
        left_codes, right_codes = left.profile.communes, right.profile.communes
        if set(left_codes) & set(right_codes):
            code = next(left_code for left_code in left_codes if left_code in right_codes)
            same = _SAME_PLACE.format(name=self._gazetteer.commune_name(code))
            scores.append((0.14 if len(left_codes) == 1 == len(right_codes) else 0.08, same))
        elif (
            left_codes
            and right_codes
            and any(
                self._gazetteer.is_adjoining(left_code, right_code)
                for left_code in left_codes
                for right_code in right_codes
            )
        ):
            scores.append((0.06, _BESIDE))
        elif left_codes and right_codes:
            scores.append((-0.1 if shared or is_same_number else _FAR_SCORE, _FAR))
        if is_same_group:
            scores.append((0.07 if left_codes and right_codes else 0.16, _SAME_GROUP))
        elif not ((left_codes and right_codes) or is_same_number):
            scores.append(
                (self._score_groups(left_codes or _group_codes(left.post), right_codes or _group_codes(right.post)), "")
            )
        return scores

    def _score_groups(self, left: tuple[str, ...], right: tuple[str, ...]) -> float:
        """Score the communes of the groups, with a lower weight, if a text names no place."""
        if not left or not right:
            return 0.0
        if set(left) & set(right):
            return 0.08
        return (
            0.03
            if any(self._gazetteer.is_adjoining(left_code, right_code) for left_code in left for right_code in right)
            else _FAR_SCORE + 0.05
        )


def _compute_score(parts: ScoredReasons) -> float:
    total = sum(weight for weight, _ in parts)
    return round(1 / (1 + math.exp(-5 * (total - 0.5))), 4)


def _list_reasons(parts: ScoredReasons) -> tuple[str, ...]:
    """Return the reasons that weigh enough, strongest first."""
    ordered = sorted(parts, key=lambda part: -abs(part[0]))
    return tuple(reason for score, reason in ordered if reason and abs(score) >= _MIN_REASON_SCORE)


def _score_rare_words(
    left: PostFeatures, right: PostFeatures, shared: Sequence[_WeightedGram], spots: set[str]
) -> tuple[float, str]:
    """Score shared words that are rare in general and among these posts: «cub 50 yên đỏ», «thùng ong VT»."""
    name_words = {word for name in spots | (left.people & right.people) for word in name.split()} | left.brands
    total = 0.0
    scored_words: list[tuple[float, str]] = []
    for weighted in shared:
        if weighted.score is not None and name_words.isdisjoint(weighted.words):
            total += weighted.score
            if len(weighted.words) == 1 or weighted.gram[0] == "~":
                scored_words.append((-weighted.score, weighted.gram))
    if not scored_words:
        return min(_MAX_RARE_WORD_SCORE, _RARE_WORD_SCORE * total), ""
    words = ", ".join(gram.removeprefix("~") for _, gram in sorted(scored_words)[:3])
    return min(_MAX_RARE_WORD_SCORE, _RARE_WORD_SCORE * total), _BOTH_SAY.format(words=words)


def _restore_spelling(ranked: list[RankedPost], text: str) -> list[RankedPost]:
    """Restore the words of a reason to the spelling of the post, for people to read: «loc ha» → «Lộc Hà»."""
    spellings = {fold_text(word): word for word in reversed(_WORD.findall(text))}

    def restore(match: re.Match[str]) -> str:
        return _WORD.sub(lambda word: spellings.get(fold_text(word[0]), word[0]), match[0])

    return [
        replace(candidate, reasons=tuple(_QUOTED.sub(restore, reason) for reason in candidate.reasons))
        for candidate in ranked
    ]


@lru_cache(maxsize=65536)
def _shared_word_weight(gram: str) -> float:
    """Return the weight of a shared word before its idf among the posts; a pair counts half, as its words count too."""
    if is_common(gram):
        return 0.0
    if gram[0] == "~":
        return idf_weight(gram)
    return idf_weight(gram) * (0.5 if " " in gram else _NUMERAL_FACTOR if len(gram) > 2 and gram.isdecimal() else 1.0)


def find_shared_places(left: PostFeatures, right: PostFeatures) -> set[str]:
    """Return places named in one and mentioned in the other text: the end of a road, its bridge, the market."""
    spots = {name for name in left.places & right.places if len(name) > 4}
    spots |= {name for name in left.places if " " in name and f" {name} " in right.text}
    spots |= {name for name in right.places if " " in name and f" {name} " in left.text}
    return spots and {
        name for name in spots if not any(name != longer_name and name in longer_name for longer_name in spots)
    }


def _group_codes(post: Post) -> tuple[str, ...]:
    return (post.group,) if post.group else ()


def _index_keys(profile_: PostFeatures) -> list[str]:
    keys = [f"={key}" for key in profile_.keys] + [f"={name}" for name in profile_.full_names]
    for item in profile_.items:
        keys += [f"+{item}|{extra}" for extra in (*profile_.colors, *profile_.brands, *profile_.communes)]
        keys.append(f"+{item}")
    keys += [f" {gram}" for gram in profile_.grams]
    return keys


def _score_posting_dates(left: Post, right: Post) -> tuple[float, str]:
    """Score posting dates: a find after the loss is usual; over a day before it is odd but possible (late posts)."""
    lost_post, found_post = (left, right) if left.kind == LOST else (right, left)
    days = (found_post.posted_at - lost_post.posted_at).total_seconds() / 86400
    if days < -1:
        return -0.15 - 0.15 * min(1.0, (-days - 1) / 5), _FOUND_BEFORE
    score = 0.12 * math.exp(-abs(days) / 6) - 0.1 * min(1.0, max(0.0, days - 20) / 40)
    return score, _NEAR_IN_TIME if abs(days) <= 3 else ""


def _score_event_days(left: _Entry, right: _Entry) -> tuple[float, str]:
    """Score the stated days: «tối qua», «chiều thứ 7»; an item cannot be found before it is lost."""
    lost_entry, found_entry = (left, right) if left.post.kind == LOST else (right, left)
    if lost_entry.window is None:
        return 0.0, ""
    if found_entry.window is None:
        early = lost_entry.window[0] - to_days(found_entry.post.posted_at)
        return (-0.1 - 0.15 * min(1.0, early / 2), _FOUND_BEFORE) if early > 0 else (0.0, "")
    days = days_between(lost_entry.window, found_entry.window)
    if days < 0:
        return -0.1 - 0.15 * min(1.0, -days / 2), _SAID_BEFORE
    return (0.1, _SAME_TIME) if days == 0 else (0.04 if days <= 1 else 0.0, "")
