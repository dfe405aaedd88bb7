"""What the standards say about elements, attributes and events: tables, nothing else.

The names are those of the HTML Living Standard, SVG 2 with its filter, masking and animation modules, and
MathML Core. Obsolete elements are left out: several of them (`plaintext`, `xmp`, `noembed`) make a parser
read what follows in another way, so that escaped text would no longer be safe in them.
"""

from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


HTML_ELEMENTS: Final[frozenset[str]] = _names(
    """
    a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption cite code
    col colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main map
    mark menu meta meter nav noscript object ol optgroup option output p picture pre progress q rp rt ruby s
    samp script search section select selectedcontent slot small source span strong style sub summary sup
    table tbody td template textarea tfoot th thead time title tr track u ul var video wbr
    """
)
"""Every element of the HTML Living Standard that is not obsolete."""

SVG_ELEMENTS: Final[frozenset[str]] = _names(
    """
    a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend feColorMatrix
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
    feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode
    feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence filter foreignObject
    g image line linearGradient marker mask metadata mpath path pattern polygon polyline radialGradient rect
    script set stop style svg switch symbol text textPath title tspan use view
    """
)
"""Every element of SVG 2 and its modules. `a`, `script`, `style` and `title` are HTML's as well."""

MATHML_ELEMENTS: Final[frozenset[str]] = _names(
    """
    a annotation annotation-xml maction math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom
    mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover
    semantics
    """
)
"""Every element of MathML Core."""

ELEMENTS: Final[frozenset[str]] = HTML_ELEMENTS | SVG_ELEMENTS | MATHML_ELEMENTS
"""Every element that has a name without being a custom element."""

VOID: Final[frozenset[str]] = _names(
    """
    area base br col embed hr img input link meta source track wbr
    """
)
"""Elements that have no content and no end tag."""

RAW_TEXT: Final[frozenset[str]] = frozenset(("script", "style"))
"""HTML elements whose text is not escaped, so it must not hold anything that could end it."""

TEXT_ONLY: Final[frozenset[str]] = frozenset(("script", "style", "textarea", "title"))
"""HTML elements that can hold text and nothing else: a parser takes tags in them for text."""

PROPERTIES: Final[dict[str, frozenset[str]]] = {
    "input": frozenset(("value", "checked", "indeterminate")),
    "textarea": frozenset(("value",)),
    "select": frozenset(("value",)),
    "option": frozenset(("selected",)),
    "audio": frozenset(("muted",)),
    "video": frozenset(("muted",)),
}
"""By element, the names that are set as properties of the DOM, for the attribute is only a first value."""

BOOLEAN: Final[frozenset[str]] = _names(
    """
    allowfullscreen alpha async autofocus autoplay checked controls default defer disabled
    disablepictureinpicture disableremoteplayback formnovalidate indeterminate inert ismap itemscope loop
    multiple muted nomodule novalidate open playsinline readonly required reversed selected shadowrootclonable
    shadowrootcustomelementregistry shadowrootdelegatesfocus shadowrootserializable
    """
)
"""Attributes that are on when they are present, whatever their text."""

TRUE_OR_FALSE: Final[frozenset[str]] = _names(
    """
    accent accentunder contenteditable displaystyle draggable fence largeop movablelimits preserveAlpha
    separator spellcheck stretchy symmetric writingsuggestions
    """
)
"""Attributes whose text is "true" or "false": their absence means a third thing. So for aria-* and data-*."""

YES_OR_NO: Final[frozenset[str]] = frozenset(("translate",))
"""Attributes whose text is "yes" or "no"."""

ON_OR_OFF: Final[frozenset[str]] = frozenset(("autocomplete", "autocorrect"))
"""Attributes whose text can be "on" or "off"."""

URL_ATTRIBUTES: Final[frozenset[str]] = _names(
    """
    action archive attributionsrc background cite classid codebase data dynsrc formaction href imagesrcset
    longdesc lowsrc manifest ping poster profile src srcset usemap xlink:href xml:base
    """
)
"""Attributes that hold an address, or several."""

MEDIA_ATTRIBUTES: Final[frozenset[tuple[str, str]]] = frozenset(
    (
        ("img", "src"),
        ("img", "srcset"),
        ("source", "src"),
        ("source", "srcset"),
        ("audio", "src"),
        ("video", "src"),
        ("video", "poster"),
        ("track", "src"),
        ("input", "src"),
        ("image", "href"),
        ("image", "xlink:href"),
        ("feImage", "href"),
        ("feImage", "xlink:href"),
    )
)
"""Element and attribute where an address is only shown or played, so that `data:` and `blob:` cannot run."""

ANIMATED_VALUES: Final[dict[str, frozenset[str]]] = {
    tag: frozenset(("by", "from", "to", "values"))
    for tag in ("animate", "animateMotion", "animateTransform", "set")
}
"""SVG's animations can set the `href` of a link, so what they set is an address as well."""

CAMEL_CASE_ATTRIBUTES: Final[frozenset[str]] = _names(
    """
    attributeName attributeType baseFrequency baseProfile calcMode clipPathUnits diffuseConstant edgeMode
    filterUnits glyphRef gradientTransform gradientUnits kernelMatrix kernelUnitLength keyPoints keySplines
    keyTimes lengthAdjust limitingConeAngle markerHeight markerUnits markerWidth maskContentUnits maskUnits
    numOctaves pathLength patternContentUnits patternTransform patternUnits pointsAtX pointsAtY pointsAtZ
    preserveAlpha preserveAspectRatio primitiveUnits refX refY repeatCount repeatDur requiredExtensions
    requiredFeatures specularConstant specularExponent spreadMethod startOffset stdDeviation stitchTiles
    surfaceScale systemLanguage tableValues targetX targetY textLength viewBox viewTarget xChannelSelector
    yChannelSelector zoomAndPan
    """
)
"""The attributes of SVG whose capitals a parser keeps; it makes every other name small."""

OWN_EVENTS: Final[frozenset[str]] = _names("clickoutside hidden interval mount visible")
"""Events of our own: a click elsewhere; out of view; every so many seconds; in the page; in view."""

EVENTS: Final[frozenset[str]] = (
    _names(
        """
    abort animationcancel animationend animationiteration animationstart auxclick beforecopy beforecut
    beforeinput beforematch beforepaste beforetoggle blur cancel canplay canplaythrough change click close
    command compositionend compositionstart compositionupdate contentvisibilityautostatechange contextlost
    contextmenu contextrestored copy cuechange cut dblclick drag dragend dragenter dragleave dragover
    dragstart drop durationchange emptied encrypted ended enterpictureinpicture error focus focusin focusout
    formdata fullscreenchange fullscreenerror gotpointercapture input invalid keydown keypress keyup
    leavepictureinpicture load loadeddata loadedmetadata loadstart lostpointercapture mousedown mouseenter
    mouseleave mousemove mouseout mouseover mouseup paste pause play playing pointercancel pointerdown
    pointerenter pointerleave pointermove pointerout pointerover pointerrawupdate pointerup progress
    ratechange reset resize scroll scrollend scrollsnapchange scrollsnapchanging securitypolicyviolation
    seeked seeking select selectionchange selectstart slotchange stalled submit suspend timeupdate toggle
    touchcancel touchend touchmove touchstart transitioncancel transitionend transitionrun transitionstart
    volumechange waiting waitingforkey wheel
    """
    )
    | OWN_EVENTS
)
"""Every event that an element can get."""
