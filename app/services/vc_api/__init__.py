"""W3C's VC API: credentials of any kind issued by instances, and verified and derived for anybody."""

from app.services.vc_api.derive import derive_credential
from app.services.vc_api.issue import IssueOrder, issue_credential
from app.services.vc_api.status import update_status
from app.services.vc_api.verify import verify_credential, verify_presentation

__all__ = [
    "IssueOrder",
    "derive_credential",
    "issue_credential",
    "update_status",
    "verify_credential",
    "verify_presentation",
]
