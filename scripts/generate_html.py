"""Write `reactor/html.pyi`: what an editor and a type checker know of `reactor.html`.

    python scripts/generate_html.py            write the file
    python scripts/generate_html.py --check    fail when it is not what this script would write

The run-time module makes elements on demand. The stub names each of them with its attributes and their
types, as the HTML Living Standard, SVG 2, MathML Core and WAI-ARIA have them. Elements with the same
attributes share a class. Attributes are repeated in each class, because a signature that lists them is what
all editors and checkers understand.

A checker that finds the stub does not look into `html.py`; name that file to have it checked.
"""

import keyword
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from reactor.elements import EVENTS, HTML_ELEMENTS, MATHML_ELEMENTS, SVG_ELEMENTS, VOID  # noqa: E402

STUB = ROOT / "reactor" / "html.pyi"

# In the tables below an attribute is `name`: any text or number; `name:type`: one of these types;
# `name=a|b`: one of these words; `name:type=a|b`: one of both.
TYPES = {
    "text": "AttributeValue",
    "words": "_Words",
    "integer": "_Integer",
    "number": "_Number",
    "flag": "_Flag",
    "true-false": "_TrueFalse",
    "yes-no": "_Flag",
    "on-off": "_Flag",
    "address": "_Address",
    "markup": "_Markup",
    "class": "ClassValue",
    "data": "_Json",
    "style": "StyleValue",
    "role": "_Role",
    "action": "_Address | Listener | _Steps",
}

ROLES = """
    alert alertdialog application article banner blockquote button caption cell checkbox code columnheader
    combobox comment complementary contentinfo definition deletion dialog directory document emphasis feed
    figure form generic graphics-document graphics-object graphics-symbol grid gridcell group heading image
    img insertion link list listbox listitem log main mark marquee math menu menubar menuitem
    menuitemcheckbox menuitemradio meter navigation none note option paragraph presentation progressbar
    radio radiogroup region row rowgroup rowheader scrollbar search searchbox sectionfooter sectionheader
    separator slider spinbutton status strong subscript suggestion superscript switch tab table tablist
    tabpanel term textbox time timer toolbar tooltip tree treegrid treeitem
"""

CORE = """
    autofocus:flag class:class hook:words id lang nonce options:data part role:role slot style:style
    tabindex:integer
"""

GLOBAL = f"""
    accesskey:words autocapitalize=off|none|on|sentences|words|characters autocorrect:on-off=on|off
    contenteditable:true-false=plaintext-only dir=ltr|rtl|auto draggable:true-false
    enterkeyhint=enter|done|go|next|previous|search|send exportparts headingoffset:integer headingreset:flag
    hidden:flag=until-found inert:flag
    inputmode=none|text|tel|url|email|numeric|decimal|search is itemid itemprop:words itemref:words
    itemscope:flag itemtype:words popover:flag=auto|manual|hint spellcheck:true-false title
    translate:yes-no=yes|no virtualkeyboardpolicy=auto|manual writingsuggestions:true-false
    {CORE}
"""

ARIA = """
    activedescendant atomic:true-false autocomplete=inline|list|both|none braillelabel brailleroledescription
    busy:true-false checked:true-false=mixed colcount:integer colindex:integer colindextext colspan:integer
    controls:words current:true-false=page|step|location|date|time describedby:words description details:words
    disabled:true-false errormessage:words expanded:true-false flowto:words
    haspopup:true-false=menu|listbox|tree|grid|dialog hidden:true-false invalid:true-false=grammar|spelling
    keyshortcuts:words label labelledby:words level:integer live=off|polite|assertive modal:true-false
    multiline:true-false multiselectable:true-false orientation=horizontal|vertical owns:words placeholder
    posinset:integer pressed:true-false=mixed readonly:true-false relevant:words required:true-false
    roledescription rowcount:integer rowindex:integer rowindextext rowspan:integer selected:true-false
    setsize:integer sort=ascending|descending|none|other valuemax:number valuemin:number valuenow:number
    valuetext
"""

