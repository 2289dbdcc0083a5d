"""What people see of agents: AGENT_PROFILES, the tags of an endpoint, and which of them counts."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lib.agent.endpoints.agents import Agents
from lib.agent.endpoints.faces import faces_of
from lib.config import load
from lib.errors import NotConfigured
from lib.profile_settings import ProfileReader
from lib.profiles import MAX_NAME_CHARS, MAX_STARTERS, AgentFace, Profile, is_icon, profile_of_tags
from lib.workspace import Workspace

IDS = ("sales", "people")
LONG = "x" * 1_000


def problems(said: object, ids: tuple[str, ...] = IDS) -> list[str]:
    text = said if isinstance(said, str) else json.dumps(said)
    return ProfileReader(text, ids).problems


def test_a_profile_has_what_is_said_of_an_agent_on_one_line() -> None:
    said = {
        "sales": {"name": " Sales\nteam ", "icon": " 📈 ", "description": "Orders.", "starters": ["How many?", "Who?"]},
        "people": {"icon": ":material/groups:"},
    }
    reader = ProfileReader(json.dumps(said), IDS)
    assert reader.problems == []
    assert reader.profiles == {
        "sales": Profile("Sales team", "Orders.", "📈", ("How many?", "Who?")),
        "people": Profile(icon=":material/groups:"),
    }
    assert ProfileReader(None, IDS).profiles == {}


def test_a_setting_that_is_not_such_json_says_where_or_what() -> None:
    assert problems('{"sales": {"name": "S" 1}}') == [
        "AGENT_PROFILES is not JSON: it cannot be read in line 1, column 24."
    ]
    assert problems('{\n "sales": }') == ["AGENT_PROFILES is not JSON: it cannot be read in line 2, column 11."]
    shape = 'AGENT_PROFILES must be a JSON object such as {"my-endpoint": {"name": "Sales"}}.'
    assert problems([]) == problems('"sales"') == problems("1") == problems("[" * 100_000) == [shape]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"sales": 1}, "In AGENT_PROFILES, sales must be an object with name, description, icon and starters."),
        (
            {"sales": {"colour": "red"}},
            "In AGENT_PROFILES, sales has no field colour, only name, description, icon and starters.",
        ),
        ({"sales": {"name": ""}}, "In AGENT_PROFILES, sales must have a name of 1 to 40 characters."),
        ({"sales": {"name": "\u200b"}}, "In AGENT_PROFILES, sales must have a name of 1 to 40 characters."),
        ({"sales": {"name": 7}}, "In AGENT_PROFILES, sales must have a name of 1 to 40 characters."),
        ({"sales": {"name": LONG}}, "In AGENT_PROFILES, sales must have a name of 1 to 40 characters."),
        ({"sales": {"description": LONG}}, "In AGENT_PROFILES, sales must have a description of 1 to 280 characters."),
        ({"sales": {"icon": "S"}}, "In AGENT_PROFILES, sales must have one emoji or :material/name: as its icon."),
        ({"sales": {"icon": "📈📈"}}, "In AGENT_PROFILES, sales must have one emoji or :material/name: as its icon."),
        (
            {"sales": {"icon": "https://example.com/a.png"}},
            "In AGENT_PROFILES, sales must have one emoji or :material/name: as its icon.",
        ),
        *(
            (
                {"sales": {"starters": starters}},
                "In AGENT_PROFILES, sales must have 1 to 6 starters, each of at most 200 characters.",
            )
            for starters in ([], "How many?", [7], [""], [LONG], ["Why?"] * 7, {"a": "b"})
        ),
        ({"sale": {}}, "AGENT_PROFILES describes sale, but the agents are sales, people."),
        (
            {"sales": {"name": "Help"}, "people": {"name": "HELP"}},
            "In AGENT_PROFILES, sales and people must have different names.",
        ),
        ({"sales": {"name": "People"}}, "In AGENT_PROFILES, sales and people must have different names."),
        ('{"sales": {}, "sales": {}}', "AGENT_PROFILES describes sales more than once."),
    ],
)
def test_each_mistake_has_a_sentence(said: object, problem: str) -> None:
    assert problems(said) == [problem]


def test_all_mistakes_are_named_at_once_beside_those_of_other_settings() -> None:
    said = json.dumps({"sales": {"name": LONG, "icon": "S"}, "sale": {}})
    with pytest.raises(NotConfigured) as caught:
        load({"SERVING_ENDPOINT": "sales", "AGENT_PROFILES": said, "TRASH_DAYS": "x"})
    assert all(word in str(caught.value) for word in ("a name of", "one emoji", "describes sale,", "TRASH_DAYS"))


@given(
    some.recursive(
        some.none() | some.text() | some.integers(),
        lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    )
)
def test_whatever_is_said_is_read_or_refused(said: object) -> None:
    reader = ProfileReader(json.dumps(said), ())
    assert all("\n" not in problem for problem in reader.problems)
    assert all(len(profile.name) <= MAX_NAME_CHARS for profile in reader.profiles.values())


def test_an_agent_at_a_url_is_described_by_its_id() -> None:
    said = json.dumps({"example.com": {"name": "Other"}})
    settings = load({"AGENT_URL": "https://example.com/v1/responses", "AGENT_PROFILES": said})
    agents = Agents(settings, Workspace())
    assert agents.names == ("example.com",)
    assert agents.face("example.com").name == agents.display_name("example.com") == "Other"


@pytest.mark.parametrize("icon", ["📈", "👩‍💻", "🇩🇪", "1️⃣", "⚙️", ":material/monitoring:"])
def test_an_icon_is_one_emoji_or_a_symbol(icon: str) -> None:
    assert is_icon(icon)


@pytest.mark.parametrize(
    "text", ["", "S", "12", "📈📈", ":smile:", ":material/a b:", "/etc/passwd", "https://a.b/c.png"]
)
def test_nothing_else_is_an_icon(text: str) -> None:
    assert not is_icon(text)


def test_the_tags_of_an_endpoint_say_the_same() -> None:
    tags = [
        {"key": "lakechat_name", "value": "Sales\n"},
        {"key": "lakechat_icon", "value": "📈"},
        {"key": "lakechat_starters", "value": "How many? | Who? ||"},
        {"key": "team", "value": "retail"},
    ]
    assert profile_of_tags(tags, "Orders.") == Profile("Sales", "Orders.", "📈", ("How many?", "Who?"))
    other = [{"key": "lakechat_description", "value": "For people."}]
    assert profile_of_tags(other, "Orders.") == Profile(description="For people.")


@pytest.mark.parametrize("tags", [None, "x", [1], [{}], [{"key": None}], [{"key": "lakechat_icon", "value": "x.png"}]])
def test_a_tag_that_cannot_be_used_says_nothing(tags: object) -> None:
    assert profile_of_tags(tags, "") == Profile()


def test_long_tags_are_cut() -> None:
    profile = profile_of_tags([{"key": f"lakechat_{field}", "value": "x|" * 500} for field in ("name", "starters")], "")
    assert (len(profile.name), len(profile.starters)) == (MAX_NAME_CHARS, MAX_STARTERS)


class Named:
    """An agent whose endpoint says something of it."""

    uses_workspace = False

    def __init__(self, name: str, profile: Profile) -> None:
        self.name, self.profile = name, profile


def faces(settings: dict[str, str], **profiles: Profile) -> dict[str, AgentFace]:
    loaded = load({"SERVING_ENDPOINT": ",".join(profiles), **settings})
    return dict(faces_of([Named(id, profile) for id, profile in profiles.items()], loaded))  # type: ignore[misc]


def test_the_setting_wins_over_the_endpoint_field_by_field() -> None:
    said = json.dumps({"sales": {"name": "Shop", "starters": ["Why?"]}})
    theirs = Profile("Sales", "Orders.", "📈", ("How many?",))
    found = faces({"AGENT_PROFILES": said, "STARTER_QUESTIONS": "What?"}, sales=theirs, people=Profile())
    assert found["sales"] == AgentFace("sales", "Shop", "Orders.", "📈", ("Why?",))
    assert found["people"] == AgentFace("people", "people", starters=("What?",))
    assert faces({"AGENT_DESCRIPTION": "All."}, sales=theirs)["sales"] == AgentFace(
        "sales", "Sales", "All.", "📈", ("How many?",)
    )


def test_two_endpoints_that_give_themselves_one_name_are_told_apart() -> None:
    found = faces({}, one=Profile("Sales"), two=Profile("sales"), three=Profile("People"))
    assert [face.name for face in found.values()] == ["Sales (one)", "sales (two)", "People"]


def test_an_agent_that_is_gone_goes_by_its_id() -> None:
    agents = Agents(load({"SERVING_ENDPOINT": "sales"}), Workspace())
    assert agents.face("old\nagent") == replace(agents.face("x"), id="old\nagent", name="old agent")
    assert not agents.face("old").is_offered and agents.face("sales").is_offered
    assert [face.id for face in agents.faces] == ["sales"]
