"""Every error roleagent raises on purpose.

    RoleAgentError
    ├── InputError (ValueError)               an argument of a call cannot be used
    │   └── AttachmentError                   a picture or recording that cannot be used
    ├── ConfigurationError (ValueError)       a setting or a name that is not known
    │   └── MissingExtraError (ImportError)   an optional dependency is not installed
    ├── PersonaFileError (ValueError)         a persona file that breaks the format: file, line, column
    ├── PersonaNotFoundError (LookupError)    there is no persona of that name
    ├── ModelNotFoundError (LookupError)      neither the catalogue nor the hub has it
    ├── ModelUnavailableError (OSError)       a known model whose weights are not on this machine
    ├── ModelFetchError (OSError)             no source could deliver a model
    │   └── HashMismatchError                 a source delivered other bytes than the catalogue expects
    ├── ModelError (RuntimeError)             a model raised, or gave no answer
    ├── PerceptionError (RuntimeError)        a perceptor failed on a readable attachment
    ├── ToolError (RuntimeError)              a tool could not be adapted or reached
    └── StoreError (OSError)                  the home on disk cannot be read or written

A message says what happened, where, the value with ``!r``, and what to do.
"""


class RoleAgentError(Exception):
    """The base of all errors raised on purpose by roleagent."""


class InputError(RoleAgentError, ValueError):
    """An argument that the caller passed cannot be used."""


class AttachmentError(InputError):
    """A picture or recording is missing, damaged, too large or of an unknown kind."""


class ConfigurationError(RoleAgentError, ValueError):
    """A setting or a name is not known."""


class MissingExtraError(ConfigurationError, ImportError):
    """An optional dependency is needed and not installed."""


class PersonaFileError(RoleAgentError, ValueError):
    """A persona file breaks the format.

    Attributes:
        path: the file, as the user named it.
        line: 1-based line, or None if the format has no lines.
        column: 1-based column, or None.
        others: the other errors in the same file, in the file's order.
    """

    others: tuple["PersonaFileError", ...] = ()

    def __init__(
        self, message: str, *, path: str = "", line: int | None = None, column: int | None = None
    ) -> None:
        place = ":".join(str(part) for part in (path, line, column) if part not in (None, ""))
        super().__init__(f"{place}: {message}" if place else message)
        self.path, self.line, self.column = path, line, column


class PersonaNotFoundError(RoleAgentError, LookupError):
    """No persona of that name is bundled, and no file of that path exists."""


class ModelNotFoundError(RoleAgentError, LookupError):
    """Neither the catalogue nor the Hugging Face hub has a model of that name."""


class ModelUnavailableError(RoleAgentError, OSError):
    """The model is known, but its weights are not on this machine."""


class ModelFetchError(RoleAgentError, OSError):
    """No source could deliver the model."""


class HashMismatchError(ModelFetchError):
    """A source delivered other bytes than the catalogue expects."""


class ModelError(RoleAgentError, RuntimeError):
    """A model raised, or gave no answer."""


class PerceptionError(RoleAgentError, RuntimeError):
    """A perceptor failed on a readable attachment."""


class ToolError(RoleAgentError, RuntimeError):
    """A tool could not be adapted, reached or run."""


class StoreError(RoleAgentError, OSError):
    """The home on disk cannot be read or written."""
