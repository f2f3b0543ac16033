"""Lost ⇄ found matching: features of two posts, and the most likely found post for a lost one. Pure."""

from binhyen.language.lostfound.match import FOUND, LOST, Matcher, Post, RankedPost, rank_posts

__all__ = ["FOUND", "LOST", "Matcher", "Post", "RankedPost", "rank_posts"]
