"""Who may see which figures."""

from lib.errors import NotAdmin
from lib.identity import User, is_admin
from lib.runtime import Runtime
from lib.store.insights import Insights
from lib.store.rated_answers import RatedAnswers


def insights_of(process: Runtime, user: User, *, everybody: bool) -> Insights | None:
    """The user's own, or everybody's; None where nothing is kept. Raises NotAdmin."""
    if everybody and not is_admin(user, process.settings):
        raise NotAdmin
    bound = process.resilient_database
    return bound.insights(user, everybody=everybody) if bound else None


def rated_answers_of(process: Runtime, user: User) -> RatedAnswers | None:
    """Everybody's; None where nothing is kept. Raises NotAdmin."""
    if not is_admin(user, process.settings):
        raise NotAdmin
    bound = process.resilient_database
    return bound.rated_answers(user) if bound else None
