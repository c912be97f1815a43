"""What the service costs, beside what its peers cost in the same run: `make bench` (docs/performance.md)."""
