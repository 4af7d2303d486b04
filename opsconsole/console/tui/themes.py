"""The console's own themes: calm greys, one accent, and colour for levels only.

Contrast of text and of each level's colour against the background is at least 4.5:1 (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="opsconsole-dark",
    dark=True,
    primary="#6c9ecf",
    secondary="#6c9ecf",
    accent="#6c9ecf",
    foreground="#d3d7de",
    background="#14171c",
    surface="#1a1e25",
    panel="#222730",
    error="#f2706b",
    warning="#e5b454",
    success="#7fb685",
    variables={
        "text-error": "#f2706b",
        "text-warning": "#e5b454",
        "text-success": "#7fb685",
        "text-accent": "#8db8e2",
        "foreground-muted": "#8b93a1",
        "foreground-disabled": "#626a78",
        "block-cursor-background": "#2b3646",
        "block-cursor-foreground": "#f4f6f9",
        "block-cursor-blurred-background": "#222832",
        "block-hover-background": "#1e232b",
        "border": "#6c9ecf",
        "border-blurred": "#343b47",
        "scrollbar": "#343b47",
        "scrollbar-hover": "#495364",
        "scrollbar-active": "#6c9ecf",
        "scrollbar-background": "#14171c",
        "scrollbar-background-hover": "#14171c",
        "scrollbar-background-active": "#14171c",
        "scrollbar-corner-color": "#14171c",
    },
)

LIGHT = Theme(
    name="opsconsole-light",
    dark=False,
    primary="#2a63a5",
    secondary="#2a63a5",
    accent="#2a63a5",
    foreground="#23272e",
    background="#fbfbfa",
    surface="#f3f3f1",
    panel="#e9e9e6",
    error="#b3261e",
    warning="#8a5a00",
    success="#2f6f3e",
    variables={
        "text-error": "#b3261e",
        "text-warning": "#8a5a00",
        "text-success": "#2f6f3e",
        "text-accent": "#2a63a5",
        "foreground-muted": "#646b76",
        "foreground-disabled": "#8d939c",
        "block-cursor-background": "#d5e2f1",
        "block-cursor-foreground": "#10141a",
        "block-cursor-blurred-background": "#e6ecf3",
        "block-hover-background": "#efefec",
        "border": "#2a63a5",
        "border-blurred": "#c9cbc8",
        "scrollbar": "#c9cbc8",
        "scrollbar-hover": "#a9adb0",
        "scrollbar-active": "#2a63a5",
        "scrollbar-background": "#fbfbfa",
        "scrollbar-background-hover": "#fbfbfa",
        "scrollbar-background-active": "#fbfbfa",
        "scrollbar-corner-color": "#fbfbfa",
    },
)

THEMES = (DARK, LIGHT)
