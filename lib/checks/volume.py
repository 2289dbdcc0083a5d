"""The Volume that keeps attached files."""

from collections.abc import Sequence
from urllib.parse import quote

from lib.checks.asking import Asking, Json, listed, unexplained
from lib.checks.finding import Finding
from lib.checks.serving import Purpose
from lib.checks.sign_in import Principal

CATALOG_API = "/api/2.1/unity-catalog"
NEEDED: dict[Purpose, tuple[str, ...]] = {"use": ("READ_VOLUME", "WRITE_VOLUME"), "bind": ("MANAGE",)}
ALL = "ALL_PRIVILEGES"
_MAY: dict[Purpose, str] = {"use": "The app may keep files there.", "bind": "You may bind it to the app."}


def volume(asking: Asking, full_name: str, principal: Principal, purpose: Purpose) -> Finding:
    """`full_name` is catalog.schema.name. Raises NoAnswer."""
    label, escaped = f"Volume: {full_name}", quote(full_name, safe="")
    answer = asking.get(f"{CATALOG_API}/volumes/{escaped}")
    if answer.is_missing:
        says = "There is no such Volume, or this sign-in may not use its catalog and schema."
        return Finding(
            label, "bad", says, f"CREATE VOLUME {_quoted(full_name)};\n{_grants(full_name, principal, purpose)}"
        )
    if answer.is_denied:
        return Finding(label, "bad", _lacks(NEEDED[purpose], purpose), _grants(full_name, principal, purpose))
    if answer.status != 200:
        return unexplained(label, answer)
    if answer.body.get("owner") == principal.name:
        return Finding(label, "good", _MAY[purpose])
    listing = asking.get(f"{CATALOG_API}/effective-permissions/volume/{escaped}", principal=principal.name)
    if listing.status != 200:
        says = "It is there. This sign-in may not see who may write to it."
        return Finding(label, "unknown", says, f"SHOW GRANTS ON VOLUME {_quoted(full_name)};")
    missing = _missing(listing.body, principal, purpose)
    if missing:
        return Finding(label, "bad", _lacks(missing, purpose), _grants(full_name, principal, purpose))
    return Finding(label, "good", _MAY[purpose])


def _missing(body: Json, principal: Principal, purpose: Purpose) -> list[str]:
    held = {
        privilege.get("privilege")
        for assignment in listed(body.get("privilege_assignments"))
        if assignment.get("principal") in (principal.name, *principal.groups)
        for privilege in listed(assignment.get("privileges"))
    }
    return [] if ALL in held and purpose == "use" else [name for name in NEEDED[purpose] if name not in held]


def _lacks(privileges: Sequence[str], purpose: Purpose) -> str:
    names = " and ".join(name.replace("_", " ") for name in privileges)
    if purpose == "use":
        return f"The app may not keep files there: its service principal lacks {names}."
    return f"You may not bind it to the app: you lack {names} on the Volume."


def _grants(full_name: str, principal: Principal, purpose: Purpose) -> str:
    catalog, schema, *_ = (*full_name.split("."), "", "")
    to = f"TO `{principal.name}`"
    privileges = ", ".join(name.replace("_", " ") for name in NEEDED[purpose])
    return "\n".join(
        (
            f"GRANT USE CATALOG ON CATALOG `{catalog}` {to};",
            f"GRANT USE SCHEMA ON SCHEMA `{catalog}`.`{schema}` {to};",
            f"GRANT {privileges} ON VOLUME {_quoted(full_name)} {to};",
        )
    )


def _quoted(full_name: str) -> str:
    return ".".join(f"`{part}`" for part in full_name.split("."))
