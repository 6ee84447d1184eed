"""Route: is the whole consent ledger what it was when it was written?"""

from fastapi import APIRouter, Request

from consent.audit import LedgerFlaw
from service.api.shapes import Out, UtcMoment, problems
from service.audit import Audits, Finding
from service.auth import ReadsAudit
from service.db.checkpoints import StoredCheckpoint

router = APIRouter(prefix="/v1/audit", tags=["proof"])


class CheckpointOut(Out):
    """`signed` is a JWS over the other four: the Merkle root (RFC 6962) over the heads of all chains."""

    issued_at: UtcMoment
    chains: int
    events: int
    root: str
    signed: str


class FirstBadOut(Out):
    """Where the ledger stops being what it should be. `history` shows positions and chain ids."""

    chain_id: str
    position: int
    because: LedgerFlaw


class LedgerVerdict(Out):
    """`events` were read; reading ends at `first_bad`. There is a checkpoint only of a ledger that verifies."""

    verified: bool
    events: int
    checkpoint: CheckpointOut | None
    first_bad: FirstBadOut | None


@router.get("/verify", responses=problems(401, 403))
def verify_ledger(caller: ReadsAudit, request: Request) -> LedgerVerdict:
    """Recompute the hash of every consent event of every customer. Takes time in proportion to their number.

    What is missing at the end of a chain shows only against a checkpoint that was kept outside:
    `byleave checkpoint` makes one, `byleave verify --checkpoint` compares. The checkpoint is kept as the
    last one, for the feed of changes and for receipts.
    """
    audits: Audits = request.app.state.audits
    return _ledger_verdict(audits.verify())


def checkpoint_out(checkpoint: StoredCheckpoint) -> CheckpointOut:
    return CheckpointOut(**{name: getattr(checkpoint, name) for name in StoredCheckpoint.__slots__})


def _ledger_verdict(finding: Finding) -> LedgerVerdict:
    bad, checkpoint = finding.audit.first_bad, None
    if finding.checkpoint is not None:
        checkpoint = checkpoint_out(finding.checkpoint)
    first_bad = None
    if bad is not None:
        first_bad = FirstBadOut(chain_id=bad.chain_id, position=bad.position, because=bad.because)
    return LedgerVerdict(
        verified=finding.verified, events=finding.audit.events, checkpoint=checkpoint, first_bad=first_bad
    )
