"""How the app presents itself."""

from lib.settings.variable import Group, Text, Variable

BRAND_NAME = Text(
    "BRAND_NAME",
    "What the app is called: in the sidebar, in the title of the browser's tab and in notifications.",
    default="Lakechat",
)
BRAND_LOGO = Variable(
    "BRAND_LOGO",
    "Path of an image in the app's folder, which stands in the sidebar and in the browser's tab: `.svg`, "
    "`.png`, `.jpg` or `.webp`.",
    unset="Lakechat's sign with the name beside it",
)
BRAND_GREETING = Text(
    "BRAND_GREETING",
    "The headline of a new chat.",
    default="What would you like to know?",
)
GROUP = Group(
    "Branding",
    (
        BRAND_NAME,
        BRAND_LOGO,
        BRAND_GREETING,
    ),
)
