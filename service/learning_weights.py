"""The weights and half-lives that a shop may set, from a file of its own: what is wrong with it is told by name."""

import json
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from recommender.learning.settings import HALF_LIVES, LARGEST_WEIGHT, LearningSettings, PartWeights

_SHIPPED = LearningSettings()
_BYTES_MAXIMUM = 100_000

Thousandths = Annotated[int, Field(ge=0, le=LARGEST_WEIGHT)]


def _among_those(half_life: int) -> int:
    if half_life not in HALF_LIVES:
        raise ValueError(f"must be one of {', '.join(map(str, HALF_LIVES))}")
    return half_life


HalfLife = Annotated[int, AfterValidator(_among_those)]


class Parts(BaseModel):
    """How much each part of a score counts, in thousandths; all three of them, and not all zero."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    learned: Thousandths
    personal: Thousandths
    popular: Thousandths

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not (self.learned or self.personal or self.popular):
            raise ValueError("one of learned, personal and popular must be above 0")
        return self


def _shipped(parts: PartWeights) -> Parts:
    return Parts(learned=parts.learned, personal=parts.personal, popular=parts.popular)


class LearningWeights(BaseModel):
    """What is left out is as it was shipped. Half-lives are in days; `visits_half_life` in visits."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    pair_half_life: HalfLife = _SHIPPED.pair_half_life
    popularity_half_life: HalfLife = _SHIPPED.popularity_half_life
    profile_half_life: HalfLife = _SHIPPED.profile_half_life
    browsing_half_life: HalfLife = _SHIPPED.browsing_half_life
    visits_half_life: HalfLife = _SHIPPED.visits_half_life
    everything: Parts = _shipped(_SHIPPED.everything)
    with_page: Parts = _shipped(_SHIPPED.with_page)
    new_only: Parts = _shipped(_SHIPPED.new_only)

    def with_k(self, k: int) -> LearningSettings:
        """All settings of learning, with the shop's k."""
        half_lives = self.model_dump(exclude={"everything", "with_page", "new_only"})
        lists: dict[str, Any] = {
            name: PartWeights(**getattr(self, name).model_dump())
            for name in ("everything", "with_page", "new_only")
        }
        return LearningSettings(k=k, **half_lives, **lists)


def weights_of(settings: LearningSettings) -> dict[str, Any]:
    """Those of `settings` in the form of the file."""
    named = {name: getattr(settings, name) for name in LearningWeights.model_fields}
    return {
        name: _shipped(value).model_dump() if isinstance(value, PartWeights) else value
        for name, value in named.items()
    }


def read_weights(stated: object) -> object:
    """The weights of the file at a path. Raises ValueError that names the file and what is wrong in it."""
    if not isinstance(stated, str | Path):
        return stated
    try:
        with Path(stated).open("rb") as file:
            found = json.loads(file.read(_BYTES_MAXIMUM))
    except OSError as error:
        raise ValueError(f"{stated} cannot be read ({error.strerror}); name a file there is") from error
    except ValueError as error:
        raise ValueError(f"{stated} is no JSON: {error}") from error
    try:
        return LearningWeights.model_validate(found)
    except ValidationError as error:
        raise ValueError(f"{stated}: {'; '.join(map(_said, error.errors()))}") from error


def _said(one: Any) -> str:
    where = ".".join(map(str, one["loc"])) or "the file"
    if one["type"] == "extra_forbidden":
        return f"{where} is nothing that can be set; what can: {', '.join(LearningWeights.model_fields)}"
    if one["type"] in ("model_type", "model_attributes_type"):
        return f"{where} must be an object of names and values"
    return f"{where}: {one['msg']}"
