"""A consent as the document that the customer keeps: ISO/IEC TS 27560:2023, in the words of DPV, as JSON-LD.

The shape is that of the W3C group's guide for 27560 (https://w3id.org/dpv/guides/consent-27560). Nothing in
it is assumed silently: what the controller has not stated says so.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

from consent.dpv import CONTEXT, EVENT_STATES, PROFILE, STATES
from consent.events import ConsentEvent, EventKind
from consent.ledger import LedgerEntry, content_of
from consent.moments import rfc3339
from consent.notices import Notice
from consent.records import ConsentRecord
from consent.vocabulary import BUILT_IN, DATA_FIELDS, DPV, PurposeCatalogue, category_of

NOT_STATED = "not stated"
NO_RECIPIENTS = "none"
UNDETERMINED = "und"  # BCP 47: a language that nobody wrote down

NO_NOTICES: Mapping[str, Notice] = {}

CONTROLLER = {"@id": "urn:byleave:controller"}
_FIELDS = {field.code: field for field in DATA_FIELDS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What the controller states of itself and of its processing; `None`: not stated.

    What the notice that she was shown says of the processing comes before it.

    withdrawal   how consent is withdrawn, in words or as an address
    recipients   third parties that receive the data, or that there are none
    """

    controller_name: str | None = None
    controller_address: str | None = None
    controller_contact: str | None = None
    jurisdiction: str | None = None
    storage_location: str | None = None
    retention: str | None = None
    recipients: str | None = None
    withdrawal: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedCheckpoint:
    """The last checkpoint that was made: the Merkle root over the heads of all chains at that moment."""

    root: str
    issued_at: datetime


