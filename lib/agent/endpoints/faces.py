"""What people see of each agent: what the settings say, and where they are silent what its owner says of it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from lib.agent.endpoints.agent import Agent
from lib.config import Settings
from lib.profiles import AgentFace, Profile


def faces_of(agents: Sequence[Agent], settings: Settings) -> Mapping[str, AgentFace]:
    """By the agents' ids, in the same order. The settings cannot tell that two endpoints give themselves one name."""
    profiles = {agent.name: _profile(agent, settings) for agent in agents}
    uses = Counter(_name(id, profile).casefold() for id, profile in profiles.items())
    return {
        id: AgentFace(
            id,
            name if uses[(name := _name(id, profile)).casefold()] == 1 else f"{name} ({id})",
            profile.description,
            profile.icon,
            profile.starters,
        )
        for id, profile in profiles.items()
    }


def _profile(agent: Agent, settings: Settings) -> Profile:
    said = settings.agent_profiles.get(agent.name, Profile())
    said = said.completed_by(Profile(description=settings.agent_description or "")).completed_by(agent.profile)
    return said.completed_by(Profile(starters=settings.starter_questions))


def _name(id: str, profile: Profile) -> str:
    return profile.name or id
