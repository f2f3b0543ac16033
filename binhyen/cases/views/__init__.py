"""The officers' screens of the register: translate in, one call, translate out."""
