"""The requirement rule language: language, parse, lint, plan, evaluate, assignment, explain."""
