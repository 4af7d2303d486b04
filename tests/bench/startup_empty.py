"""The floor of a first paint: a Textual app with nothing but one word on it."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class EmptyApp(App[None]):
    """One word."""

    def compose(self) -> ComposeResult:
        """Compose it."""
        yield Static("painted")


EmptyApp().run()
