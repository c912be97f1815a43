"""HTTP: parse, call one service, shape. `api` needs a token, `public` needs no account."""

from fastapi import APIRouter

from app.routers import content, frameworks, issuers, rubrics, tokens

API_ROUTERS: tuple[APIRouter, ...] = (
    issuers.api,
    tokens.api,
    frameworks.api,
    rubrics.api,
    content.api,
)
PUBLIC_ROUTERS: tuple[APIRouter, ...] = ()
