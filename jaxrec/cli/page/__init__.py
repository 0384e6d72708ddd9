"""The HTML page of ``jaxrec report``."""
