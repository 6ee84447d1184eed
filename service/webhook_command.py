"""The command `byleave webhooks`: where they go, and how far they have got."""

from service.command_database import current_database_of
from service.console import console, foreseen_problems
from service.settings import Settings
from service.webhooks import delivery_so_far, shown_receiver


def show_webhooks() -> None:
    """Say where webhooks go, and how many changes the receiver has not acknowledged yet."""
    with foreseen_problems(), current_database_of(settings := Settings()) as engine:
        delivery, newest = delivery_so_far(engine)
    if settings.webhook_url is None:
        console.print("No webhooks: BYLEAVE_WEBHOOK_URL is not set.")
        return
    behind = newest - delivery.acknowledged
    receiver = shown_receiver(settings.webhook_url)
    console.print(f"To {receiver}: acknowledged up to number {delivery.acknowledged}; {behind:,} behind.")
    if delivery.failure is not None:
        console.print(f"Not taken {delivery.failures} times so far: {delivery.failure}.")
