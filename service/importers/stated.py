"""Reads what the options of a command say about a file: columns, time zone, dates, and which known file it is."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from service.importers.columns import ColumnMap
from service.importers.presets import PRESETS, Preset


def preset_named(name: str | None, kind: str) -> Preset:
    """The preset, or one that states nothing. Raises ValueError if it has nothing for this kind."""
    if name is None:
        return Preset(maps={kind: ColumnMap()})
    if name not in PRESETS or kind not in PRESETS[name].maps:
        fitting = [each for each, preset in PRESETS.items() if kind in preset.maps]
        raise ValueError(f"There is no preset {name} for {kind}; there is: {', '.join(fitting) or 'none'}.")
    return PRESETS[name]


def pairs_of(option: str, stated: Sequence[str] | None) -> Mapping[str, str]:
    """`NAME=VALUE`, as often as the option was given."""
    pairs = [one.partition("=") for one in stated or ()]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise ValueError(f"{option} takes FIELD=…, such as {option} customer_id=…; {name!r} is none.")
    return {name: value for name, _, value in pairs}


def zone_named(name: str) -> ZoneInfo:
    """The time zone. Raises ValueError if there is none of this name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"There is no time zone {name!r}; use a name such as Europe/Berlin.") from error


def checked_date_format(stated: str | None) -> str | None:
    """A `strptime` format. Raises ValueError for what is none."""
    if stated is not None and "%" not in stated:
        raise ValueError(f"--date-format {stated!r} has no %; DD.MM.YYYY is written '%d.%m.%Y'.")
    return stated
