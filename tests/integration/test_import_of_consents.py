"""Old papers as files: what a shop recorded elsewhere is imported, and opens nothing that was denied since."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.papers import PaperDecision, PaperRecords, PaperResult
from tests.byleave import Byleave
from tests.command_line import CommandLine, imported
from tests.conftest import settings_for
from tests.import_files import a_file, rejected


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_old_paper_opens_nothing_that_was_denied_since(
    command_line: CommandLine, database_url: str
) -> None:
    with Byleave(settings_for(database_url)) as byleave:
        byleave.decides("c-1", "refused", "recommendations", "purchases")
        byleave.allows("c-2", "purchases")
    papers = a_file(
        "p.csv",
        "customer_id,decision,purpose,data,date\n"
        "c-1,given,recommendations,purchases,2026-01-01\n"
        "c-3,withdrawn,recommendations,purchases,2026-02-01\n"  # the newest first
        "c-3,given,recommendations,purchases,2026-01-01\n"
        "c-4,given,recommendations,purchases,2026-02-01\n"
        "c-4,withdrawn,recommendations,purchases,2026-01-01\n",
    )
    assert imported(command_line, "consents", papers) == {"recorded": 4, "superseded": 1}
    with Byleave(settings_for(database_url)) as byleave:
        assert _because(byleave, "c-1") == "refused"
        assert _because(byleave, "c-2") is None
        assert _because(byleave, "c-3") == "withdrawn"
        assert _because(byleave, "c-4") is None


def test_a_withdrawal_under_the_id_of_its_consent_is_no_repetition_of_it(
    command_line: CommandLine, database_url: str
) -> None:
    """In one file, or in the export of a later day, in which the same row says something else by now."""
    header = "consent_id,customer_id,status,purpose,data,date\n"
    given = "7,c-1,given,recommendations,purchases,2026-01-05\n"
    withdrawn = "7,c-1,withdrawn,recommendations,purchases,2026-02-05\n"
    other = "8,c-2,given,recommendations,purchases,2026-01-05\n"
    other_withdrawn = "8,c-2,withdrawn,recommendations,purchases,2026-02-05\n"
    first = a_file("p.csv", header + given + withdrawn + other)
    assert imported(command_line, "consents", first) == {"recorded": 3}
    assert imported(command_line, "consents", first) == {"duplicate": 3}
    second = a_file("q.csv", header + given + withdrawn + other_withdrawn)
    assert imported(command_line, "consents", second) == {"recorded": 1, "duplicate": 2}
    with Byleave(settings_for(database_url)) as byleave:
        assert _because(byleave, "c-1") == "withdrawn"
        assert _because(byleave, "c-2") == "withdrawn"


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_yes_and_a_no_of_one_day_the_no_stands(
    command_line: CommandLine, database_url: str, order: int
) -> None:
    """A file says days only, and may begin with the newest: nobody can tell which came first."""
    rows = [
        "c-1,given,recommendations,purchases,2026-01-05\n",
        "c-1,withdrawn,recommendations,purchases,2026-01-05\n",
    ]
    file = a_file("p.csv", "customer_id,decision,purpose,data,date\n" + "".join(rows[::order]))
    assert imported(command_line, "consents", file) == {"recorded": 2}
    with Byleave(settings_for(database_url)) as byleave:
        assert _because(byleave, "c-1") == "withdrawn"


def test_consents_are_stored_in_parts_so_that_nobody_waits_long_to_withdraw(
    command_line: CommandLine, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest, pauses = 0, []
    record = PaperRecords.record

    def watched(registry: PaperRecords, papers: Sequence[PaperDecision]) -> list[PaperResult]:
        nonlocal largest
        largest = max(largest, len(papers))
        return record(registry, papers)

    monkeypatch.setattr(PaperRecords, "record", watched)
    monkeypatch.setattr("service.importers.consents.sleep", pauses.append)
    rows = [f"c-{number},given,recommendations,purchases,2026-01-05\n" for number in range(600)]
    file = a_file("p.csv", "customer_id,decision,purpose,data,date\n" + "".join(rows))
    assert imported(command_line, "consents", file) == {"recorded": 600}
    assert 0 < largest <= 250, "each part locks her ledger, or the whole SQLite file"
    assert len(pauses) == 2, "between them the others get their turn"
    assert min(pauses) > 0.1, "SQLite looks every tenth of a second whether a lock is free"


def _because(byleave: Byleave, customer_id: str) -> str | None:
    not_used = byleave.suggestions(customer_id)["data_not_used"]
    return {one["field"]: one["because"] for one in not_used}.get("purchases.product")


def test_in_production_an_imported_grant_names_its_notice(
    command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYLEAVE_ENV", "production")
    monkeypatch.delenv("BYLEAVE_NOW")
    papers = a_file(
        "p.csv", "customer_id,decision,purpose,data,date\nc-1,given,recommendations,purchases,2026-01-01\n"
    )
    assert imported(command_line, "consents", papers) == {"rejected": 1}
    assert "name the notice" in rejected("p.rejected.csv")[0]["reason"]


def test_an_imported_grant_names_a_notice_that_was_published_for_its_purpose(
    command_line: CommandLine, database_url: str
) -> None:
    with Byleave(settings_for(database_url)) as byleave:
        other = byleave.publishes("learning")
    papers = a_file(
        "p.csv",
        "customer_id,decision,purpose,data,date,notice\n"
        "c-1,given,recommendations,purchases,2026-01-01,v1\n"
        f"c-2,given,recommendations,purchases,2026-01-01,{other}\n"
        "c-3,refused,recommendations,purchases,2026-01-01,v1\n",
    )
    assert imported(command_line, "consents", papers) == {"rejected": 2, "recorded": 1}
    unknown, mismatch = (row["reason"] for row in rejected("p.rejected.csv"))
    assert unknown.startswith("notice_id names no notice that was published here")
    assert mismatch.startswith("notice_id names a notice for learning")
