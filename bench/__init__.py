"""Benchmarks: each prints a table, and one JSON object a row with --json."""
