"""What turns tell that wait, are stopped while they wait, or lose their process."""

from opentelemetry.trace import StatusCode

from lib.runtime import Runtime
from lib.store.models import NewTurn
from tests.integration.test_interrupted_turns import dead  # noqa: F401
from tests.integration.test_turns import asked
from tests.integration.test_waiting_turns import ASKER, CALL, Place, asks_to, has_done, place, said, used  # noqa: F401
from tests.telemetry_in_memory import Kept, telemetry_in_memory
from tests.waiting import until

AGENT = {"gen_ai.agent.name": "demo-agent"}


def ended(**status: str) -> tuple[dict[str, object], float]:
    return {**AGENT, **{f"lakechat.turn.{name}": value for name, value in status.items()}}, 1.0


def turns(kept: Kept) -> list[dict[str, object]]:
    """The attributes of their spans, without the turn's id, which is the same in all."""
    spans = [dict(span.attributes or {}) for span in kept.spans if span.name == "lakechat.turn"]
    assert len({span.pop("lakechat.turn.id") for span in spans}) == 1
    return spans


def test_a_turn_that_waited_is_counted_once_and_has_a_span_for_each_time_it_ran(place: Place) -> None:  # noqa: F811
    with telemetry_in_memory() as kept:
        question, _ = place.waiting(asks_to(CALL), used(40))
        place.says(has_done(CALL), said("Sent."), used(2))
        place.decide(question, CALL)
        metrics = kept.metrics()
    assert metrics["lakechat.turns.started"] == metrics["lakechat.turns.waited"] == [(AGENT, 1.0)]
    assert metrics["lakechat.turns.ended"] == [ended(status="complete")]
    assert metrics["gen_ai.client.operation.duration"][0][1] == 2
    assert "lakechat.turn.duration" not in metrics
    assert turns(kept) == [
        {**AGENT, "lakechat.turn.status": "waiting"},
        {**AGENT, "lakechat.turn.status": "complete"},
    ]


def test_a_turn_that_is_stopped_while_it_waits_is_counted_as_stopped(place: Place) -> None:  # noqa: F811
    with telemetry_in_memory() as kept:
        question, _ = place.waiting(asks_to(CALL))
        assert place.runtime.turns.stop(place.store, question.chat_id)
        assert kept.metrics()["lakechat.turns.ended"] == [ended(status="stopped")]


def test_the_turn_of_a_dead_process_is_counted_by_the_one_that_ends_it(runtime: Runtime, dead: NewTurn) -> None:  # noqa: F811
    with telemetry_in_memory() as kept:
        assert runtime.turns.recovery.check_now()
        assert kept.metrics()["lakechat.turns.ended"] == [({"lakechat.turn.status": "interrupted"}, 1.0)]


def test_a_stopped_answer_is_no_failure(place: Place) -> None:  # noqa: F811
    with telemetry_in_memory() as kept:
        place.says(said("It begins"), hold_after=1)
        turn = place.runtime.turns.ask(place.store, ASKER, asked("Go on"))
        assert turn
        place.runtime.turns.stop(place.store, turn.chat_id)
        until(lambda: not place.runtime.turns.running)
        assert kept.metrics()["lakechat.turns.ended"] == [ended(status="stopped")]
    assert {span.status.status_code for span in kept.spans} == {StatusCode.UNSET}
