"""Reads a statement word by word, for syntax that sqlglot does not know."""

from typing import ClassVar

from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from local.redshift_data.sql.words import SqlError


class _Dialect(Redshift):
    """Redshift's dialect, without the words that would make sqlglot take the rest of the statement as one text."""

    class Tokenizer(Redshift.Tokenizer):
        """Splits every statement by the same rules."""

        COMMANDS: ClassVar = set()
        KEYWORDS: ClassVar = {word: kind for word, kind in Redshift.Tokenizer.KEYWORDS.items() if " " not in word}


def syntax_error(near: str | None) -> SqlError:
    """Redshift's error for a statement that cannot be parsed."""
    return SqlError("syntax error at end of input" if near is None else f'syntax error at or near "{near}"')


class Tokens:
    """The words of one statement, and a position among them. Words are in lower case, as Redshift folds them."""

    def __init__(self, sql: str) -> None:
        """Split `sql`; raises `SqlError` if it cannot be split."""
        self._sql = sql
        try:
            self._tokens: list[Token] = list(_Dialect().tokenize(sql))
        except TokenError as error:
            raise SqlError(f"syntax error: {error}") from None
        if self._tokens and self._tokens[-1].token_type is TokenType.SEMICOLON:
            self._tokens.pop()
        self._place = 0

    @property
    def at_end(self) -> bool:
        """Whether no word is left."""
        return self._place >= len(self._tokens)

    def _word(self, ahead: int = 0) -> str | None:
        place = self._place + ahead
        if place >= len(self._tokens):
            return None
        token = self._tokens[place]
        return None if token.token_type is TokenType.STRING else token.text.lower()

    def peek(self, word: str, ahead: int = 0) -> bool:
        """Whether the next word is `word`."""
        return self._word(ahead) == word

    def next(self) -> str:
        """The next word, whatever it is; raises `SqlError` at the end."""
        if self.at_end:
            raise syntax_error(None)
        self._place += 1
        return self._tokens[self._place - 1].text.lower()

    def take(self, *words: str) -> str | None:
        """The next word if it is one of `words`."""
        word = self._word()
        if word is None or word not in words:
            return None
        self._place += 1
        return word

    def take_all(self, *words: str) -> bool:
        """Whether the next words are `words`; if so, the position moves past them."""
        if not all(self.peek(word, ahead) for ahead, word in enumerate(words)):
            return False
        self._place += len(words)
        return True

    def expect(self, word: str) -> None:
        """Move past `word`; raises `SqlError` if the next word is another."""
        if self.take(word) is None:
            raise self.wrong()

    def one_of(self, *words: str) -> str:
        """The next word, which must be one of `words`."""
        word = self.take(*words)
        if word is None:
            raise self.wrong()
        return word

    def wrong(self) -> SqlError:
        """A syntax error at this place."""
        return syntax_error(None if self.at_end else self._tokens[self._place].text)

    def expect_end(self) -> None:
        """Raise `SqlError` unless all words were read."""
        if not self.at_end:
            raise self.wrong()

    def identifier(self) -> str:
        """A name, folded to lower case, quoted or not, as Redshift does by default."""
        if self.at_end or self._tokens[self._place].token_type in (TokenType.STRING, TokenType.NUMBER):
            raise self.wrong()
        word = self.next()
        if not (word[0].isalpha() or word[0] in "_#"):
            self._place -= 1
            raise self.wrong()
        if word == "#":
            return "#" + self.next()
        return word

    def name(self) -> tuple[str | None, str]:
        """A table's name with its schema, if one is named."""
        first = self.identifier()
        if not self.take("."):
            return None, first
        second = self.identifier()
        if self.take("."):
            return second, self.identifier()
        return first, second

    def names_in_parentheses(self) -> list[str]:
        """A list of columns."""
        self.expect("(")
        names = [self.identifier()]
        while self.take(","):
            names.append(self.identifier())
        self.expect(")")
        return names

    def integers(self) -> tuple[int, int]:
        """Two integers in parentheses."""
        self.expect("(")
        first = self._integer()
        self.expect(",")
        second = self._integer()
        self.expect(")")
        return first, second

    def _integer(self) -> int:
        sign = -1 if self.take("-") else 1
        word = self.next()
        if not word.isdigit():
            raise syntax_error(word)
        return sign * int(word)

    def text(self) -> str:
        """A string literal."""
        if self.at_end or self._tokens[self._place].token_type is not TokenType.STRING:
            raise self.wrong()
        self._place += 1
        return self._tokens[self._place - 1].text

    def type_name(self) -> tuple[str, tuple[int | str, ...]]:
        """A type's words and the arguments in its parentheses."""
        words = [self.next()]
        for tail in (("precision",), ("varying",), ("without", "time", "zone"), ("with", "time", "zone")):
            if self.take_all(*tail):
                words += tail
        arguments: list[int | str] = []
        if self.take("("):
            while not self.take(")"):
                word = self.next()
                if word != ",":
                    arguments.append(int(word) if word.isdigit() else word)
        return " ".join(words), tuple(arguments)

    def expression(self, until: tuple[str, ...]) -> str:
        """The text up to a comma, a closing parenthesis or one of the words `until`, outside of parentheses."""
        start, depth = self._place, 0
        while not self.at_end:
            word = self._word()
            if depth == 0 and (word in (",", ")") or (self._place > start and word in until)):
                break
            depth += {"(": 1, ")": -1}.get(word or "", 0)
            self._place += 1
        if start == self._place:
            raise self.wrong()
        return self._sql[self._tokens[start].start : self._tokens[self._place - 1].end + 1]

    def text_before(self, word: str) -> str:
        """The text up to the next `word` outside of parentheses."""
        start, depth = self._place, 0
        while depth or not self.peek(word):
            if self.at_end:
                raise self.wrong()
            depth += {"(": 1, ")": -1}.get(self._word() or "", 0)
            self._place += 1
        return self._sql[self._tokens[start].start : self._tokens[self._place].start]

    def rest(self) -> str:
        """The remaining text, unchanged."""
        if self.at_end:
            raise syntax_error(None)
        text = self._sql[self._tokens[self._place].start : self._tokens[-1].end + 1]
        self._place = len(self._tokens)
        return text
