"""Bodies of requests and answers: separate for creating, updating and reading."""
