"""Node classification on Cora and Citeseer."""
