"""The words of the W3C Data Privacy Vocabulary (DPV 2.3) for the states of a consent, and where they are defined."""

from collections.abc import Mapping
from typing import Any

from consent.events import EventKind
from consent.records import ConsentState
from consent.vocabulary import DPV

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#"

CONTEXT: Mapping[str, Any] = {
    "dpv": DPV,
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "byleave": "urn:byleave:vocabulary:",
    "byleave:entry": {"@id": "byleave:entry", "@type": "@json"},
}
EVENT_STATES: Mapping[EventKind, str] = {
    EventKind.GIVEN: "dpv:ConsentGiven",
    EventKind.RENEWED: "dpv:RenewedConsentGiven",
    EventKind.REFUSED: "dpv:ConsentRefused",
    EventKind.DEFERRED: "dpv:ConsentRequestDeferred",
    EventKind.WITHDRAWN: "dpv:ConsentWithdrawn",
    EventKind.REVOKED: "dpv:ConsentRevoked",
    EventKind.CONSUMED: "dpv:ConsentExpired",
}
# DPV has no word for a consent that is used up, or that another one took the place of.
STATES: Mapping[ConsentState, str] = {
    **{ConsentState(kind): state for kind, state in EVENT_STATES.items()},
    ConsentState.EXPIRED: "dpv:ConsentExpired",
    ConsentState.SUPERSEDED: "dpv:ConsentStatusInvalidForProcessing",
}
