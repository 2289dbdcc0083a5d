"""The states of the database connection: which transition leads where, and who is told."""

import sys
from threading import Event, Thread

import pytest

from lib.db.diagnosis import Diagnosis
from lib.outage.connection_state import ConnectionState, IllegalTransition, Mode, State

AWAY, ASLEEP = Diagnosis("57P03", "It does not answer."), Diagnosis("ECONNRESET", "It was cut.")
TRANSITIONS: dict[State, dict[str, State]] = {
    "unbound": {},
    "up": {"lost": "waking", "recovered": "up"},
    "waking": {"lost": "waking", "gave_up": "down", "recovered": "up"},
    "down": {"lost": "down", "gave_up": "down", "recovered": "up"},
}
MODES: dict[State, Mode] = {"unbound": "ephemeral", "up": "saved", "waking": "saved", "down": "reconnecting"}


def in_state(state: State) -> ConnectionState:
    made = ConnectionState(is_bound=state != "unbound")
    if state in ("waking", "down"):
        made.lost(AWAY)
    if state == "down":
        made.gave_up(AWAY)
    assert made.state == state
    return made


def take(state: ConnectionState, transition: str) -> None:
    getattr(state, transition)(*[] if transition == "recovered" else [AWAY])


@pytest.mark.parametrize("transition", ["lost", "gave_up", "recovered"])
@pytest.mark.parametrize("before", list(TRANSITIONS))
def test_each_transition_follows_the_table_or_is_refused(before: State, transition: str) -> None:
    state = in_state(before)
    if transition in TRANSITIONS[before]:
        take(state, transition)
        assert state.state == TRANSITIONS[before][transition]
    else:
        with pytest.raises(IllegalTransition):
            take(state, transition)
        assert (state.state, state.last_diagnosis) == (before, None)


@pytest.mark.parametrize("state", list(MODES))
def test_users_see_the_mode_and_since_when_it_holds(state: State) -> None:
    made = in_state(state)
    assert (made.mode, made.is_lost, made.is_waking) == (MODES[state], state in ("waking", "down"), state == "waking")
    assert made.diagnosis == (AWAY if made.is_lost else None)
    since = made.since
    if made.is_lost:
        made.lost(ASLEEP)
        assert made.since == since, "the mode is the same"
        made.recovered()
        assert (made.since > since) == (state == "down")


def test_subscribers_are_told_of_each_recovery_once_and_of_nothing_else() -> None:
    heard: list[State] = []
    state = in_state("up")
    state.subscribe(when_recovered=lambda: heard.append(state.state))
    state.recovered()
    state.lost(AWAY)
    state.gave_up(AWAY)
    assert heard == []
    state.recovered()
    assert heard == ["up"]


def test_a_busy_database_is_reported_without_a_change_of_state() -> None:
    state = in_state("up")
    state.busy(ASLEEP)
    assert (state.state, state.last_diagnosis, state.diagnosis, state.reason) == ("up", ASLEEP, None, None)


def test_the_version_changes_with_each_visible_change_only() -> None:
    state = in_state("up")
    versions = [state.version]
    for change in (lambda: state.lost(AWAY), lambda: state.gave_up(ASLEEP), state.recovered, state.changed):
        change()
        versions.append(state.version)
    assert versions == sorted(set(versions))
    state.recovered()
    assert state.version == versions[-1]


def test_the_reason_can_be_read_while_the_outage_ends() -> None:
    state, is_over = in_state("up"), Event()

    def flicker() -> None:
        while not is_over.is_set():
            state.lost(AWAY)
            state.recovered()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    other = Thread(target=flicker)
    other.start()
    try:
        assert {state.reason for _ in range(50_000)} <= {None, AWAY.reason}
    finally:
        is_over.set()
        other.join()
        sys.setswitchinterval(interval)