REFERRER = """
    =no-referrer|no-referrer-when-downgrade|origin|origin-when-cross-origin|same-origin|strict-origin|
    strict-origin-when-cross-origin|unsafe-url
""".replace("\n", "").replace(" ", "")
CORS = ":flag=anonymous|use-credentials"
PRIORITY = "=high|low|auto"
LAZY = "=eager|lazy"
ENCODING = "=application/x-www-form-urlencoded|multipart/form-data|text/plain"
INPUT_TYPES = """
    =button|checkbox|color|date|datetime-local|email|file|hidden|image|month|number|password|radio|range|reset|
    search|submit|tel|text|time|url|week
""".replace("\n", "").replace(" ", "")
PRELOAD_AS = "=audio|document|embed|fetch|font|image|json|object|script|style|track|video|worker"
LINK = f"download:flag:text href:address hreflang ping:words referrerpolicy{REFERRER} rel:words target"
SUBMIT = f"""
    form_action:action formenctype{ENCODING} formmethod=get|post|dialog formnovalidate:flag formtarget
    popovertarget popovertargetaction=toggle|show|hide
"""
FIELD = "disabled:flag form name"
MEDIA = f"""
    autoplay:flag controls:flag controlslist:words crossorigin{CORS} disableremoteplayback:flag loading{LAZY}
    loop:flag muted:flag preload=none|metadata|auto src:address
"""
SIZE = "height:integer width:integer"
CELL = "colspan:integer headers:words rowspan:integer"

HTML = {
    "a": f"{LINK} type",
    "area": f"alt coords shape=circle|default|poly|rect {LINK}",
    "audio": MEDIA,
    "base": "href:address target",
    "blockquote": "cite:address",
    "button": f"command commandfor type=submit|reset|button value {FIELD} {SUBMIT}",
    "canvas": SIZE,
    "col": "span:integer",
    "colgroup": "span:integer",
    "data": "value",
    "del": "cite:address datetime",
    "details": "name open:flag",
    "dialog": "closedby=any|closerequest|none open:flag",
    "embed": f"src:address type {SIZE}",
    "fieldset": FIELD,
    "form": f"""
        accept-charset action:action autocomplete:on-off=on|off enctype{ENCODING} method=get|post|dialog name
        novalidate:flag rel:words target
    """,
    "html": "xmlns",
    "iframe": f"""
        allow allowfullscreen:flag loading{LAZY} name referrerpolicy{REFERRER} sandbox:flag:words src:address
        srcdoc:markup {SIZE}
    """,
    "img": f"""
        alt crossorigin{CORS} decoding=sync|async|auto fetchpriority{PRIORITY} ismap:flag loading{LAZY}
        referrerpolicy{REFERRER} sizes src:address srcset usemap {SIZE}
    """,
    "input": f"""
        accept:words alpha:flag alt autocomplete:on-off:words capture:flag=user|environment checked:flag
        colorspace=limited-srgb|display-p3 dirname indeterminate:flag list max maxlength:integer min
        minlength:integer multiple:flag pattern placeholder readonly:flag required:flag size:integer
        src:address step type{INPUT_TYPES} value {FIELD} {SIZE} {SUBMIT}
    """,
    "ins": "cite:address datetime",
    "label": "for",
    "li": "value:integer",
    "link": f"""
        as{PRELOAD_AS} blocking:words color crossorigin{CORS} disabled:flag fetchpriority{PRIORITY}
        href:address hreflang imagesizes imagesrcset integrity media referrerpolicy{REFERRER} rel:words
        sizes:words type
    """,
    "map": "name",
    "meta": """
        charset content
        http-equiv=content-language|content-security-policy|content-type|default-style|refresh|x-ua-compatible
        media name property
    """,
    "meter": "high:number low:number max:number min:number optimum:number value:number",
    "object": f"data:address form name type {SIZE}",
    "ol": "reversed:flag start:integer type=1|a|A|i|I",
    "optgroup": "disabled:flag label",
    "option": "disabled:flag label selected:flag value",
    "output": "for:words form name",
    "progress": "max:number value:number",
    "q": "cite:address",
    "script": f"""
        async:flag blocking:words crossorigin{CORS} defer:flag fetchpriority{PRIORITY} integrity nomodule:flag
        referrerpolicy{REFERRER} src:address type
    """,
    "select": f"autocomplete:on-off:words multiple:flag required:flag size:integer value {FIELD}",
    "slot": "name",
    "source": f"media sizes src:address srcset type {SIZE}",
    "style": "blocking:words media type",
    "td": CELL,
    "template": """
        shadowrootclonable:flag shadowrootcustomelementregistry:flag shadowrootdelegatesfocus:flag
        shadowrootmode=open|closed shadowrootserializable:flag
    """,
    "textarea": f"""
        autocomplete:on-off:words cols:integer dirname maxlength:integer minlength:integer placeholder
        readonly:flag required:flag rows:integer value wrap=soft|hard {FIELD}
    """,
    "th": f"abbr scope=row|col|rowgroup|colgroup {CELL}",
    "time": "datetime",
    "track": "default:flag kind=subtitles|captions|descriptions|chapters|metadata label src:address srclang",
    "video": f"{MEDIA} disablepictureinpicture:flag playsinline:flag poster:address {SIZE}",
}

