"""Every model of the family on small data, searched alike."""
