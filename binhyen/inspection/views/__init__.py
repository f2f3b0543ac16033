"""The pages: translate in, one call, translate out."""
