"""Good deeds: drafted from a closed case, with consent, approved, praised at school, public roll of the year."""
