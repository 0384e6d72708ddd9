"""Gowalla and Yelp2018: the training-free, the trained and the best, in minutes on two cores."""
