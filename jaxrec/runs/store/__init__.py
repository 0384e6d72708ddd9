"""Run folders: written whole, checked when they are read."""
