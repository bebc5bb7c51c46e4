"""The query language of watches: its text read into a tree, and a tree written as text."""
