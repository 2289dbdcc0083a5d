"""All that programs may ask."""

from fastapi.routing import APIRoute

from lib.api.feedback import feedback
from lib.api.history import history
from lib.api.status import status
from lib.api.talk import talk

ROUTERS = (status, history, talk, feedback)


def all_routes() -> list[APIRoute]:
    """Every one, also under its other names."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
