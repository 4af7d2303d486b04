"""Fuzzy matching in linear time: ten thousand host names are searched at each key, and none can stall it."""

from __future__ import annotations

from collections.abc import Sequence


def fuzzy(query: str, text: str) -> tuple[float, Sequence[int]]:
    """Return how well `query` fits `text`, 0 (not at all) to 1, and the positions that matched.

    Each word of the query must be found: as it stands (better the earlier in a word of the text it
    begins), or with its letters in order but apart (at most half as good, better the closer they are).
    """
    folded = text.lower()
    if len(folded) != len(text):  # rare letters grow when folded, and positions would be off
        folded = text
    positions: set[int] = set()
    total = 0.0
    words = query.lower().split()
    for word in words:
        score, places = _word(word, folded)
        if not places:
            return 0.0, ()
        positions.update(places)
        total += score
    return (total / len(words) if words else 0.0), sorted(positions)


def _word(word: str, text: str) -> tuple[float, Sequence[int]]:
    at = text.find(word)
    if at >= 0:
        starts_word = at == 0 or not text[at - 1].isalnum()
        score = (1.0 if starts_word else 0.8) - 0.1 * (len(text) - len(word)) / (len(text) + 1)
        return score, range(at, at + len(word))
    places: list[int] = []
    for letter in word:
        found = text.find(letter, places[-1] + 1 if places else 0)
        if found < 0:
            return 0.0, ()
        places.append(found)
    return 0.5 * len(word) / (places[-1] - places[0] + 1), places
