"""What the organisation decided: definitions, evidence, rules. Plain Python, no clock, no input or output."""
