"""Rubrics: the draft and its published versions."""

from app.domain.rubrics import read_rubric
from app.services.definitions import DefinitionKind, Noun, canonical, publish_as_it_stands

NOUN = Noun(DefinitionKind.RUBRIC, "rubrics", canonical(read_rubric), publish=publish_as_it_stands)
