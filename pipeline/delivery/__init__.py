"""Matches folded into alerts, alerts sent to channels."""