PRESENTATION = """
    alignment-baseline baseline-shift clip-path clip-rule=nonzero|evenodd color color-interpolation
    color-interpolation-filters cursor direction=ltr|rtl display dominant-baseline fill fill-opacity:number
    fill-rule=nonzero|evenodd filter flood-color flood-opacity:number font-family font-size:number
    font-size-adjust:number font-stretch font-style font-variant font-weight:number image-rendering
    letter-spacing:number lighting-color marker-end marker-mid marker-start mask mask-type=luminance|alpha
    opacity:number overflow paint-order pointer-events shape-rendering stop-color stop-opacity:number stroke
    stroke-dasharray stroke-dashoffset:number stroke-linecap=butt|round|square
    stroke-linejoin=arcs|bevel|miter|miter-clip|round stroke-miterlimit:number stroke-opacity:number
    stroke-width:number text-anchor=start|middle|end text-decoration text-overflow text-rendering
    transform transform-origin unicode-bidi vector-effect visibility=visible|hidden|collapse white-space
    word-spacing:number writing-mode
"""
SVG_CORE = f"{CORE} {PRESENTATION} requiredExtensions:words systemLanguage:words"
SHAPES = f"""
    clipPathUnits=userSpaceOnUse|objectBoundingBox crossorigin{CORS} cx:number cy:number d dx dy
    filterUnits=userSpaceOnUse|objectBoundingBox fr:number fx:number fy:number gradientTransform
    gradientUnits=userSpaceOnUse|objectBoundingBox height:number href:address
    lengthAdjust=spacing|spacingAndGlyphs markerHeight:number markerUnits=strokeWidth|userSpaceOnUse
    markerWidth:number maskContentUnits=userSpaceOnUse|objectBoundingBox
    maskUnits=userSpaceOnUse|objectBoundingBox method=align|stretch offset:number orient:number path
    pathLength:number patternContentUnits=userSpaceOnUse|objectBoundingBox patternTransform
    patternUnits=userSpaceOnUse|objectBoundingBox points preserveAspectRatio
    primitiveUnits=userSpaceOnUse|objectBoundingBox r:number refX:number refY:number rotate rx:number
    ry:number side=left|right spacing=auto|exact spreadMethod=pad|reflect|repeat startOffset:number
    textLength:number viewBox width:number x x1:number x2:number xmlns y y1:number y2:number zoomAndPan
    {SVG_CORE}
"""
FILTERS = f"""
    amplitude:number azimuth:number baseFrequency bias:number crossorigin{CORS}
    diffuseConstant:number divisor:number dx:number dy:number edgeMode=duplicate|wrap|none elevation:number
    exponent:number height:number href:address in in2 intercept:number k1:number k2:number k3:number k4:number
    kernelMatrix limitingConeAngle:number mode numOctaves:integer
    operator=over|in|out|atop|xor|lighter|arithmetic|erode|dilate order pointsAtX:number pointsAtY:number
    pointsAtZ:number preserveAlpha:true-false preserveAspectRatio radius result scale:number seed:number
    slope:number specularConstant:number specularExponent:number stdDeviation
    stitchTiles=stitch|noStitch surfaceScale:number tableValues targetX:integer targetY:integer type values
    width:number x:number xChannelSelector=R|G|B|A y:number yChannelSelector=R|G|B|A z:number {SVG_CORE}
"""
ANIMATIONS = f"""
    accumulate=none|sum additive=replace|sum attributeName begin by
    calcMode=discrete|linear|paced|spline dur end fill=freeze|remove from href:address keyPoints keySplines
    keyTimes max min origin path repeatCount:number repeatDur restart=always|whenNotActive|never rotate:number
    to type=translate|scale|rotate|skewX|skewY values {SVG_CORE}
"""
MATH = f"""
    accent:true-false accentunder:true-false columnspan:integer depth display=block|inline
    displaystyle:true-false encoding fence:true-false form=prefix|infix|postfix height largeop:true-false
    linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize
    movablelimits:true-false rowspan:integer rspace scriptlevel separator:true-false stretchy:true-false
    symmetric:true-false voffset width xmlns {GLOBAL}
"""

