"""The classes of Open Badges 3.0 and Verifiable Credentials as a table (Open Badges 3.0, appendix B).

One line a class: its members as `name:value`, `!` for required, `*` for several, `+` for several of which
one stands without an array. A value is another class, an enumeration, or a scalar that `lint` knows; `a|b`
is a string of the one or an object of the other. Members that no line names are free where the class is
open: their meaning is their context's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a class: what it holds, whether several, whether it must be there.

    Where one of several stands alone, `array` is false. It holds a `scalar` (or a value of the enumeration
    of that name), an object of the class `shape`, or, with both, a text of the one or an object of the other.
    """

    scalar: str
    shape: str | None
    many: bool
    array: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """One class. `types` are alternatives that must all be met; `text_type`: the type is written as text."""

    types: tuple[frozenset[str], ...]
    members: Mapping[str, Member]
    required: tuple[str, ...]
    closed: bool
    typed: bool
    text_type: bool


EXTENSIBLE: Final = frozenset({"AchievementType", "ResultType", "AlignmentTargetType", "IdentifierTypeEnum"})
"""Enumerations that a value with the prefix `ext:` may extend."""

ENUMERATIONS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(values.split())
    for name, values in {
        "AchievementType": "Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree "
        "Award Badge BachelorDegree Certificate CertificateOfCompletion Certification CommunityService "
        "Competency Course CoCurricular Degree Diploma DoctoralDegree Fieldwork GeneralEducationDevelopment "
        "JourneymanCertificate LearningProgram License Membership ProfessionalDoctorate "
        "QualityAssuranceCredential MasterCertificate MasterDegree MicroCredential ResearchDoctorate "
        "SecondarySchoolDiploma",
        "ResultType": "GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result "
        "RubricCriterion RubricCriterionLevel RubricScore ScaledScore Status",
        "ResultStatusType": "Completed Enrolled Failed InProgress OnHold Provisional Withdrew",
        "AlignmentTargetType": "ceasn:Competency ceterms:Credential CFItem CFRubric CFRubricCriterion "
        "CFRubricCriterionLevel CTDL",
        "IdentifierTypeEnum": "name sourcedId systemId productId userName accountId emailAddress "
        "nationalIdentityNumber isbn issn lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId "
        "ltiDeploymentId ltiToolId ltiPlatformId ltiUserId identifier",
    }.items()
}


def _shape(
    members: str,
    *types: str,
    closed: bool = False,
    typed: bool = True,
    text_type: bool = False,
) -> Shape:
    parsed = {}
    for word in members.split():
        name, value = word.split(":", 1)
        scalar, shape = _held(value)
        parsed[name.rstrip("!*+")] = Member(
            scalar, shape, many="*" in name or "+" in name, array="*" in name, required="!" in name
        )
    required = tuple(name for name, member in parsed.items() if member.required)
    alternatives = tuple(frozenset(group.split("|")) for group in types)
    return Shape(alternatives, parsed, required, closed, typed, text_type)


def _held(value: str) -> tuple[str, str | None]:
    """Return what a member holds as (scalar or enumeration, class)."""
    if "|" in value:
        scalar, shape = value.split("|")
        return scalar, shape
    is_class = value[0].isupper() and value not in ENUMERATIONS
    return ("", value) if is_class else (value, None)


_ENDORSEMENTS: Final = "endorsement*:EndorsementCredential endorsementJwt*:jws"
_SERVICES: Final = (
    "proof*:Proof credentialSchema*:CredentialSchema credentialStatus+:CredentialStatus "
    "refreshService:RefreshService termsOfUse*:TermsOfUse evidence*:Evidence"
)


def _badge(dates: str) -> Shape:
    return _shape(
        f"@context!*:context id!:iri issuer!:iri|Profile name:text description:text image:Image {dates} "
        f"awardedDate:datetime credentialSubject!:AchievementSubject {_ENDORSEMENTS} {_SERVICES}",
        "VerifiableCredential",
        "AchievementCredential|OpenBadgeCredential",
    )


def _endorsement(dates: str) -> Shape:
    return _shape(
        f"@context!*:context id!:iri issuer!:iri|Profile name!:text description:text {dates} "
        f"awardedDate:datetime credentialSubject!:EndorsementSubject {_SERVICES}",
        "VerifiableCredential",
        "EndorsementCredential",
    )


def _credential(dates: str) -> Shape:
    return _shape(
        f"@context!*:context id:iri issuer!:iri|Identified name:text description:text {dates} "
        "credentialSubject!*:Subject credentialStatus*:CredentialStatus credentialSchema*:CredentialSchema "
        "refreshService*:Typed termsOfUse*:TermsOfUse evidence*:Typed relatedResource*:RelatedResource "
        "proof*:Proof",
        "VerifiableCredential",
    )


def _list_2021(dates: str) -> Shape:
    return _shape(
        f"@context!*:context id:iri issuer!:iri|Identified {dates} credentialSubject!:StatusList2021 "
        "proof*:Proof",
        "VerifiableCredential",
        "StatusList2021Credential",
    )


_DATES: Final = "validFrom!:datetime validUntil:datetime"
_OPTIONAL_DATES: Final = "validFrom:datetime validUntil:datetime"
_DATES_1: Final = "issuanceDate!:datetime expirationDate:datetime validFrom:datetime validUntil:datetime"

