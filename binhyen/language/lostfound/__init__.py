"""Lost ⇄ found: what two posts say of a thing, and which found post is the likeliest for a lost one. Pure."""

from binhyen.language.lostfound.match import FOUND, LOST, Matcher, Post, Ranked, rank

__all__ = ["FOUND", "LOST", "Matcher", "Post", "Ranked", "rank"]
