"""Leadership Passports: definitions, evidence, completion and signed Open Badges 3.0 credentials."""
