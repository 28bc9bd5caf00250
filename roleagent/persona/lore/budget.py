"""Tokens that entries may take: a purse for all books together, and one for each book that has a bound."""

from __future__ import annotations

from collections.abc import Sequence

_ALL = -1


class Budget:
    """Counts tokens. A purse that could not pay once stays closed: nothing smaller slips in afterwards."""

    def __init__(self, total: int | None, by_book: Sequence[int | None]) -> None:
        bounds = {_ALL: total, **dict(enumerate(by_book))}
        self._left = {purse: bound for purse, bound in bounds.items() if bound is not None}
        self._closed: set[int] = set()
        self.num_spent = 0

    @property
    def is_used_up(self) -> bool:
        """Whether no book can spend any more."""
        return _ALL in self._closed

    def left(self, book: int) -> int | None:
        """Tokens left for a book; None for no bound."""
        bounds = [self._left[purse] for purse in (_ALL, book) if purse in self._left]
        return max(0, min(bounds)) if bounds else None

    def is_closed(self, book: int) -> bool:
        """Whether a book can spend nothing any more."""
        return not self._closed.isdisjoint((_ALL, book))

    def fits(self, book: int, num_tokens: int) -> bool:
        """Whether an entry of a book can be paid."""
        return all(self._left[purse] >= num_tokens for purse in (_ALL, book) if purse in self._left)

    def lacks_of_its_own(self, book: int, num_tokens: int) -> bool:
        """Whether a book's own purse cannot pay, whatever the common one holds."""
        return book in self._left and self._left[book] < num_tokens

    def spend(self, book: int, num_tokens: int) -> None:
        """Pay an entry; a negative number gives tokens back."""
        self.num_spent += num_tokens
        for purse in (_ALL, book):
            if purse in self._left:
                self._left[purse] -= num_tokens

    def close(self, book: int, num_tokens: int) -> None:
        """Close the purses that could not pay."""
        self._closed |= {
            purse for purse in (_ALL, book) if purse in self._left and self._left[purse] < num_tokens
        }
