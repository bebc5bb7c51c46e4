"""Readings of text that several stages share."""
