"""TwHIN over all relations of a typed network, and users as mixtures."""
