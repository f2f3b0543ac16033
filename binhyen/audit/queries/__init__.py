"""Read the book: `chain` for a verifier, `state` of its checkpoints, `book` of entries for whoever may see them."""
