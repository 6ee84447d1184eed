"""What becomes of a contact: from planned to sent and answered, or stopped, or failed."""

from enum import StrEnum


class State(StrEnum):
    """Where a contact stands. `stopped` and `failed` never reached her; all others hold their place in the caps."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    OPENED = "opened"
    DECLINED = "declined"
    BOUGHT = "bought"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_to_go(self) -> bool:
        """Whether it has yet to be sent, as far as anybody has told: who was told to go may have been interrupted."""
        return self in (State.PLANNED, State.SENDING)

    @property
    def reached_her(self) -> bool:
        return self in (State.SENT, State.OPENED, State.DECLINED, State.BOUGHT)

    @property
    def has_ended(self) -> bool:
        return self in (State.STOPPED, State.FAILED)

    def is_news_after(self, before: "State") -> bool:
        """Whether it says more than what was known: who has said no has opened it, too."""
        return _NEWS[self] >= _NEWS[before]


_NEWS = {
    State.STOPPED: 0,
    State.PLANNED: 0,
    State.SENDING: 0,
    State.SENT: 1,
    State.FAILED: 1,
    State.OPENED: 2,
    State.DECLINED: 3,
    State.BOUGHT: 3,
}


class Outcome(StrEnum):
    """What the shop tells of a contact: before it sends, and afterwards."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    OPENED = "opened"
    DECLINED = "declined"
    BOUGHT = "bought"
