"""Lost ⇄ found matching: features of two posts, and the most likely found post for a lost one. Pure."""
