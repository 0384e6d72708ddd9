"""Ratings predicted with the help of friends, beside biases and published numbers."""
