"""The options of a model that are best on the validation slice."""
