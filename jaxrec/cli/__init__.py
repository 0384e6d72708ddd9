"""The ``jaxrec`` command: one file a verb, their options, and what they print."""
