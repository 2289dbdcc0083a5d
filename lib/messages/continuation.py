"""The question that the button "Continue" asks. Nobody wrote it, so it is shown as what was done."""

CONTINUE = "Please continue where you stopped."
DONE = "Continue"