def receipt_document(
    record: ConsentRecord,
    entries: Collection[LedgerEntry],
    *,
    terms: Terms,
    receipt_id: str,
    issued_at: datetime,
    notices: Mapping[str, Notice] = NO_NOTICES,
    checkpoint: NamedCheckpoint | None = None,
    purposes: PurposeCatalogue = BUILT_IN,
) -> dict[str, Any]:
    """The receipt for `record`. `entries` are those of the customer's ledger, as far as they are about it.

    `notices` are those, by id, that its events name and that are known. `checkpoint`: with its root in the hands
    of many customers, no other one can be put in its place.
    """
    first = record.events[0]
    subject = {"@id": f"urn:byleave:customer:{first.customer_id}"}
    return {
        "@context": dict(CONTEXT),
        "@id": f"urn:byleave:receipt:{receipt_id}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": f"{PROFILE}receipt-record"},
        "dpv:hasIdentifier": receipt_id,
        "dct:issued": rfc3339(issued_at),
        "dct:hasPart": {
            "@id": f"urn:byleave:consent:{record.consent_id}",
            "@type": "dpv:ConsentRecord",
            "dct:conformsTo": {"@id": f"{PROFILE}record"},
            "dpv:hasIdentifier": record.consent_id,
            "dpv:hasDataSubject": {
                **subject,
                "@type": "dpv:DataSubject",
                "dpv:hasIdentifier": first.customer_id,
            },
            "dpv:hasProcess": _process(record, terms, notices, purposes),
            "dpv:hasEntity": [controller(terms)],
            "dpv:hasStatus": {"@id": STATES[record.state]},
            "byleave:state": record.state.value,
            "byleave:in_force": sorted(record.in_force),
            "byleave:checkpoint": None if checkpoint is None else _checkpoint(checkpoint),
            "dpv:hasConsentStatus": [
                _event(entry, subject) for entry in sorted(entries, key=lambda one: one.event.position)
            ],
        },
    }


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one spelling of a document (RFC 8785), which is what is signed.

    Raises ValueError or RecursionError for what has none: numbers beyond 2^53, endless nesting.
    """
    return rfc8785.dumps(dict(document))


def controller(terms: Terms) -> dict[str, Any]:
    """Who is responsible, as receipts name it."""
    return {
        **CONTROLLER,
        "@type": ["dpv:DataController", "dpv:LegalEntity"],
        "dpv:hasIdentifier": CONTROLLER["@id"],
        "dpv:hasName": _stated(terms.controller_name),
        "dpv:hasAddress": _stated(terms.controller_address),
        "dpv:hasContact": _stated(terms.controller_contact),
    }


def _checkpoint(checkpoint: NamedCheckpoint) -> dict[str, Any]:
    return {"byleave:root": checkpoint.root, "dct:issued": rfc3339(checkpoint.issued_at)}


def _process(
    record: ConsentRecord, terms: Terms, notices: Mapping[str, Notice], purposes: PurposeCatalogue
) -> dict[str, Any]:
    purpose = purposes.get(record.scope.purpose)
    shown = record.notice_id
    notice = notices.get(shown) if shown else None
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@id": f"dpv:{purpose.dpv.removeprefix(DPV)}" if purpose else "dpv:Purpose",
            "dpv:hasIdentifier": record.scope.purpose,
            "dct:description": purpose.question if purpose else NOT_STATED,
        },
        "dpv:hasLegalBasis": {"@id": "dpv:ExpressedConsent"},
        "dpv:hasPersonalData": [_personal_data(code) for code in sorted(record.scope.fields)],
        "dpv:hasDataController": CONTROLLER,
        "dpv:hasJurisdiction": _stated(terms.jurisdiction),
        **_conditions(notice, terms),
        "dpv:hasNotice": _notice(record, notice),
    }


def _conditions(notice: Notice | None, terms: Terms) -> dict[str, Any]:
    """What she was told in the notice; what it leaves open, or where it is not known, as the settings have it."""
    location = notice and notice.storage_location
    retention = notice and notice.retention
    withdrawal = notice and notice.withdrawal_method
    return {
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": _stated(location or terms.storage_location)},
            {"@type": "dpv:StorageDuration", "dpv:hasDuration": _stated(retention or terms.retention)},
        ],
        "dpv:hasRecipient": _recipients(notice, terms),
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dct:description": _stated(withdrawal or terms.withdrawal),
        },
    }


def _recipients(notice: Notice | None, terms: Terms) -> str | list[str]:
    if notice is None or notice.recipients is None:
        return _stated(terms.recipients)
    return list(notice.recipients) or NO_RECIPIENTS


def _personal_data(code: str) -> dict[str, Any]:
    """A field that an older release knew keeps its code, and the category that is the first part of it."""
    field = _FIELDS.get(code)
    return {
        "@type": "dpv:PersonalData",
        "dpv:hasIdentifier": code,
        "dct:type": category_of(code),
        "dct:description": field.meaning if field else NOT_STATED,
    }


def _notice(record: ConsentRecord, notice: Notice | None) -> dict[str, Any]:
    notice_id = record.notice_id
    languages = [event.evidence.locale for event in record.events if event.evidence.locale]
    return {
        "@type": "dpv:ConsentNotice",
        "dpv:hasIdentifier": notice_id or NOT_STATED,
        "dct:language": languages[-1] if languages else UNDETERMINED,
        "byleave:notice_binding": "shown" if notice_id else "assumed",
        **({} if notice is None else _published(notice)),
    }


def _published(notice: Notice) -> dict[str, Any]:
    """Whoever has the text can tell by the hash whether it is the one that she was shown."""
    told = {
        "@id": f"urn:byleave:notice:{notice.notice_id}",
        "dct:language": notice.locale,
        "dct:title": notice.title,
        "dct:issued": rfc3339(notice.published_at),
        "byleave:version": notice.version,
        "byleave:sha256": notice.sha256,
    }
    return {name: value for name, value in told.items() if value is not None}


def _event(entry: LedgerEntry, subject: Mapping[str, Any]) -> dict[str, Any]:
    """One act, and the ledger entry that holds it: its hash can be recomputed from `byleave:entry`."""
    event, evidence = entry.event, entry.event.evidence
    return {
        "@id": f"urn:byleave:event:{event.event_id}",
        "@type": [EVENT_STATES[event.kind], "dpv:ExpressedConsent"],
        "dpv:isIndicatedAtTime": rfc3339(event.happened_at),
        "dpv:hasDuration": _duration(event),
        "dpv:isIndicatedBy": _indicated_by(event, subject),
        "dpv:hasIndicationMethod": _stated(evidence.method),
        "byleave:entry": content_of(entry),
        "byleave:hash": entry.hash,
    }


def _duration(event: ConsentEvent) -> dict[str, Any]:
    if not event.is_grant:
        return {"@type": "dpv:UntilEventDuration", "rdf:value": "until the customer decides otherwise"}
    if event.scope.uses is not None:
        return {"@type": "dpv:FixedOccurrencesDuration", "rdf:value": str(event.scope.uses)}
    if event.scope.expires_at is not None:
        return {"@type": "dpv:UntilTimeDuration", "rdf:value": rfc3339(event.scope.expires_at)}
    return {"@type": "dpv:UntilEventDuration", "rdf:value": "until it is withdrawn"}


def _indicated_by(event: ConsentEvent, subject: Mapping[str, Any]) -> dict[str, Any]:
    """Who acted, if it was told; else she did, but for a revocation, which by its name is somebody else's."""
    if event.evidence.actor is not None:
        return {"@type": "dpv:Entity", "dpv:hasIdentifier": event.evidence.actor}
    if event.kind is EventKind.REVOKED:
        return {"@type": "dpv:Entity", "dpv:hasIdentifier": NOT_STATED}
    return dict(subject)


def _stated(value: str | None) -> str:
    return NOT_STATED if value is None else value
