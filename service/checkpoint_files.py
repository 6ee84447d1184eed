"""A checkpoint as a file of JSON lines: a head for each chain, in order, and the signed statement at the end.

A chain that was erased has its head, too, marked as such; it does not count among chains and events.

The statement comes last because it is known last; so a file that was cut is no checkpoint. Reading and
writing hold one line at a time, however many chains there are.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from consent.checkpoints import Head, MerkleTree, leaf_of, written


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What is signed: the Merkle root over the heads of so many chains with so many events in all."""

    issued_at: str
    chains: int
    events: int
    root: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.issued_at)


class NotACheckpoint(ValueError):
    """The file is not what `byleave checkpoint` wrote."""


def write_head(head: Head, write: Callable[[str], None]) -> None:
    write(json.dumps(written(head)))


def write_statement(statement: Statement, signed: str, write: Callable[[str], None]) -> None:
    write(json.dumps({"checkpoint": asdict(statement), "signed": signed}))


def read_checkpoint(path: Path, statement_of: Callable[[str], Statement]) -> Statement:
    """The statement of the checkpoint at `path`, after its heads were held against it; their order, too.

    `statement_of` gives what was signed, or raises. Raises NotACheckpoint, or OSError.
    """
    tree, events, chains = MerkleTree(), 0, 0
    signed, told = None, None
    for line in _lines(path):
        if signed is not None:
            raise NotACheckpoint(f"{path} goes on after its end.")
        signed, told = line.get("signed"), line.get("checkpoint")
        if signed is not None:
            continue
        head = _head(line, path)
        tree.add(leaf_of(head))
        if not head.erased:
            events, chains = events + head.events, chains + 1
    if not isinstance(signed, str):
        raise NotACheckpoint(f"{path} is cut: its last line, which is signed, is not there.")
    statement = statement_of(signed)
    signed_for = (statement.root, statement.chains, statement.events)
    if told != asdict(statement) or signed_for != (tree.root(), chains, events):
        raise NotACheckpoint(f"{path} was changed: its heads are not those that were signed.")
    return statement


def heads_of(path: Path) -> Iterator[Head]:
    """The heads of a checkpoint that `read_checkpoint` has read."""
    for line in _lines(path):
        if "signed" not in line:
            yield _head(line, path)


def _head(line: dict[str, object], path: Path) -> Head:
    chain_id, events, last_hash = line.get("chain_id"), line.get("events"), line.get("hash")
    if isinstance(chain_id, str) and type(events) is int and isinstance(last_hash, str):
        head = Head(chain_id=chain_id, events=events, hash=last_hash, erased="erased" in line)
        if written(head) == line:
            return head
    raise NotACheckpoint(f"{path} has a line that is no head of a chain.")


def _lines(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                content = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise NotACheckpoint(f"{path} has a line that is no JSON.") from error
            if not isinstance(content, dict):
                raise NotACheckpoint(f"{path} has a line that is no head of a chain.")
            yield content
