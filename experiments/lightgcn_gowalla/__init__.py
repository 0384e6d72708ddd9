"""LightGCN on Gowalla in the setting of the reference code."""
