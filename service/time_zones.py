"""Which names of time zones are taken: those of places, not those that say what a machine is set to."""

from zoneinfo import available_timezones

_OF_NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})


def known_time_zone(told: str) -> str:
    """The same name. By the list of names, not by asking for the zone: that looks for a file of this name."""
    if told in _OF_NO_PLACE or told not in available_timezones():
        raise ValueError("must be an IANA time zone, such as Europe/Berlin or Asia/Shanghai")
    return told
