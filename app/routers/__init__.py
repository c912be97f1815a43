"""HTTP: parse, call one service, shape. `api` needs a token, `public` needs no account."""

from fastapi import APIRouter

from app.routers import issuers, tokens

API_ROUTERS: tuple[APIRouter, ...] = (issuers.api, tokens.api)
PUBLIC_ROUTERS: tuple[APIRouter, ...] = ()
