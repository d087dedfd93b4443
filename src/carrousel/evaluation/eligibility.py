"""Which models can be mixed, and which a cache or dynamic evaluation can act on."""

from collections.abc import Callable, Sequence

from carrousel.errors import SettingsError
from carrousel.evaluation.contest import Contestant, TogetherSettings
from carrousel.evaluation.dynamic import can_learn
from carrousel.evaluation.vocabularies import why_apart
from carrousel.generation import Network


def are_mixed(
    models: Sequence[tuple[str, Contestant]], settings: TogetherSettings, tell: Callable[[str], None]
) -> bool:
    """Whether the models are mixed: several are, if their vocabularies allow it.

    Raises:
        SettingsError: they are asked to be, and there is one alone, or their vocabularies do not allow it.
    """
    (name, first), *others = models
    if settings.mix in ("linear", "log") and not others:
        raise SettingsError(f"mix is of several models, and {name} is alone; give another model too, or leave mix away")
    if settings.mix == "none" or not others:
        return False
    for other, model in others:
        reason = why_apart(first.tokenizer, model.tokenizer)
        if reason and settings.mix is not None:
            raise SettingsError(f"{name} and {other} cannot be mixed: {reason}; mix none, or models of one vocabulary")
        if reason:
            tell(f"{name} and {other} are not mixed: {reason}")
            return False
    return True


def check_acting(
    models: Sequence[tuple[str, Contestant]], settings: TogetherSettings, tell: Callable[[str], None]
) -> None:
    """See that what is asked for acts on a model at least, and tell on which it does not.

    Raises:
        SettingsError: a cache or dynamic evaluation acts on none of them.
    """
    cache = settings.cache
    acting: list[tuple[str, Callable[[Network], bool], str]] = []
    if cache is not None:
        acting.append((f"a {cache.kind} cache", cache.serves, "it has no hidden states to compare"))
    if settings.dynamic is not None:
        acting.append(("dynamic evaluation", can_learn, "it has no weights that a gradient changes"))
    for what, acts, reason in acting:
        left = [name for name, model in models if not acts(model.network)]
        if len(left) == len(models):
            raise SettingsError(f"{what} cannot act on {left[0]}: {reason}")
        for name in left:
            tell(f"{what} does not act on {name}: {reason}")
