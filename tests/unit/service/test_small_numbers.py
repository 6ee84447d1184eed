"""Counts that do not tell of one customer."""

from service.small_numbers import SmallNumbers

NUMBERS = SmallNumbers(b"a key", 5)


def people(count: int) -> list[str]:
    return [f"c-{number}" for number in range(count)]


def test_fewer_than_k_are_no_number() -> None:
    assert [NUMBERS.of(people(count)) for count in range(5)] == [None] * 5
    assert NUMBERS.of(people(4) * 3) is None


def test_it_is_a_multiple_of_five_next_to_the_truth() -> None:
    for count in range(5, 200):
        shown = NUMBERS.of(people(count))
        assert shown is not None and shown % 5 == 0 and abs(shown - count) < 5


def test_the_same_people_in_any_order_give_the_same() -> None:
    assert NUMBERS.of(people(13)) == NUMBERS.of(people(13)[::-1])


def test_where_rounding_begins_depends_on_who_was_counted_and_on_the_key() -> None:
    """Twelve people, and twelve others: no threshold is known at which one more or less would show."""
    shown = {NUMBERS.of([*people(11), f"d-{number}"]) for number in range(40)}
    assert shown == {10, 15}
    keys = {SmallNumbers(bytes([number]), 5).of(people(12)) for number in range(40)}
    assert keys == {10, 15}


def test_on_the_whole_nothing_is_added_or_taken_away() -> None:
    shown = [NUMBERS.of([*people(11), f"d-{number}"]) or 0 for number in range(2_000)]
    assert 11.7 < sum(shown) / len(shown) < 12.3


def test_a_count_of_answers_shows_only_if_enough_customers_stand_behind_it() -> None:
    assert NUMBERS.rounded(500, "answers", customers=4) is None
    assert NUMBERS.rounded(500, "answers", customers=5) == 500
