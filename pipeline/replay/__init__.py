"""Work over what is stored: what a watch would have brought, and has brought; what changed code would make of it."""
