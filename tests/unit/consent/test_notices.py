"""Which grants a material change outdates, and which notices are the current ones: rules over plain data."""

from dataclasses import replace
from datetime import datetime

import pytest

from consent.events import ConsentEvent, Evidence
from consent.ledger import GENESIS_HASH, seal
from consent.notices import NoticeVersion, current_versions, notice_versions
from tests.builders import a_moment, deferred, given, refused, renewed, revoked, withdrawn

FIRST, SECOND, THIRD = a_moment(-30), a_moment(-20), a_moment(-10)


def a_notice(
    version: int,
    *purposes: str,
    material: bool = False,
    locale: str = "en",
    at: datetime | None = None,
    translation_of: str | None = None,
) -> NoticeVersion:
    """Version 1 is published thirty days before the present of the tests, each further one ten days later."""
    return NoticeVersion(
        notice_id=f"ntc_{version}" if translation_of is None else f"ntc_{version}_{locale}",
        version=version,
        locale=locale,
        purposes=frozenset(purposes or ("recommendations",)),
        material_change=material,
        published_at=at or a_moment(-40 + 10 * version),
        translation_of=translation_of,
    )


def shown(notice_id: str | None) -> Evidence:
    return Evidence(notice_id=notice_id)


V1, V2, V3 = a_notice(1), a_notice(2, material=True), a_notice(3)


def outdated(event: ConsentEvent, *known: NoticeVersion) -> datetime | None:
    return notice_versions(known).outdates(event)


@pytest.mark.parametrize("grant", [given, renewed])
def test_a_grant_by_an_earlier_version_is_outdated_from_the_publication_of_a_material_one(
    grant: type,
) -> None:
    assert outdated(grant(evidence=shown("ntc_1")), V1, V2) == SECOND


def test_what_is_no_grant_is_never_outdated() -> None:
    for build in (refused, deferred, withdrawn, revoked):
        assert outdated(build(evidence=shown("ntc_1"), recorded_at=FIRST), V1, V2) is None


def test_a_grant_by_the_same_or_a_newer_version_is_not_outdated() -> None:
    assert outdated(given(evidence=shown("ntc_2"), recorded_at=FIRST), V1, V2, V3) is None
    assert outdated(given(evidence=shown("ntc_3"), recorded_at=FIRST), V1, V2, V3) is None


def test_a_change_that_is_not_material_outdates_nothing() -> None:
    assert outdated(given(evidence=shown("ntc_1"), recorded_at=FIRST), V1, a_notice(2), V3) is None
    assert outdated(given(recorded_at=FIRST), V1, a_notice(2), V3) is None


def test_only_the_purposes_that_the_change_names_are_asked_again() -> None:
    both = a_notice(1, "recommendations", "learning")
    of_learning = a_notice(2, "learning", material=True)
    assert outdated(given(evidence=shown("ntc_1")), both, of_learning) is None
    assert outdated(given(purpose="learning", evidence=shown("ntc_1")), both, of_learning) == SECOND


def test_by_number_it_does_not_matter_when_the_grant_was_made_or_recorded() -> None:
    """A paper that was signed on the old text, and arrives after the new one, is outdated as it arrives."""
    late = given(evidence=shown("ntc_1"), recorded_at=a_moment(), occurred_at=a_moment(-1))
    assert outdated(late, V1, V2) == SECOND


@pytest.mark.parametrize("notice_id", [None, "of another shop"])
def test_where_it_is_not_known_what_she_was_shown_time_decides(notice_id: str | None) -> None:
    for happened, since in ((FIRST, SECOND), (SECOND, SECOND), (a_moment(-19.9), None)):
        assert outdated(given(evidence=shown(notice_id), recorded_at=happened), V1, V2) == since
        told = given(evidence=shown(notice_id), recorded_at=a_moment(), occurred_at=happened)
        assert outdated(told, V1, V2) == since


def test_a_first_notice_that_is_material_asks_those_again_who_were_asked_without_one() -> None:
    assert outdated(given(recorded_at=FIRST), V2) == SECOND


def test_of_several_changes_the_earliest_after_what_she_saw_counts() -> None:
    changes = [a_notice(version, material=True) for version in (3, 2, 1)]
    assert outdated(given(evidence=shown("ntc_1")), *changes) == SECOND
    assert outdated(given(evidence=shown("ntc_2")), *changes) == THIRD
    assert outdated(given(recorded_at=a_moment(-40)), *changes) == FIRST


def test_a_translation_counts_as_its_version_and_is_no_change_of_its_own() -> None:
    chinese = a_notice(2, material=True, locale="zh-Hans", at=a_moment(), translation_of="ntc_2")
    assert outdated(given(evidence=shown("ntc_2_zh-Hans"), recorded_at=FIRST), V1, V2, chinese) is None
    assert outdated(given(recorded_at=a_moment(-5)), V1, V2, chinese) is None
    assert outdated(given(evidence=shown("ntc_1")), V1, V2, chinese) == SECOND


def test_an_event_is_told_its_moment_and_is_else_as_it_was_recorded() -> None:
    versions = notice_versions([V1, V2])
    old, new = given(evidence=shown("ntc_1")), given(evidence=shown("ntc_2"))
    assert versions.held_against(old) == replace(old, outdated_from=SECOND)
    assert versions.held_against(new) is new


def test_the_hash_of_an_entry_is_the_same_whatever_became_of_its_notice() -> None:
    event = given(evidence=shown("ntc_1"))
    hashes = {
        seal(one, chain_id="chn_1", previous_hash=GENESIS_HASH).hash
        for one in (event, notice_versions([V1, V2]).held_against(event))
    }
    assert len(hashes) == 1


def ids(*known: NoticeVersion, **asked: str) -> list[str]:
    return [one.notice_id for one in current_versions(known, **asked)]


def test_the_current_notice_is_the_newest_for_its_purpose_and_language() -> None:
    chinese = a_notice(2, locale="zh-Hans", translation_of="ntc_2")
    assert ids(V3, V1, chinese, V2) == ["ntc_2_zh-Hans", "ntc_3"]
    assert ids(V3, V1, chinese, V2, locale="en") == ["ntc_3"]
    assert ids(V3, V1, chinese, V2, locale="zh-Hans") == ["ntc_2_zh-Hans"]
    assert ids(V3, V1, locale="zh-Hans") == ids() == []


def test_a_notice_stays_current_for_the_purposes_that_no_newer_one_names() -> None:
    both, one = a_notice(1, "recommendations", "learning"), a_notice(2, "recommendations")
    assert ids(one, both) == ["ntc_1", "ntc_2"]
    assert ids(one, both, purpose="recommendations") == ["ntc_2"]
    assert ids(one, both, purpose="learning") == ["ntc_1"]
    assert ids(one, both, purpose="service") == []
