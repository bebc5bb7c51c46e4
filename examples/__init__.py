"""Things to try Tocsin with."""
