"""Where alerts leave Tocsin: one module for each kind of channel."""

from pipeline.adapters.channels.outlets import Outlets, Sent

__all__ = ["Outlets", "Sent"]
