"""Options of the verbs; field docstrings are the help."""
