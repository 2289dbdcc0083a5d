"""Figures of the user's questions and answers, and for admins of everybody's."""

from lib.ui.insights.page import draw_insights
from lib.ui.page_context import page_context

draw_insights(page_context())
