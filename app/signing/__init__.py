"""What the standards say: documents, keys and signatures. Bytes in, bytes out; no clock, no network."""
