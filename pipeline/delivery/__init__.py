"""Delivery: folds matches into alerts, keeps them in the control database and sends them to their channels."""

from pipeline.delivery.process import run

__all__ = ["run"]
