"""Faust shells round the stages."""
