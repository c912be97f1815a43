"""The only outbound HTTP of the service: documents that strangers name, fetched so that it harms nobody.

docs/decisions has the reasons. Used as `with fetcher.errand(client) as errand: errand.fetch(url, purpose)`.
"""

from app.http_client.fetcher import Errand, FetchPolicy, Purpose, SafeFetcher, client_key
from app.http_client.limits import Limits, TokenBuckets
from app.http_client.results import Fetched, Refused

__all__ = [
    "Errand",
    "FetchPolicy",
    "Fetched",
    "Limits",
    "Purpose",
    "Refused",
    "SafeFetcher",
    "TokenBuckets",
    "client_key",
]
