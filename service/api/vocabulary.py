"""Routes: what a consent can be about, purposes and data fields."""

from fastapi import APIRouter, Request

from consent.vocabulary import DATA_FIELDS, PurposeCatalogue
from service.api.shapes import Out, problems
from service.auth import AnyCaller

router = APIRouter(prefix="/v1", tags=["consents"])


class PurposeOut(Out):
    """Why data is used, what the customer is asked, the DPV concept, and whether data leaves the shop for it."""

    code: str
    question: str
    dpv: str
    shares: bool


class Purposes(Out):
    purposes: list[PurposeOut]


class DataFieldOut(Out):
    """One datum that a consent can cover: `code` is `category.name`."""

    code: str
    category: str
    name: str
    meaning: str


class DataFields(Out):
    data_fields: list[DataFieldOut]


@router.get("/purposes", responses=problems(401))
def list_purposes(caller: AnyCaller, request: Request) -> Purposes:
    """The purposes that a customer can be asked for: the built-in ones, and what this shop has added."""
    catalogue: PurposeCatalogue = request.app.state.purposes
    return Purposes(
        purposes=[
            PurposeOut(code=one.code, question=one.question, dpv=one.dpv, shares=one.shares)
            for one in catalogue.purposes
        ]
    )


@router.get("/data-fields", responses=problems(401))
def list_data_fields(caller: AnyCaller) -> DataFields:
    """The data fields that a consent can cover."""
    return DataFields(
        data_fields=[
            DataFieldOut(code=one.code, category=one.category, name=one.name, meaning=one.meaning)
            for one in DATA_FIELDS
        ]
    )
