"""Tocsin's stages, the shells round them, and the command line."""

__version__ = "0.1.0"
