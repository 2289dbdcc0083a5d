"""The checks of what an app is bound to, before it is deployed and while it runs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lib.checks.asking import Asking
from lib.checks.experiment import experiment
from lib.checks.finding import Finding
from lib.checks.genie import space
from lib.checks.running import Check
from lib.checks.serving import Purpose, condition, look_up, traces
from lib.checks.sign_in import Principal, SignIn
from lib.checks.sub_agents import sub_agents
from lib.checks.users import People, scopes
from lib.checks.volume import volume

Find = Callable[[Principal], Iterable[Finding]]


@dataclass(frozen=True)
class Bound:
    """Names in the workspace: serving endpoints, Genie spaces (ids by their names), and a Volume as c.s.name."""

    agents: tuple[str, ...] = ()
    spaces: Mapping[str, str] = field(default_factory=dict)
    small_model: str | None = None
    experiment: str | None = None
    volume: str | None = None


@dataclass(frozen=True)
class BoundChecks:
    """`asking` is the app, which uses what it is bound to, or whoever deploys it, who binds it."""

    bound: Bound
    asking: Asking
    purpose: Purpose
    people: People

    def checks(self, sign_in: SignIn) -> list[Check]:
        return [sign_in.then(name, find) for name, find in self._finds()]

    def _finds(self) -> Iterator[tuple[str, Find]]:
        bound, asking, purpose = self.bound, self.asking, self.purpose
        yield from (self._agent(name) for name in bound.agents)
        yield from (self._space(name, id) for name, id in bound.spaces.items())
        if model := bound.small_model:
            label = f"Small model: {model}"
            yield label, lambda me: condition(look_up(asking, label, model), me, purpose)
        if id := bound.experiment:
            yield f"MLflow experiment: {id}", lambda me: experiment(asking, id, me, purpose)
        if name := bound.volume:
            yield f"Volume: {name}", lambda me: [volume(asking, name, me, purpose)]

    def _agent(self, name: str) -> tuple[str, Find]:
        label = f"Agent: {name}"

        def find(me: Principal) -> Iterator[Finding]:
            endpoint = look_up(self.asking, label, name)
            yield from condition(endpoint, me, self.purpose)
            if endpoint.answer.status != 200:
                return
            yield from scopes(endpoint, self.people)
            yield from self.people.of_admin(label, name)
            yield from sub_agents(self.asking, endpoint)
            if self.bound.experiment:
                yield traces(endpoint)

        return label, find

    def _space(self, name: str, id: str) -> tuple[str, Find]:
        return f"Genie space: {name}", lambda _me: [space(self.asking, name, id)]
