"""Graph recommenders as pure JAX functions, from a file of interactions to top-K."""

__version__ = "0.1.0"
