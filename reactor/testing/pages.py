"""An open page in a test, and what a person does on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import httpx

from ..effects import Effect, from_wire
from ..layers import OpenCall
from ..mirror import Element
from ..protocol import CAUGHT, COMPLETE_COOKIE, DROP, LATEST, SUPERSEDED
from .calls import Answer, RemoteView
from .controls import (
    CONTROLS,
    Fields,
    attribute,
    is_disabled,
    is_submitter,
    is_text_field,
    option_value,
    type_of,
)
from .deeds import MODIFIERS, Deed, deeds_at, deeds_of_form
from .files import File
from .queries import Locator, NotFound, Queries
from .queues import Queues
from .roles import content_name, control_of, name_of, role_of, text_of
from .trees import ParsedTree, Tree

if TYPE_CHECKING:
    from .clients import TestClient

_CLICKABLE: Final = frozenset(
    "button checkbox link menuitem menuitemcheckbox menuitemradio option radio switch tab".split()
)


class ServerFailed(AssertionError):
    """The server has answered a call with a status of 500 or more; its log tells why."""


class TestPage(Queries):
    """A page that is open in a test.

    It acts as a browser with the client's script does; or, if it was opened with `javascript=False`, as one
    without. `required` and other constraints are a matter of the browser: nothing is checked here before it
    is sent, so that what the server says can be tested.

    Arguments:
        client: the visitor.
        javascript: whether the client's script runs.
    """

    __test__ = False

    def __init__(self, client: TestClient, *, javascript: bool) -> None:
        self._page = self
        self.client = client
        self.javascript = javascript
        self.url = ""
        """The address, as path and query."""
        self.status = 0
        """The HTTP status with which the page was last loaded."""
        self.answers: list[Answer] = []
        """What the server has answered to the calls of this page, since it was opened."""
        self.notices: list[str] = []
        """What the person was told."""
        self.effects: list[Effect] = []
        """What the browser was asked for, in this order; it is noted, not done (see `reactor.effects`)."""
        self.view: RemoteView | None = None
        """The wire's end, where the page has one."""
        self._show(ParsedTree(""))
        self._queues = Queues()
        self._waiting: list[Deed] | None = None

    def _show(self, tree: Tree) -> None:
        self.tree: Tree = tree
        self.fields: Fields = Fields(tree)

    def __repr__(self) -> str:
        return f"<page {self.url}>"

    # What one sees

    @property
    def title(self) -> str:
        """The document's title."""
        title = self.tree.first("title")
        return " ".join(title.text.split()) if title is not None else ""

    @property
    def text(self) -> str:
        """The text of the page as one reads it: blocks on lines of their own."""
        body = self.tree.first("body")
        return text_of(body) if body is not None else ""

    @property
    def html(self) -> str:
        """The markup of the page as it is now."""
        return self.tree.html

    @property
    def version(self) -> int:
        """The version of the view that the page shows.

        Raises:
            LookupError: the page has no view, or is used without JavaScript.
        """
        return self._connected.version

    @property
    def answer(self) -> Answer:
        """The last answer of the server.

        Raises:
            LookupError: there was no call.
        """
        if not self.answers:
            raise LookupError(f"no call was made on {self.url}")
        return self.answers[-1]

    def _within(self) -> Iterator[Element]:
        return self.tree.elements()

    # Coming and going

    async def open(self, url: str) -> None:
        """Goes to an address, following redirects, as a click on a link does.

        What is not on the site is not loaded: the page is empty then, and its `url` tells where one went.
        """
        if url.startswith("#"):
            return
        base = self.client.base_url
        address = base.join(self.url).join(url)
        if (address.scheme, address.host, address.port) != (base.scheme, base.host, base.port):
            self.url, self.status, self.view = str(address), 0, None
            self._show(ParsedTree(""))
            return
        # Where parts follow a page, a browser without scripts is led to where it gets this cookie.
        self.client.http.cookies.pop(COMPLETE_COOKIE, None)
        if not self.javascript:
            self.client.http.cookies.set(COMPLETE_COOKIE, "1")
        self._load(await self.client.navigate("GET", str(address)))
        await self._start()

    async def reload(self) -> None:
        """Loads the page again: what was not kept on the server is gone."""
        await self.open(self.url)

    async def follow(self, link: str | Locator) -> None:
        """Goes where a link leads.

        Arguments:
            link: its name, or the link.
        """
        await self.click(self.get_by_role("link", name=link) if isinstance(link, str) else link)

    def _load(self, response: httpx.Response) -> None:
        base = self.client.base_url
        at = response.url
        self.url = at.raw_path.decode() if (at.host, at.port) == (base.host, base.port) else str(at)
        self.status = response.status_code
        self.view = None
        self._html = response.text
        self._show(ParsedTree(self._html))
        self.notices += [
            text_of(element)
            for element in self.tree.elements()
            if "reactor-notice" in (attribute(element, "class") or "").split()
        ]

    async def _start(self) -> None:
        """Starts the script, on a page that has it."""
        if not self.javascript:
            return
        try:
            view = RemoteView(self._html, self._post)
        except LookupError:
            return
        answer = await view.sync()
        if answer.code:
            raise AssertionError(f"the page {self.url} does not start: {answer}")
        self.view = view
        self._show(view.tree)

    # What one does

    async def click(self, target: str | Locator) -> None:
        """Clicks.

        Arguments:
            target: the accessible name of a button, link, checkbox or the like; or the text of anything
                else; or the element.

        Raises:
            NotFound: nothing is there to be clicked, or several things.
            AssertionError: it is disabled.
        """
        await self._click(self._target(target))

    async def fill(self, field: str | Locator, text: str) -> None:
        """Types into a field, in place of what it held, and leaves it: `input`, then `change`.

        Arguments:
            field: its label, or else its placeholder; or the element.
            text: what is typed.
        """
        control = self._usable(field)
        if control.tag == "select":
            await self.select(field, text)
            return
        if not is_text_field(control) or attribute(control, "readonly") is not None:
            raise AssertionError(f"{control!r} cannot be typed into")
        self.fields.edit(control).value = text
        await self._edited(control)

    async def check(self, field: str | Locator) -> None:
        """Checks a checkbox or radio button, unless it is checked.

        Arguments:
            field: its label, or the element.
        """
        await self._set_checked(field, checked=True)

    async def uncheck(self, field: str | Locator) -> None:
        """Takes the check of a checkbox away, unless it has none.

        Arguments:
            field: its label, or the element.
        """
        await self._set_checked(field, checked=False)

    async def select(self, field: str | Locator, *options: str) -> None:
        """Chooses of a list: `input`, then `change`.

        Arguments:
            field: its label, or the element.
            options: by their text or value; several where that is possible.

        Raises:
            NotFound: there is no such option.
        """
        control = self._usable(field)
        if control.tag != "select":
            raise AssertionError(f"{control!r} has no options to choose from")
        there = [element for element in control.elements() if element.tag == "option"]
        chosen: list[str] = []
        for option in options:
            by_text = [e for e in there if option == " ".join(e.text.split())]
            fitting = by_text or [e for e in there if option == option_value(e)]
            if not fitting:
                listed = ", ".join(repr(" ".join(e.text.split())) for e in there) or "none"
                raise NotFound(f"{control!r} has no option {option!r}; there is: {listed}")
            if is_disabled(fitting[0]):
                raise AssertionError(f"the option {option!r} is disabled")
            chosen.append(option_value(fitting[0]))
        self.fields.edit(control).chosen = tuple(chosen)
        await self._edited(control)

    async def attach(self, field: str | Locator, *files: File) -> None:
        """Chooses files, in place of those chosen before: `input`, then `change`.

        Arguments:
            field: the label of a field for files, or the element.
            files: which; none: it is emptied.
        """
        control = self._usable(field)
        if type_of(control) != "file":
            raise AssertionError(f"{control!r} takes no files")
        if len(files) > 1 and attribute(control, "multiple") is None:
            raise AssertionError(f"{control!r} takes one file; say multiple=True where it shall take several")
        self.fields.edit(control).files = files
        await self._edited(control)

    async def submit(self, button: str | Locator) -> None:
        """Presses a button that sends its form.

        Arguments:
            button: its name, or the element; a form itself is sent without a button.
        """
        target = self.get_by_role("button", name=button) if isinstance(button, str) else button
        element = target.element
        if element.tag == "form":
            await self._submit(element, None)
        else:
            await self._click(element)

    async def press(self, target: str | Locator, key: str) -> None:
        """Presses a key: `keydown`, what the key does, `keyup`.

        `Enter` in a field of a form sends the form, `Ctrl+Enter` in a text area; `Enter` and `Space` press a
        button.

        Arguments:
            target: the label of a field or the name of a button; or the element.
            key: such as `"Enter"`, `"Escape"`, `"a"`, `"Ctrl+Shift+s"`.
        """
        try:
            element = self._usable(target)
        except NotFound:
            element = self._target(target)
        *modifiers, name = key.split("+") if len(key) > 1 else [key]
        unknown = [modifier for modifier in modifiers if modifier not in MODIFIERS]
        if unknown or not name:
            raise ValueError(f"{key!r} is no key; modifiers are {', '.join(MODIFIERS)}")
        pressed: dict[str, Any] = {"key": " " if name == "Space" else name, "code": "", "repeat": False}
        pressed |= {modifier.lower(): modifier in modifiers for modifier in MODIFIERS}
        prevented = await self._happen(element, "keydown", pressed)
        if not prevented and not modifiers:
            if name == "Enter" and element.tag == "input" and type_of(element) not in ("button", "reset"):
                await self._submit_implicitly(element)
            elif name in ("Enter", "Space", " ") and role_of(element) in ("button", "link"):
                await self._click(element)
        elif not prevented and pressed["key"] == "Enter" and self._sends_by_shortcut(element, modifiers):
            await self._submit_implicitly(element)
        await self._happen(element, "keyup", pressed)

    async def dispatch(self, target: str | Locator, event: str, fields: dict[str, Any] | None = None) -> Any:
        """Lets an event happen; of what a browser does by itself, nothing happens.

        Arguments:
            target: as for `click`.
            event: such as `"dblclick"` or `"blur"`; or what a hook calls, a custom element dispatches.
            fields: fields of the event, such as `{"x": 10, "y": 20}`; value and checked of a field are
                known by themselves. Names that no event of the browser has are those of a script's own.

        Returns:
            For a hook: what the action returned, as its script gets it; `None` after an error, which
            `answer` tells.
        """
        try:
            element = self._target(target)
        except NotFound:
            element = self._usable(target)
        deeds, _ = self._heard(element, event, fields or {})
        hooked = "data-hook" in element.attributes
        await self._run([replace(deed, asks=hooked) for deed in deeds])
        return self.answers[-1].content.get("x") if hooked and deeds and self.answers else None

    async def tick(self) -> None:
        """Lets the time of every `on_interval` of the page come once."""
        for element in list(self.tree.elements()):
            if "interval" in element.handlers:
                await self._happen(element, "interval", {})

    @asynccontextmanager
    async def unanswered(self) -> AsyncIterator[Callable[[], Awaitable[Answer]]]:
        """As long as this lasts, calls get no answer: one sees what a person sees until then.

        What is pending is shown, and what optimistic actions will do. At the end all calls are answered, in
        their order.

            async with page.unanswered() as answer:
                await page.fill("Message", "Hello")
                await page.submit("Send")
                assert "Hello" in page.text     # not yet sent
                await answer()                  # answers the oldest

        Yields:
            A function that lets the server answer the oldest call, and returns its answer.

        Raises:
            LookupError: the page has no view, or nothing is left to be answered.
        """
        view = self._connected
        self._waiting = []

        async def answer() -> Answer:
            if not self._waiting:
                raise LookupError(f"no call on {self.url} waits for an answer")
            deed, *self._waiting = self._waiting
            call = view.open[0]
            sent = await view.send_call(deed.message, deed.files)
            view.open.remove(call)
            await view.take(sent)
            taken = await self._took(sent, deed)
            if taken.status >= 300 or taken.code:
                self.fields.put_back(deed.entered)
                for later in self._waiting or ():
                    later.is_blind |= later.address == deed.address
            return taken

        try:
            yield answer
            while self._waiting:
                taken = await answer()
                if "l" in taken.content:
                    await self.open(taken.content["l"])
                    break
        finally:
            self._waiting = None
            view.open.clear()

    # What goes wrong

    def server_forgets(self) -> None:
        """The server loses what it keeps of the page, as after a restart: the next call restores it.

        Raises:
            LookupError: the page has no view.
        """
        self._connected.forget()

    async def repeat_call(self) -> Answer:
        """Sends the last call again, byte by byte, as a browser does whose answer was lost.

        Returns:
            The answer, which is not applied.

        Raises:
            LookupError: there was no call.
        """
        if not self.answers:
            raise LookupError(f"no call was made on {self.url}")
        view = self._connected
        return await view.send(view.last_call, view.last_files)

    async def call(
        self, address: list[str | int] | None, mark: int | bytes | None = None, **more: Any
    ) -> Answer:
        """Makes a call of one's own, to try what the server says to it.

        Arguments:
            address: that of the handler; `None`: only a sync is asked for.
            mark: the handler's mark.
            more: further keys of the call (`docs/protocol.md`), which win over ours.
        """
        fields: dict[str, Any] = {} if address is None else {"a": address, "h": mark, "e": {}}
        return await self._took(await self._connected.call({**fields, **more}))

    # How it is done

    @property
    def _connected(self) -> RemoteView:
        if self.view is None:
            why = "it is used without JavaScript" if not self.javascript else "it is no page of the framework"
            raise LookupError(f"{self.url} has no view: {why}")
        return self.view

    def _target(self, target: str | Locator) -> Element:
        """The one element to be clicked."""
        if isinstance(target, Locator):
            return target.element
        wanted = " ".join(target.split())
        named = [e for e in self._seen() if role_of(e) in _CLICKABLE and name_of(e, self.tree) == wanted]
        if not named:
            named = [e for e in self._seen() if e.tag == "summary" and content_name(e) == wanted]
        if not named:
            named = [locator.element for locator in self.get_by_text(target).all()]

        def there() -> list[str]:
            return self._named(set(_CLICKABLE))

        return Locator(self, f"button, link or text {target!r}", lambda: named, there).element

    def _usable(self, field: str | Locator) -> Element:
        """The one field of a label."""
        if isinstance(field, Locator):
            element = field.element
        else:
            placeholder = self.get_by_placeholder(field)
            element = (self.get_by_label(field) or placeholder or self.get_by_label(field)).element
        if is_disabled(element):
            raise AssertionError(f"{element!r} is disabled")
        return element

    async def _click(self, element: Element) -> None:
        actor = next((e for e in (element, *element.ancestors()) if e.tag in CONTROLS), element)
        if is_disabled(actor):
            raise AssertionError(f"{actor!r} is disabled")
        toggles = element.tag == "input" and type_of(element) in ("checkbox", "radio")
        toggled = toggles and self._toggle(element)
        deeds, prevented = self._heard(element, "click", {"button": 0})
        if not prevented:
            submitted, acted = self._activated(element)
            deeds += submitted
        else:
            acted = None
        if toggled and not prevented:
            for event in ("input", "change"):
                deeds += self._heard(element, event, {})[0]
        await self._run(deeds)
        if acted is not None:
            await acted

    def _activated(self, element: Element) -> tuple[list[Deed], Any]:
        """What a browser does at a click by itself: calls, and what is to be awaited after them."""
        for each in (element, *element.ancestors()):
            if each.tag in ("a", "area") and attribute(each, "href") is not None:
                return [], self.open(attribute(each, "href") or "")
            if each.tag == "label":
                control = control_of(each, self.tree)
                inside = any(outer.tag in CONTROLS for outer in (element, *element.ancestors()))
                wanted = control is not None and not inside and not is_disabled(control)
                return [], self._click(control) if wanted and control is not None else None
            if each.tag in ("button", "input"):
                form = self.fields.form_of(each)
                if form is not None and is_submitter(each):
                    return self._submission(form, each)
                if form is not None and type_of(each) == "reset":
                    self.fields.forget(map(self.tree.identity, self.fields.of_form(form)))
                return [], None
        return [], None

    def _toggle(self, control: Element) -> bool:
        """Whether a click has changed it."""
        if type_of(control) == "checkbox":
            self.fields.edit(control).checked = not self.fields.checked(control)
            return True
        if self.fields.checked(control):
            return False
        for other in self.fields.group(control):
            self.fields.edit(other).checked = other is control
        return True

    async def _set_checked(self, field: str | Locator, *, checked: bool) -> None:
        control = self._usable(field)
        if control.tag != "input" or type_of(control) not in ("checkbox", "radio"):
            raise AssertionError(f"{control!r} cannot be checked")
        if not checked and type_of(control) == "radio":
            raise AssertionError(f"{control!r}: a radio button cannot be unchecked; check another one")
        if self.fields.checked(control) != checked:
            await self._click(control)

    async def _edited(self, control: Element) -> None:
        deeds = [deed for event in ("input", "change") for deed in self._heard(control, event, {})[0]]
        await self._run(deeds)

    async def _happen(self, element: Element, event: str, fields: dict[str, Any]) -> bool:
        """Whether a handler has prevented what a browser would do by itself."""
        deeds, prevented = self._heard(element, event, fields)
        await self._run(deeds)
        return prevented

    def _heard(self, target: Element, event: str, given: dict[str, Any]) -> tuple[list[Deed], bool]:
        """The calls of the handlers that hear an event, and whether one has prevented the default."""
        return ([], False) if self.view is None else deeds_at(event, target, given, self.tree, self.fields)

    def _submission(self, form: Element, submitter: Element | None) -> tuple[list[Deed], Any]:
        """The calls that sending a form leads to; or what is to be awaited, if the browser sends it."""
        if self.view is None:
            return [], self._post_form(form, submitter)
        deeds, is_kept = deeds_of_form(form, submitter, self.tree, self.fields)
        return deeds, None if is_kept else self._post_form(form, submitter)

    async def _submit(self, form: Element, submitter: Element | None) -> None:
        deeds, acted = self._submission(form, submitter)
        await self._run(deeds)
        if acted is not None:
            await acted

    async def _submit_implicitly(self, field: Element) -> None:
        form = self.fields.form_of(field)
        if form is None:
            return
        controls = self.fields.of_form(form)
        default = next((each for each in controls if is_submitter(each)), None)
        if default is not None:
            if not is_disabled(default):
                await self._click(default)
        elif sum(1 for each in controls if each.tag == "input" and is_text_field(each)) <= 1:
            await self._submit(form, None)

    def _sends_by_shortcut(self, field: Element, modifiers: list[str]) -> bool:
        """Whether Enter with these in a field sends its form: nobody has another meaning for the keys."""
        form = self.fields.form_of(field)
        if self.view is None or field.tag != "textarea" or form is None:
            return False
        if modifiers not in (["Ctrl"], ["Meta"]):
            return False
        senders = [form, *(each for each in self.fields.of_form(form) if is_submitter(each))][:2]
        held = [each.handlers.get("keydown") for each in (field, *field.ancestors())]
        meant = any(isinstance(each, dict) and each.keys() & {"Ctrl+Enter", "Meta+Enter"} for each in held)
        return not meant and any("submit" in each.handlers for each in senders)

    async def _post_form(self, form: Element, submitter: Element | None) -> None:
        """A browser sends a form by itself."""
        button = submitter if submitter is not None else form
        action = attribute(button, "formaction") or attribute(form, "action") or self.url
        method = (attribute(button, "formmethod") or attribute(form, "method") or "get").upper()
        if method == "DIALOG":
            return
        address = str(httpx.URL(self.url).join(action))
        # As sent, every end of a line is CR LF.
        lined = [
            (name, "\r\n".join(value.splitlines()) if isinstance(value, str) and "\n" in value else value)
            for name, value in self.fields.all_entries(form, submitter)
        ]
        kind = attribute(button, "formenctype") or attribute(form, "enctype") or ""
        self._load(await self.client.navigate(method, address, lined, with_files="multipart" in kind))
        await self._start()

    async def _run(self, deeds: list[Deed]) -> None:
        """Makes calls, each in its turn, as long as the page stays."""
        if self._waiting is not None:
            for deed in deeds:
                self.effects += from_wire(deed.options.get("b", []))
                if deed.mark is not None:
                    self._begin(deed)
            return
        for deed in deeds:
            if self.view is None:
                return
            self.effects += from_wire(deed.options.get("b", []))
            if deed.mark is None:
                continue
            async with self._queues.turn(deed.mark, deed.options) as turn:
                if turn is None or self.view is None:
                    continue
                message = {**deed.message, "c": turn.id}
                if turn.supersedes:
                    message["z"] = turn.supersedes
                answer = await self._took(await self.view.call(message, deed.files), deed)
            if "l" in answer.content:
                await self.open(answer.content["l"])
                return

    def _begin(self, deed: Deed) -> None:
        """Shows a call that gets no answer for now."""
        view = self._connected
        waiting, order = list(self._waiting or ()), deed.options.get("y")
        same = [other for other in waiting if order and other.options.get("k") == deed.options.get("k")]
        if order == DROP and same:
            return
        for other in same if order == LATEST else ():
            del view.open[waiting.index(other)]
            waiting.remove(other)
        call = OpenCall(
            deed.address,
            deed.options.get("k"),
            deed.options.get("a"),
            deed.form,
            deed.texts,
            deed.fields,
            sends_files=bool(deed.files),
        )
        view.open.append(call)
        self._waiting = [*waiting, deed]
        view.show()
        self.fields.settle()
        # A form whose outcome is shown already is empty for the next one.
        if call.is_shown and deed.entries is not None and deed.options.get("r") is not False:
            deed.entered = self.fields.take(deed.delivers)

    async def _took(self, answer: Answer, deed: Deed | None = None) -> Answer:
        """Notes an answer, and what it does to the fields."""
        self.answers.append(answer)
        content = answer.content
        if deed is not None and answer.status < 300 and not answer.code:
            self.fields.forget(deed.delivers)
            self.effects += from_wire(deed.options.get("e", []))
        for part in (*answer.parts, content):
            self.effects += from_wire(part.get("j", []))
        self.fields.settle()
        if isinstance(content.get("n"), str):
            self.notices.append(content["n"])
        elif answer.code and answer.code not in (SUPERSEDED, CAUGHT):
            self.notices.append(answer.message)
        if answer.status >= 500 and self.client.raise_server_errors:
            raise ServerFailed(f"{answer.status} at a call on {self.url}: {answer.message}")
        return answer

    async def _post(self, body: bytes, files: Sequence[File]) -> httpx.Response:
        return await self.client.post_call(self.url, body, files=files)
