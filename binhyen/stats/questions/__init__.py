"""Questions of officers over the counted cases: a table of two dimensions, its cases as CSV, saved and shared."""
