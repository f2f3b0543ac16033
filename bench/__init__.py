"""Benchmarks `./dev bench`: one JSON line per figure, on this machine, load generator included. Names:
bench/__main__.py.
"""
