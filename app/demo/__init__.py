"""`passports demo`: one passport, from its definition to a credential that a stranger verifies.

The service runs on loopback with a database of its own; the issuer and its first token are made in
process, as the command line does, and from there on everything goes over HTTP.
"""