HEAD = '''\
"""The element builder; see `html.py`. Written by `scripts/generate_html.py`: change that."""

from builtins import object as _Json
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from .attributes import AttributeValue as AttributeValue
from .attributes import ClassValue as ClassValue
from .attributes import StyleValue as StyleValue
from .blocks import Bare, Block, Fragment, HasHtml
from .blocks import Child as Child
from .blocks import Key as Key
from .blocks import Listener as Listener
from .symbols import Symbol

Element: TypeAlias = Block

class _Url(Protocol):
    @property
    def scheme(self) -> str: ...

_Absent: TypeAlias = Literal[False] | Symbol | None
_Flag: TypeAlias = bool | Symbol | None
_TrueFalse: TypeAlias = bool | Literal["true", "false"] | Symbol | None
_Words: TypeAlias = str | _Absent
_Integer: TypeAlias = int | str | Symbol | None
_Number: TypeAlias = float | str | Symbol | None
_Address: TypeAlias = str | _Url | _Absent
_Markup: TypeAlias = HasHtml | _Absent
_Steps: TypeAlias = Sequence[Listener | Literal[False] | None]
_Handler: TypeAlias = Listener | _Steps | _Absent
_Handlers: TypeAlias = Listener | _Steps | Mapping[str, Listener | _Steps] | _Absent
_Role: TypeAlias = {roles} | _Absent
_Named: TypeAlias = Mapping[str, AttributeValue | ClassValue | StyleValue | _Url | HasHtml | _Handlers]

class _Factory(Bare):
    tag: str
    def block(self) -> Element: ...

class _Parent(_Factory):
    def __getitem__(self, children: Child | tuple[Child, ...]) -> Element: ...

class _FragmentFactory:
    def __call__(self, *, key: Key | None = ...) -> _FragmentFactory: ...
    def __getitem__(self, children: Child | tuple[Child, ...]) -> Fragment: ...

fragment: _FragmentFactory
'''


def identifier(name: str) -> str:
    """How a name of markup is written in Python."""
    written = name.replace("-", "_")
    return f"{written}_" if keyword.iskeyword(written) else written


