"""What each key does, in a sentence: for the help, which has room for more than the footer's one word.

A key is named by the class that has it and its action, as `BINDINGS` has both. A class without a sentence of
its own has that of the class it is derived from; `{0}` stands for the first parameter of the action.
"""

from __future__ import annotations

from textual.binding import Binding
from textual.dom import DOMNode

_DOWN, _UP = "Go down one line.", "Go up one line."
_PAGE_DOWN, _PAGE_UP = "Go down one page.", "Go up one page."
_FIRST, _LAST = "Go to the first line.", "Go to the last line."

SENTENCES = {
    # Everywhere
    "OpsconsoleApp.quit_console": "End the console; asks while a run goes on.",
    "OpsconsoleApp.command": "Type a command, such as: host web1.",
    "OpsconsoleApp.help": "Show this list.",
    "App.command_palette": "Find a command by any part of its name.",
    "Screen.app.focus_next": "Go to the next part of the screen.",
    "Screen.app.focus_previous": "Go to the part before.",
    "Screen.screen.copy_text": "Copy what is selected with the mouse.",
    "ConsoleScreen.recipes": "Choose a recipe for it, or the marked ones.",
    "ConsoleScreen.runs": "List runs, and those that were interrupted.",
    "ConsoleScreen.logs": "Follow the logs of the host.",
    "ConsoleScreen.shell": "Open a shell on the host.",
    "ConsoleScreen.certificates": "List certificates, worst first.",
    "ConsoleScreen.audit": "Read the trail of what was done.",
    "ConsoleScreen.copy": "Copy what the cursor is on.",
    "ConsoleScreen.read_now": "Read the host now, or connect to it.",
    # Fleet
    "FleetScreen.open": "Open the host under the cursor.",
    "FleetScreen.filter": "Filter by a regular expression; ! inverts.",
    "FleetScreen.mark": "Mark the host, for a recipe on several.",
    "FleetScreen.clear": "Clear the filter; without one, the marks.",
    "FleetScreen.sort": "Sort by {0}; once more turns it round.",
    "FleetTable.move(1)": _DOWN,
    "FleetTable.move(-1)": _UP,
    "FleetTable.page(1)": _PAGE_DOWN,
    "FleetTable.page(-1)": _PAGE_UP,
    "FleetTable.first": _FIRST,
    "FleetTable.last": _LAST,
    # A host
    "HostScreen.back": "Go back to the screen before.",
    "HostScreen.app.focus_next": "Go to the next card.",
    "FindingsList.select": "Open the finding: its evidence, what helps.",
    "Card.open": "Give the card the whole screen.",
    "Card.app.focus_next": "Go to the next card.",
    "Card.app.focus_previous": "Go to the card before.",
    "DetailScreen.back": "Go back to the host.",
    "DetailScreen.scroll('down')": _DOWN,
    "DetailScreen.scroll('up')": _UP,
    "DetailScreen.scroll('home')": _FIRST,
    "DetailScreen.scroll('end')": _LAST,
    # Logs
    "LogScreen.back": "Clear the filter; without one, go back.",
    "LogScreen.enter('filter')": "Show only lines that match; ! inverts.",
    "LogScreen.enter('find')": "Find a text, and mark it.",
    "LogScreen.find(1)": "Go to the next line with the text.",
    "LogScreen.find(-1)": "Go to the line before with the text.",
    "LogScreen.pause": "Hold new lines back, or let them in again.",
    "LogScreen.follow": "Go on, and stay at the newest line.",
    "LogScreen.wrap": "Fold long lines, or do not.",
    "LogScreen.stamps": "Show time stamps whole, or the clock alone.",
    "LogScreen.choose": "Choose another log of this host.",
    "LogScreen.copy": "Copy the line, as the host wrote it.",
    "LogScreen.as_root": "Read it as root, by the sudo password.",
    "LogScreen.reconnect": "Read it anew; the lines so far stay.",
    "LogView.move(1)": _DOWN,
    "LogView.move(-1)": _UP,
    "LogView.move_pages(1)": _PAGE_DOWN,
    "LogView.move_pages(-1)": _PAGE_UP,
    "LogView.top": "Go to the oldest line.",
    "LogView.follow": "Go to the newest line, and follow.",
    "LogView.scroll_left": "Move the long lines to the right.",
    "LogView.scroll_right": "See more of the long lines.",
    # Long lists: certificates, the audit trail
    "LongListScreen.clear": "Clear the filter; without one, go back.",
    "LongListScreen.filter": "Type a filter.",
    # Certificates
    "CertificatesScreen.open": "Show all certificates of the host.",
    "CertificatesScreen.recipes": "Renew the certificate under the cursor.",
    "CertificatesScreen.export": "Write what is shown to a file.",
    "CertificatesScreen.password": "Give the passwords of PKCS#12 files.",
    "CertificatesScreen.certificates": "Stay: these are the certificates.",
    "CertificatesScreen.sort": "Sort by {0}; once more turns it round.",
    # Recipes, plans and runs
    "PlanScreen.back": "Go back to the form; nothing is changed.",
    "PlanScreen.unfold": "Show all of the step, or fold it.",
    "PlanScreen.run": "Go on to the confirmation.",
    "PlanScreen.copy_all": "Copy the whole plan.",
    "DetailsScreen.back": "Go back to the plan.",
    "PlansScreen.back": "Go back to the form; nothing is changed.",
    "PlansScreen.open": "Read the plan of the host under the cursor.",
    "PlansScreen.run": "Go on to the confirmation.",
    "RunScreen.leave_running": "Leave the run to itself; it goes on.",
    "RunScreen.back": "Go back to the screen before.",
    "RunScreen.open": "Show the host of the run.",
    "RunScreen.stop": "Stop after this step, and undo.",
    "RunScreen.take_up('resume')": "Go on with the run where it was left.",
    "RunScreen.take_up('undo')": "Undo what the run did.",
    "RunScreen.recipes": "Plan the recipe again.",
    "RunsScreen.back": "Go back to the screen before.",
    "RunsScreen.open": "Look at the run under the cursor.",
    "RunsScreen.take_up('resume')": "Go on with the run where it was left.",
    "RunsScreen.take_up('undo')": "Undo what the run did.",
    "RowsView.move(1)": _DOWN,
    "RowsView.move(-1)": _UP,
    "RowsView.page(1)": _PAGE_DOWN,
    "RowsView.page(-1)": _PAGE_UP,
    "RowsView.first": _FIRST,
    "RowsView.last": _LAST,
    # Audit
    "AuditScreen.open": "Read the run under the cursor as a story.",
    "AuditScreen.audit": "Stay: this is the audit trail.",
    "AuditScreen.read_now": "Read the trail again, and verify it.",
    "StoryScreen.back": "Go back to the trail.",
    "StoryScreen.whole": "Show commands whole, or scripts by length.",
    "StoryScreen.read_now": "Read the run again.",
    # Textual's own, where they have the keys
    "OptionList.cursor_down": _DOWN,
    "OptionList.cursor_up": _UP,
    "OptionList.page_down": _PAGE_DOWN,
    "OptionList.page_up": _PAGE_UP,
    "OptionList.first": _FIRST,
    "OptionList.last": _LAST,
    "OptionList.select": "Choose what the cursor is on.",
    "ScrollableContainer.scroll_down": _DOWN,
    "ScrollableContainer.scroll_up": _UP,
    "ScrollableContainer.page_down": _PAGE_DOWN,
    "ScrollableContainer.page_up": _PAGE_UP,
    "ScrollableContainer.scroll_home": _FIRST,
    "ScrollableContainer.scroll_end": _LAST,
    "ScrollableContainer.scroll_left": "Move the screen to the left.",
    "ScrollableContainer.scroll_right": "Move the screen to the right.",
    "ScrollableContainer.page_left": "Move the screen one page to the left.",
    "ScrollableContainer.page_right": "Move the screen one page to the right.",
    "Button.press": "Press the button.",
}


def sentence(node: DOMNode, binding: Binding) -> str:
    """Return what a key of this node does; where nobody wrote a sentence, the binding's own word."""
    action, _, parameters = binding.action.partition("(")
    first = parameters.rstrip(")").split(",")[0].strip("'\"")
    for known in type(node).__mro__:
        for name in (binding.action, action):
            found = SENTENCES.get(f"{known.__name__}.{name}")
            if found is not None:
                return found.format(first)
    return binding.description.lower()
