"""From the interactions of one domain to an encoder of structure, from which another starts."""
