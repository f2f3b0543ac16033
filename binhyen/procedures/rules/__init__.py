"""Rules of procedures: states, the question matcher, answer texts, the shipped library. Pure."""
