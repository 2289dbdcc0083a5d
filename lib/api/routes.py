"""All routes of the API."""

from fastapi.routing import APIRoute

from lib.api import (
    approvals,
    attachments,
    changes,
    chart,
    chat,
    chats,
    evaluation,
    exports,
    feedback,
    found_chats,
    imports,
    insights,
    instructions,
    setup_checks,
    status,
    thumbnails,
    trash,
)
from lib.api.responses import routes as responses

ROUTERS = (
    status.router,
    chats.router,
    found_chats.router,
    trash.router,
    chat.router,
    approvals.router,
    changes.router,
    chart.router,
    attachments.router,
    exports.router,
    imports.router,
    feedback.router,
    instructions.router,
    insights.router,
    evaluation.router,
    setup_checks.router,
    thumbnails.router,
    responses.router,
)


def all_routes() -> list[APIRoute]:
    """Every one, also under its other names."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
