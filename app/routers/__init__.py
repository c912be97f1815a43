"""HTTP: parse, call one service, shape. `api` needs a token, `public` needs no account."""

from fastapi import APIRouter

from app.routers import (
    achievements,
    content,
    credentials,
    enrolments,
    evaluations,
    evidence,
    frameworks,
    home,
    issuers,
    learners,
    passports,
    plans,
    problems,
    reviews,
    rubrics,
    status_lists,
    tokens,
    upgrades,
    vc_api,
    verification,
    versions,
)

API_ROUTERS: tuple[APIRouter, ...] = (
    issuers.api,
    tokens.api,
    frameworks.api,
    rubrics.api,
    passports.api,
    versions.api,
    plans.api,
    content.api,
    learners.api,
    enrolments.api,
    upgrades.api,
    evidence.api,
    reviews.api,
    evaluations.api,
    credentials.api,
)
PUBLIC_ROUTERS: tuple[APIRouter, ...] = (
    home.public,
    verification.public,
    vc_api.public,
    credentials.public,
    achievements.public,
    issuers.public,
    frameworks.public,
    status_lists.public,
    problems.public,
)
