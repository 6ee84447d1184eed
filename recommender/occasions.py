"""The closed lists of occasions: for whom they are, and the feasts that have no fixed day. No names, no dates."""

from enum import StrEnum


class Recipient(StrEnum):
    """For whom an occasion is: a kind of person, never a name."""

    PARTNER = "partner"
    MOTHER = "mother"
    FATHER = "father"
    PARENTS = "parents"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    RELATIVE = "relative"
    FRIEND = "friend"
    COLLEAGUE = "colleague"
    TEACHER = "teacher"
    NEIGHBOUR = "neighbour"
    MYSELF = "myself"


class Feast(StrEnum):
    """A feast that is named and not dated: its day is another each year, or another in each country."""

    CHINESE_NEW_YEAR = "chinese_new_year"
    CHRISTMAS = "christmas"
    DRAGON_BOAT = "dragon_boat"
    EASTER = "easter"
    FATHERS_DAY = "fathers_day"
    LANTERN_FESTIVAL = "lantern_festival"
    MID_AUTUMN = "mid_autumn"
    MOTHERS_DAY = "mothers_day"
    QIXI = "qixi"
    THANKSGIVING = "thanksgiving"
    VALENTINES_DAY = "valentines_day"