SHAPES: Final[Mapping[str, Shape]] = {
    "AchievementCredential": _badge(_DATES),
    "EndorsementCredential": _endorsement(_DATES),
    "AchievementSubject": _shape(
        "id:iri identifier*:IdentityObject achievement!:Achievement activityStartDate:datetime "
        "activityEndDate:datetime creditsEarned:number image:Image licenseNumber:text narrative:text "
        "result*:Result role:text source:Profile term:text",
        "AchievementSubject",
    ),
    "EndorsementSubject": _shape("id!:iri endorsementComment:text", "EndorsementSubject"),
    "Achievement": _shape(
        "id!:iri name!:text description!:text criteria!:Criteria achievementType:AchievementType "
        "alignment*:Alignment creator:Profile creditsAvailable:number fieldOfStudy:text humanCode:text "
        "image:Image inLanguage:language otherIdentifier*:IdentifierEntry related*:Related "
        f"resultDescription*:ResultDescription specialization:text tag*:text version:text {_ENDORSEMENTS}",
        "Achievement",
    ),
    "Profile": _shape(
        "id!:iri name:text url:iri phone:text description:text image:Image email:text address:Address "
        "otherIdentifier*:IdentifierEntry official:text parentOrg:Profile familyName:text givenName:text "
        "additionalName:text patronymicName:text honorificPrefix:text honorificSuffix:text "
        f"familyNamePrefix:text dateOfBirth:date {_ENDORSEMENTS}",
        "Profile",
    ),
    "Criteria": _shape("id:iri narrative:text", typed=False),
    "Alignment": _shape(
        "targetName!:text targetUrl!:iri targetCode:text targetDescription:text targetFramework:text "
        "targetType:AlignmentTargetType",
        "Alignment",
    ),
    "Evidence": _shape(
        "id:iri narrative:text name:text description:text genre:text audience:text", "Evidence"
    ),
    "Result": _shape(
        "achievedLevel:iri alignment*:Alignment resultDescription:iri status:ResultStatusType value:text",
        "Result",
    ),
    "ResultDescription": _shape(
        "id!:iri name!:text resultType!:ResultType alignment*:Alignment allowedValue*:text "
        "requiredLevel:iri requiredValue:text rubricCriterionLevel*:RubricCriterionLevel valueMax:text "
        "valueMin:text",
        "ResultDescription",
    ),
    "RubricCriterionLevel": _shape(
        "id!:iri name!:text alignment*:Alignment description:text level:text points:text",
        "RubricCriterionLevel",
    ),
    "Related": _shape("id!:iri inLanguage:language version:text", "Related"),
    "Address": _shape(
        "addressCountry:text addressCountryCode:text addressRegion:text addressLocality:text "
        "streetAddress:text postOfficeBoxNumber:text postalCode:text geo:GeoCoordinates",
        "Address",
    ),
    "GeoCoordinates": _shape("latitude!:number longitude!:number", "GeoCoordinates", text_type=True),
    "IdentityObject": _shape(
        "hashed!:boolean identityHash!:text identityType!:IdentifierTypeEnum salt:text",
        "IdentityObject",
        closed=True,
        text_type=True,
    ),
    "IdentifierEntry": _shape(
        "identifier!:text identifierType!:IdentifierTypeEnum",
        "IdentifierEntry",
        closed=True,
        text_type=True,
    ),
    "Image": _shape("id!:iri caption:text", "Image", closed=True, text_type=True),
    "Proof": _shape("", text_type=True),
    "CredentialSchema": _shape("id!:iri", text_type=True),
    "RefreshService": _shape("id!:iri", text_type=True),
    "CredentialStatus": _shape("id:iri", text_type=True),
    "TermsOfUse": _shape("id:iri", text_type=True),
    # Verifiable Credentials 2.0 without Open Badges, and Bitstring Status List 1.0
    "VerifiableCredential": _credential(_OPTIONAL_DATES),
    "VerifiablePresentation": _shape(
        "@context!*:context id:iri holder:iri|Identified verifiableCredential*:jws|Typed proof*:Proof",
        "VerifiablePresentation",
    ),
    "BitstringStatusListCredential": _shape(
        "@context!*:context id:iri issuer!:iri|Identified validFrom:datetime validUntil:datetime "
        "credentialSubject!:BitstringStatusList proof*:Proof",
        "VerifiableCredential",
        "BitstringStatusListCredential",
    ),
    "BitstringStatusList": _shape(
        "id:iri statusPurpose!:texts encodedList!:encoded_list ttl:milliseconds",
        "BitstringStatusList",
        text_type=True,
    ),
    # The same in Verifiable Credentials 1.1, where dates have other names, and Status List 2021
    "AchievementCredential 1.1": _badge(_DATES_1),
    "EndorsementCredential 1.1": _endorsement(_DATES_1),
    "VerifiableCredential 1.1": _credential(_DATES_1),
    "StatusList2021Credential 1.1": _list_2021(_DATES_1),
    "StatusList2021Credential": _list_2021(_OPTIONAL_DATES),
    "StatusList2021": _shape("id:iri statusPurpose!:text encodedList!:encoded_list_2021", "StatusList2021"),
    "RelatedResource": _shape("id!:iri mediaType:text digestSRI:text digestMultibase:text", typed=False),
    "Identified": _shape("id!:iri name:text description:text", typed=False),
    "Subject": _shape("id:iri", typed=False),
    "Typed": _shape("id:iri"),
}
