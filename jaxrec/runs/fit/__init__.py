"""From options and data to a trained, measured run."""
