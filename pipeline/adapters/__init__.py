"""Everything that touches the outside: clock, HTTP, Kafka, SQL, channels, child processes."""
