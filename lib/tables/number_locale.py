"""How numbers are written in a language: for charts, which do not know the browser's own rules."""

POINT, COMMA, NARROW_SPACE, APOSTROPHE = ".", ",", "\u202f", "\u2019"
_POINT_BETWEEN_THOUSANDS = "ca da de el es hr id is it nl pt ro sl sr tr vi"
_SPACE_BETWEEN_THOUSANDS = "bg cs et fi fr hu lt lv nb nn no pl ru sk sv uk"
_OF_REGIONS = {
    "de-AT": (COMMA, NARROW_SPACE),
    "de-CH": (POINT, APOSTROPHE),
    "de-LI": (POINT, APOSTROPHE),
    "es-MX": (POINT, COMMA),
    "it-CH": (POINT, APOSTROPHE),
    "pt-PT": (COMMA, NARROW_SPACE),
}


def separators(locale: str | None) -> tuple[str, str]:
    """The sign before the decimals and the one between the thousands, for a tag such as "de-AT"; else the English ones.

    After Unicode's CLDR, for the languages most used in Europe and America.
    """
    language = (locale or "").partition("-")[0]
    if locale in _OF_REGIONS:
        return _OF_REGIONS[locale]
    if language in _POINT_BETWEEN_THOUSANDS.split():
        return COMMA, POINT
    if language in _SPACE_BETWEEN_THOUSANDS.split():
        return COMMA, NARROW_SPACE
    return POINT, COMMA


def number_text(value: float, decimals: int | None, locale: str | None, *, sign: bool = False) -> str:
    """`decimals` None: as many as the number has. With `sign`, also that of a number above zero."""
    form = f"{'+' if sign else ''},{'' if decimals is None else f'.{decimals}f'}"
    decimal, thousands = separators(locale)
    return format(value, form).translate({ord(COMMA): thousands, ord(POINT): decimal})
