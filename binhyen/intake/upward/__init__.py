"""In doubt upwards: what may complain of police is read as such (`decide`), by the words of a table (`table`)."""