def literal(words: Iterable[str]) -> str:
    return "Literal[" + ", ".join(f'"{word}"' for word in words) + "]"


def annotation(attribute: str) -> tuple[str, str]:
    """Name and type of one attribute of the tables."""
    kinds, _, words = attribute.partition("=")
    name, *types = kinds.split(":")
    parts = [TYPES[kind] for kind in types] or ([] if words else [TYPES["text"]])
    if words:
        parts.append(literal(words.split("|")))
        if not types:
            parts.append("_Absent")
    return identifier(name), " | ".join(parts)


def parameters(attributes: str) -> dict[str, str]:
    """The keyword parameters of an element with these attributes, in order; the first of a name wins."""
    own: dict[str, str] = {}
    for attribute in attributes.split():
        own.setdefault(*annotation(attribute))
    aria = dict(annotation(f"aria-{attribute}") for attribute in ARIA.split())
    events = {
        f"on_{event}": "_Handlers" if event.startswith("key") else "_Handler" for event in sorted(EVENTS)
    }
    return {**own, **aria, **events}


def element_class(
    name: str, attributes: str, *, parent: bool = True, more: str = "AttributeValue"
) -> Iterable[str]:
    """The lines of a class of elements; `more` is the type of attributes that have other names."""
    yield ""
    yield f"class {name}({'_Parent' if parent else '_Factory'}):"
    yield "    def __call__("
    yield "        self,"
    yield "        attributes: _Named | None = ...,"
    yield "        /,"
    yield "        *,"
    yield "        key: Key | None = ...,"
    for parameter, kind in parameters(attributes).items():
        yield f"        {parameter}: {kind} = ...,"
    yield f"        **more: {more},"
    yield "    ) -> Element: ..."


def svg_class(tag: str) -> str:
    if tag in ("animate", "animateMotion", "animateTransform", "set"):
        return "_SvgAnimation"
    return "_SvgFilter" if tag.startswith("fe") else "_Svg"


def stub() -> str:
    """The text of the stub."""
    unknown = sorted(HTML.keys() - HTML_ELEMENTS)
    if unknown:
        raise SystemExit(f"not in reactor/elements.py: {', '.join(unknown)}")
    lines = [HEAD.rstrip("\n").format(roles=literal(ROLES.split()))]
    lines += element_class("_Plain", GLOBAL)
    lines += element_class("_PlainVoid", GLOBAL, parent=False)
    elements: dict[str, str] = {}
    for tag in sorted(HTML_ELEMENTS):
        if tag in HTML:
            elements[tag] = f"_{tag.capitalize()}"
            # An element's own attributes come first: editors keep the order.
            lines += element_class(elements[tag], f"{HTML[tag]} {GLOBAL}", parent=tag not in VOID)
        else:
            elements[tag] = "_PlainVoid" if tag in VOID else "_Plain"
    lines += element_class("_Svg", SHAPES)
    lines += element_class("_SvgFilter", FILTERS)
    lines += element_class("_SvgAnimation", ANIMATIONS)
    lines += element_class("_Math", MATH)
    # Custom elements have events of their own.
    lines += element_class("ElementFactory", GLOBAL, more="AttributeValue | Listener")
    for tag in sorted(SVG_ELEMENTS):
        elements.setdefault(tag, svg_class(tag))
    for tag in sorted(MATHML_ELEMENTS):
        elements.setdefault(tag, "_Math")
    lines.append("")
    lines += [f"{identifier(tag)}: {kind}" for tag, kind in elements.items()]
    lines += ["", "def __getattr__(name: str) -> ElementFactory: ...", ""]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    text = stub()
    if arguments == ["--check"]:
        if STUB.is_file() and STUB.read_text("utf-8") == text:
            return 0
        print(f"{STUB.relative_to(ROOT)} is stale: run python scripts/generate_html.py", file=sys.stderr)
        return 1
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    STUB.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
