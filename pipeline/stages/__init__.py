"""The pure steps, in the data's order: records and values in, an outcome out, nothing else touched."""
