"""What a setting of a task may be."""

from carrousel.errors import SettingsError


def check_least(least: float, **settings: float) -> None:
    """SettingsError for the first of the settings that is below `least`."""
    for name, value in settings.items():
        if not value >= least:
            raise SettingsError(f"{name} must be {least} or more, got {value}")


def check_one_of(choices: tuple[object, ...], **settings: object) -> None:
    """SettingsError for the first of the settings that is none of the choices."""
    for name, value in settings.items():
        if value not in choices:
            raise SettingsError(f"{name} must be one of {', '.join(map(str, choices))}, got {value}")
