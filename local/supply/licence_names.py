"""The SPDX identifier of a package's licence, from whatever it says about itself."""

from importlib.metadata import Distribution

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

# What packages write that were made before PEP 639, in lower case.
_NAMES = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "lgpl with exceptions": "LGPL-3.0-or-later",
    "mit license": "MIT",
}
_CLASSIFIERS = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
}
_BSD = "License :: OSI Approved :: BSD License"


def spdx(package: Distribution) -> str:
    """Its SPDX expression, or "" when it states nothing that we know."""
    stated = package.metadata
    for text in (*(stated.get_all("License-Expression") or ()), *(stated.get_all("License") or ())):
        if found := _identifier(text):
            return found
    classifiers = stated.get_all("Classifier") or []
    if _BSD in classifiers:
        return _bsd(_licence_text(package))
    return " AND ".join(sorted(_CLASSIFIERS[each] for each in classifiers if each in _CLASSIFIERS))


def _identifier(text: str) -> str:
    """ "" unless the whole text is a name of a licence or an expression of several."""
    if known := _NAMES.get(text.strip().lower()):
        return known
    try:
        return str(canonicalize_license_expression(text.strip()))
    except InvalidLicenseExpression:
        return ""


def _licence_text(package: Distribution) -> str:
    files = [file for file in package.files or () if file.stem.lower() in ("license", "licence", "copying")]
    return " ".join(file.read_text() for file in files)


def _bsd(text: str) -> str:
    """BSD comes with two clauses or three, which only its text tells; the third forbids to advertise with names."""
    words = " ".join(text.split())
    if "Redistributions in binary form must reproduce" not in words:
        return ""
    return "BSD-3-Clause" if "to endorse or promote products" in words else "BSD-2-Clause"
