"""Training from labelled messages. Not imported at run time: reading needs no scikit-learn."""
