"""The demo: accounts, keys and a scenario to try the program with; none of it is allowed in a real installation."""
