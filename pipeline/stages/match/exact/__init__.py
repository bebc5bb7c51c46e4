"""Whether one article satisfies one query, and where: the slow, exact answer that every faster one must equal."""
