"""The officers' screens of the channels: groups, what is stuck, files."""
