"""W3C's VC API: credentials of any kind issued by instances, verified and derived for anybody."""

from app.services.vc_api.verify import verify_credential

__all__ = ["verify_credential"]
