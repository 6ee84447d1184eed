"""Whose a chain is: a link that was swapped or altered by SQL is found, over the API and by the command."""

import pytest
from sqlalchemy import Engine, text

from tests.byleave import Byleave
from tests.command_line import CommandLine

TAMPERINGS = {
    "swapped": (
        "UPDATE consent_chains SET customer_id = 'x' WHERE customer_id = 'anna'",
        "UPDATE consent_chains SET customer_id = 'anna' WHERE customer_id = 'ben'",
        "UPDATE consent_chains SET customer_id = 'ben' WHERE customer_id = 'x'",
    ),
    "given to another": ("UPDATE consent_chains SET customer_id = 'carl' WHERE customer_id = 'anna'",),
    "another salt": ("UPDATE consent_chains SET salt = 'ab' WHERE customer_id = 'anna'",),
    "no salt": ("UPDATE consent_chains SET salt = NULL WHERE customer_id = 'anna'",),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_link_that_was_tampered_with_is_found(
    byleave: Byleave, command_line: CommandLine, engine: Engine, what: str
) -> None:
    for customer_id in ("anna", "ben"):
        byleave.allows(customer_id, "purchases")
    assert command_line("verify").exit_code == 0
    with engine.begin() as connection:
        hers = connection.execute(
            text("SELECT chain_id FROM consent_chains WHERE customer_id = 'anna'")
        ).scalar_one()
        for statement in TAMPERINGS[what]:
            connection.execute(text(statement))
    told = byleave.http.get("/v1/audit/verify").json()
    assert (told["verified"], told["checkpoint"]) == (False, None)
    assert (told["first_bad"]["position"], told["first_bad"]["because"]) == (1, "wrong_link")
    if what != "swapped":
        assert told["first_bad"]["chain_id"] == hers
    refused = command_line("verify")
    assert refused.exit_code == 1
    assert f"NOT verified: chain {told['first_bad']['chain_id']}" in refused.stderr


def test_a_chain_that_was_taken_from_her_is_found(byleave: Byleave, engine: Engine) -> None:
    """As by somebody who wants her refusals forgotten, and has switched off what ties the tables together."""
    byleave.allows("anna", "purchases")
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        else:
            connection.execute(
                text("ALTER TABLE consent_events DROP CONSTRAINT consent_events_chain_id_fkey")
            )
        connection.execute(text("DELETE FROM consent_chains"))
        connection.commit()
        try:
            told = byleave.http.get("/v1/audit/verify").json()
            assert told["first_bad"]["because"] == "wrong_link"
        finally:
            connection.execute(text("DELETE FROM consent_events"))
            if connection.dialect.name == "postgresql":
                connection.execute(
                    text(
                        "ALTER TABLE consent_events ADD CONSTRAINT consent_events_chain_id_fkey "
                        "FOREIGN KEY (chain_id) REFERENCES consent_chains (chain_id)"
                    )
                )
            connection.commit()


def test_a_chain_of_an_older_release_verifies_unbound(byleave: Byleave, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO consent_chains (chain_id, customer_id) VALUES ('chn_1', 'anna')")
        )
    byleave.withdraws("anna", byleave.allows("anna", "purchases"))
    assert byleave.http.get("/v1/audit/verify").json()["verified"] is True


def test_two_customers_with_one_history_have_chains_that_tell_nothing(
    byleave: Byleave, engine: Engine
) -> None:
    for customer_id in ("anna", "ben"):
        byleave.allows(customer_id, "purchases")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT chain_id, salt FROM consent_chains")).all()
    assert len({row.salt for row in rows}) == len({row.chain_id for row in rows}) == 2
    assert all(len(bytes.fromhex(row.salt)) == 32 for row in rows)
