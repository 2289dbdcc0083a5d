"""Elements that hold one thing after another."""

from streamlit.delta_generator import DeltaGenerator


def emptied(slot: DeltaGenerator, name: str) -> DeltaGenerator:
    """The element, an `st.empty`, without what it has held so far. `name` must be its own in this run.

    The browser puts the elements of a container into the container that was there before, and shows what is left over
    in it until the run ends, which may be as long as an answer takes. It builds a new container if an element of
    another kind was drawn here in between; a form without a border is such an element and is invisible. To empty the
    element is not enough: Streamlit does not send that if the next container follows at once.
    """
    slot.form(name, border=False)
    return slot
