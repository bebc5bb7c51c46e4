"""Feeds and pages into raw-pages."""
