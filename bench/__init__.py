"""`./dev bench`: one JSON line a figure, on this machine, load generator included. See bench/__main__.py for names."""
