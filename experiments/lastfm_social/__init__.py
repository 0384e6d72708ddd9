"""Models of collaborative filtering on the interactions of the Last.FM social data."""
