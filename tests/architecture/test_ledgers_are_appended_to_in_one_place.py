"""A denial and the deletion of what it covers are one transaction, because nobody can append without deleting."""

from tests.architecture.sources import sources

OPENS = "service.db.consent_ledger.lock_ledger"
# They append nothing: one stores what she allows under the lock, so that no withdrawal slips in between; the
# other deletes all of it.
HOLD_ONLY = {"service/own_documents.py", "service/erasure.py"}


def test_only_one_module_opens_a_ledger_to_append_to_it() -> None:
    opening = {source.path for source in sources("service") for name, _ in source.calls() if name == OPENS}
    assert opening == {"service/appending.py"} | HOLD_ONLY


def test_who_only_holds_it_appends_nothing() -> None:
    holding = [source for source in sources("service") if source.path in HOLD_ONLY]
    assert len(holding) == len(HOLD_ONLY)
    for source in holding:
        assert [source.at(call) for name, call in source.calls() if name.endswith(".append")] == []
