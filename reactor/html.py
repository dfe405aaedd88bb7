"""The element builder: `h.div(class_="card")[h.h1["Hello"], …]`.

Every element of HTML, SVG and MathML is an attribute of this module; a name with an underscore makes a custom
element (`h.my_widget` is `<my-widget>`). The call takes attributes, the brackets take children. Keywords
become attribute names: a trailing underscore is dropped (`class_`, `for_`), other underscores become
hyphens (`aria_label`, `data_id`); a leading dictionary takes names that are no keywords.

>>> from reactor import html as h
>>> str(h.p(class_=["note", {"new": True}])["Hello ", h.b["you"]].__html__())
'<p class="note new">Hello <b>you</b></p>'
"""

# Elements become globals of this module when they are first used, and several are named like built-in
# functions (`map`, `input`): so nothing but this little stands here.
from .attributes import AttributeValue as AttributeValue
from .attributes import ClassValue as ClassValue
from .attributes import StyleValue as StyleValue
from .blocks import Block as Element
from .blocks import Child as Child
from .blocks import Key as Key
from .blocks import Listener as Listener
from .builder import ElementFactory as _ElementFactory
from .builder import FragmentFactory as _FragmentFactory
from .errors import build_error as _build_error

__all__ = ["AttributeValue", "Child", "ClassValue", "Element", "Key", "Listener", "StyleValue", "fragment"]

fragment = _FragmentFactory()


def __getattr__(name: str) -> _ElementFactory:
    if name.startswith("_") or name == "pytest_plugins":  # pytest asks the modules whose doctests it runs
        raise AttributeError(name)
    try:
        factory = _ElementFactory(name.removesuffix("_").replace("_", "-"))
    except ValueError as error:
        raise AttributeError(f"{_build_error(str(error))}") from None
    globals()[name] = factory
    return factory
