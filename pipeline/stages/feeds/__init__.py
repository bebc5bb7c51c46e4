"""Feeds as pure code: what a body lists, when to ask again, where a site keeps its feed, outlines in and out."""
